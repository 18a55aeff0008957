import { RunEnd, runEnd } from "./exit-code";
import { Allocation, TaskEvent } from "./nomad";

const SIGNALS: Readonly<Record<number, string>> = {
    1: "SIGHUP",
    2: "SIGINT",
    3: "SIGQUIT",
    4: "SIGILL",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    11: "SIGSEGV",
    13: "SIGPIPE",
    15: "SIGTERM",
};

/** Exit codes that say more than their number: those of the trainer, and of a shell that could not run a command. */
const MEANINGS: Readonly<Record<number, string>> = {
    2: "refused what it was told (exit code 2)",
    124: "took longer than its time limit (exit code 124)",
    126: "could not run its command (exit code 126)",
    127: "did not find its command (exit code 127)",
};

/** A process that a signal ended has 128 plus its number as exit code, in a shell as in Docker. */
const SIGNAL_BASE = 128;
const SIGKILL = 9;

const MORE_MEMORY =
    "give it more: npm run train -- --memory <MiB>, or for every run npm run -s pulumi -- config set trainingMemoryMiB <MiB>";

/** Events that only tell that a task is over, not why. */
const CONSEQUENCES = ["Not Restarting", "Killing", "Killed", "Alloc Unhealthy", "Sibling Task Failed"];

/**
 * How an allocation that is over came to its end.
 *
 * @param log the end of the failed task's output; "" when there is none.
 */
export function allocationEnd(allocation: Allocation, log: string): RunEnd {
    if (allocation.ClientStatus === "lost") {
        return runEnd("node lost", `node ${allocation.NodeName} was lost while the training ran`);
    }
    if (wasStopped(allocation)) {
        return runEnd("stopped", "it was stopped on request");
    }
    if (allocation.ClientStatus === "complete") {
        return runEnd("succeeded", "");
    }
    const [task, state] = failedTask(allocation) ?? [];
    if (!task || !state) {
        return runEnd("unclear", allocation.ClientDescription || `the allocation is ${allocation.ClientStatus}`);
    }
    const events = state.Events ?? [];
    const { kind, reason, exitCode } = cause(events, memoryLimit(allocation, task));
    const text = [
        `task ${task} ${reason}.`,
        ...section("events", eventLines(events)),
        ...section("log lines", lastLines(log)),
    ];
    return runEnd(kind, text.join("\n"), exitCode);
}

/** Nomad calls an allocation that was stopped complete, as one that succeeded: only what happened to its tasks differs. */
export function wasStopped({ DesiredStatus, TaskStates }: Allocation): boolean {
    const events = Object.values(TaskStates ?? {}).flatMap((state) => state.Events ?? []);
    const types = events.map(({ Type }) => Type);
    return DesiredStatus !== "run" && (types.includes("Killing") || !types.includes("Terminated"));
}

/** The task that made an allocation fail. */
export function failedTask(allocation: Allocation) {
    const tasks = Object.entries(allocation.TaskStates ?? {});
    return tasks.find(([, { Failed }]) => Failed) ?? tasks[0];
}

function memoryLimit({ AllocatedResources }: Allocation, task: string): string {
    const limit = AllocatedResources?.Tasks[task]?.Memory.MemoryMB;
    return limit === undefined ? "its memory limit" : `its limit of ${limit} MiB of memory`;
}

function cause(events: readonly TaskEvent[], limit: string): RunEnd {
    const ended = events.findLast(({ Type }) => Type === "Terminated");
    if (ended?.Details?.oom_killed === "true") {
        return runEnd("out of memory", `needed more than ${limit} and was killed; ${MORE_MEMORY}`);
    }
    if (ended) {
        const code = ended.ExitCode ?? Number(ended.Details?.exit_code ?? 0);
        // The engine hears of it beside the end of the process, so a busy one may tell Nomad too late.
        return code === SIGNAL_BASE + SIGKILL
            ? runEnd(
                  "out of memory",
                  `was killed by SIGKILL (exit code ${code}) that Nomad did not send: it most likely needed more than ${limit}; ${MORE_MEMORY}`,
              )
            : exit(code);
    }
    const driver = events.findLast(({ Details }) => Details?.driver_error)?.Details?.driver_error;
    if (driver) {
        return runEnd("not started", notStarted(driver.replace(/\.$/, "")));
    }
    const last = events.findLast(({ Type }) => !CONSEQUENCES.includes(Type)) ?? events.at(-1);
    const words = last ? `: ${last.Type}, ${(last.DisplayMessage ?? "no message").replace(/\.$/, "")}` : "";
    return runEnd("not started", `was not started${words}`);
}

function exit(code: number): RunEnd {
    const signal = code > SIGNAL_BASE && code <= SIGNAL_BASE + 64 ? code - SIGNAL_BASE : undefined;
    if (signal !== undefined) {
        const name = SIGNALS[signal] ?? `signal ${signal}`;
        return runEnd("signalled", `was killed by ${name} (exit code ${code}) that Nomad did not send`);
    }
    return runEnd("exited", MEANINGS[code] ?? `ended with exit code ${code}`, code);
}

function notStarted(error: string): string {
    const [, image] = /^Failed to pull `([^`]+)`/.exec(error) ?? [];
    return image
        ? `has no image: Docker has none called ${image} and could not get it: ${error.replace(/^Failed to pull `[^`]+`: /, "")}`
        : `could not be started: ${error}`;
}

const LINES = 12;
const EVENTS = 5;
const EVENT_WIDTH = 160;

function section(what: string, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : [`Its last ${what}:`, ...lines.map((line) => `    ${line}`)];
}

function eventLines(events: readonly TaskEvent[]): string[] {
    return events.slice(-EVENTS).map(({ Time, Type, DisplayMessage }) => {
        const at = Time ? `${new Date(Time / 1e6).toISOString().slice(11, 19)} UTC  ` : "";
        const line = `${at}${Type}${DisplayMessage ? `: ${DisplayMessage.split("\n")[0]}` : ""}`;
        return line.length <= EVENT_WIDTH ? line : `${line.slice(0, EVENT_WIDTH)}…`;
    });
}

function lastLines(log: string): string[] {
    return log.trim() === "" ? [] : log.trimEnd().split("\n").slice(-LINES);
}
