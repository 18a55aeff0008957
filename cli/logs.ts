import { setTimeout as delay } from "node:timers/promises";
import { failedTask } from "./failure-reason";
import { findRun, listRuns, shortName } from "./known-runs";
import { LogStream, Nomad, isOver } from "./nomad";
import { onPlatform } from "./platform";
import { Ground } from "./session";
import { UserError } from "./user-error";

export interface LogsOptions {
    readonly follow?: boolean;
    readonly stderr?: boolean;
}

const POLL_MILLISECONDS = 500;
/** The last lines reach the log a moment after their task has ended. */
const QUIET_MILLISECONDS = 1_000;

/** Prints what Nomad keeps of a run's output and, on request, what is still to come. @returns 0 */
export async function logs(ground: Ground, wanted: string, { follow, stderr }: LogsOptions): Promise<number> {
    return onPlatform(ground, async ({ session, nomad }) => {
        const run = findRun(await listRuns(nomad), wanted);
        session.interruption.hint = "The training goes on without this command.";
        const id = run.id ?? (follow ? await placed(nomad, run.job) : undefined);
        if (id === undefined) {
            throw new UserError(`Run ${shortName(run)} has no output: it is ${run.state}.`);
        }
        const write = (chunk: Uint8Array) => process.stdout.write(chunk);
        await copyLog(nomad, id, { stream: stderr ? "stderr" : "stdout", follow: follow ?? false, write });
        return 0;
    });
}

/** Waits for a run to get a place. @returns undefined when it never will */
async function placed(nomad: Nomad, job: string): Promise<string | undefined> {
    for (;;) {
        const [allocation] = await nomad.allocations(job);
        if (allocation || (await nomad.job(job))?.Status !== "pending") {
            return allocation?.ID;
        }
        await delay(POLL_MILLISECONDS);
    }
}

export interface LogCopy {
    readonly stream: LogStream;
    readonly follow: boolean;
    readonly write: (chunk: Uint8Array) => void;
}

/** Copies a run's log to its present end, or to the run's. @throws UserError when there is none, and never was */
export async function copyLog(nomad: Nomad, id: string, { stream, follow, write }: LogCopy): Promise<void> {
    for (;;) {
        const allocation = await nomad.allocation(id);
        if (!allocation) {
            throw new UserError(`Nomad has forgotten run ${id}, and its output with it.`);
        }
        const goesOn = follow && !isOver(allocation);
        const [task = "train"] = failedTask(allocation) ?? [];
        const ending = new AbortController();
        const log = await nomad.logStream(id, { task, stream, follow: goesOn, signal: ending.signal });
        if (log) {
            return goesOn ? copyUntilOver(nomad, id, { log, ending, write }) : copyAll(log, write);
        }
        if (!goesOn) {
            throw new UserError(
                `Run ${id} has no output: its task ${task} ${isOver(allocation) ? "never started" : "has not started yet"}.`,
            );
        }
        await delay(POLL_MILLISECONDS);
    }
}

async function copyAll(log: AsyncIterable<Uint8Array>, write: LogCopy["write"]): Promise<void> {
    for await (const chunk of log) {
        write(chunk);
    }
}

/** Nomad keeps a followed log open for ever, so that the end of the run has to end it. */
async function copyUntilOver(
    nomad: Nomad,
    id: string,
    { log, ending, write }: { log: AsyncIterable<Uint8Array>; ending: AbortController; write: LogCopy["write"] },
): Promise<void> {
    let lastAt = Date.now();
    const watching = (async () => {
        for (;;) {
            await delay(POLL_MILLISECONDS);
            const allocation = await nomad.allocation(id).catch(() => "silent" as const);
            const isEnded = allocation === undefined || (allocation !== "silent" && isOver(allocation));
            if (ending.signal.aborted || (isEnded && Date.now() - lastAt > QUIET_MILLISECONDS)) {
                ending.abort();
                return;
            }
        }
    })();
    try {
        await copyAll(log, (chunk) => {
            lastAt = Date.now();
            write(chunk);
        });
    } catch (error) {
        if (!ending.signal.aborted) {
            throw error;
        }
    } finally {
        ending.abort();
        await watching;
    }
}
