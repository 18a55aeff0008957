import { Allocation, Evaluation, PlacementFailure, TaskEvent } from "./nomad";

/** Exit codes that say more than their number. */
const SIGNALS: Readonly<Record<number, string>> = {
    130: "SIGINT",
    134: "SIGABRT",
    137: "SIGKILL",
    139: "SIGSEGV",
    143: "SIGTERM",
};

/** Events that only tell that a task is over, not why. */
const CONSEQUENCES = ["Not Restarting", "Killing", "Killed", "Alloc Unhealthy", "Sibling Task Failed"];

/**
 * Why an allocation failed, in words.
 *
 * @param log the end of the failed task's output; "" when there is none.
 */
export function failureReason(allocation: Allocation, log: string): string {
    const [task, state] = failedTask(allocation) ?? [];
    if (!task || !state) {
        return allocation.ClientStatus === "lost"
            ? `node ${allocation.NodeName} was lost while the training ran`
            : allocation.ClientDescription || `the allocation is ${allocation.ClientStatus}`;
    }
    const lines = log.trim() === "" ? [] : ["Its last log lines:", ...lastLines(log).map((line) => `    ${line}`)];
    return [`task ${task} ${cause(state.Events ?? [])}.`, ...lines].join("\n");
}

/** The task that made an allocation fail. */
export function failedTask(allocation: Allocation) {
    const tasks = Object.entries(allocation.TaskStates ?? {});
    return tasks.find(([, { Failed }]) => Failed) ?? tasks[0];
}

function cause(events: readonly TaskEvent[]): string {
    const ended = events.findLast(({ Type }) => Type === "Terminated");
    if (ended?.Details?.oom_killed === "true") {
        return "ran out of memory and was killed; give it more: npm run -s pulumi -- config set trainingMemoryMiB <MiB>";
    }
    if (ended) {
        const code = ended.ExitCode ?? Number(ended.Details?.exit_code ?? 0);
        const signal = SIGNALS[code] ? ` (${SIGNALS[code]})` : "";
        return `ended with exit code ${code}${signal}`;
    }
    const driver = events.findLast(({ Details }) => Details?.driver_error)?.Details?.driver_error;
    if (driver) {
        return `could not be started: ${driver.replace(/\.$/, "")}`;
    }
    const last = events.findLast(({ Type }) => !CONSEQUENCES.includes(Type)) ?? events.at(-1);
    return last ? `failed: ${last.Type}, ${(last.DisplayMessage ?? "no message").replace(/\.$/, "")}` : "failed";
}

const LINES = 12;

function lastLines(log: string): string[] {
    return log.trimEnd().split("\n").slice(-LINES);
}

/** Why a job's newest evaluation placed nothing; undefined when nothing speaks against a placement. */
export function placementProblem(evaluations: readonly Evaluation[]): string | undefined {
    const failed = evaluations.find(({ FailedTGAllocs }) => Object.keys(FailedTGAllocs ?? {}).length > 0);
    const failure = Object.values(failed?.FailedTGAllocs ?? {})[0];
    return failure && `Nomad cannot place the training yet: ${placementReason(failure)}`;
}

function placementReason(failure: PlacementFailure): string {
    const nodes = Object.values(failure.NodesAvailable ?? {}).reduce((sum, count) => sum + count, 0);
    const reasons = [
        ...counted(failure.ConstraintFiltered, (what, count) => `${count} lack ${what}`),
        ...counted(failure.DimensionExhausted, (what, count) => `${count} have too little ${what}`),
    ];
    if (nodes === 0 && reasons.length === 0) {
        return "no node is ready";
    }
    return `of ${failure.NodesEvaluated ?? nodes} node(s) ${reasons.join(", ") || "none fits"}`;
}

function counted(
    counts: Readonly<Record<string, number>> | null | undefined,
    words: (what: string, count: number) => string,
): string[] {
    return Object.entries(counts ?? {}).map(([what, count]) => words(what, count));
}
