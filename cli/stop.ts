import { setTimeout as delay } from "node:timers/promises";
import { KnownRun, findRun, listRuns, shortName } from "./known-runs";
import { Nomad, isOver } from "./nomad";
import { onPlatform } from "./platform";
import { Ground } from "./session";
import { UserError } from "./user-error";

/** A training has its kill timeout (10 s) to end by itself, and its container some time to go. */
const STOP_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 300;

/** Stops runs and waits for their end. @returns 0, also for a run that was over. @throws UserError when a run is not known */
export async function stop(ground: Ground, wanted: readonly string[]): Promise<number> {
    return onPlatform(ground, async ({ session, nomad }) => {
        const runs = await listRuns(nomad);
        // Nothing is stopped when one of the names is wrong.
        const chosen = [...new Set(wanted.map((name) => findRun(runs, name)))];
        await Promise.all(chosen.map(async (run) => session.screen.line(await stopRun(nomad, run))));
        return 0;
    });
}

/** @returns what was done, as a line. */
export async function stopRun(nomad: Nomad, run: KnownRun): Promise<string> {
    const name = `run ${shortName(run)} (${run.job})`;
    if (run.isOver) {
        return `• ${name} is over already: ${run.state}`;
    }
    await nomad.stop(run.job);
    if (!run.id) {
        return `✓ ${name} was stopped while it waited for a place`;
    }
    const deadline = Date.now() + STOP_MILLISECONDS;
    for (;;) {
        const allocation = await nomad.allocation(run.id);
        if (!allocation || isOver(allocation)) {
            return allocation?.ClientStatus === "unknown"
                ? `✓ ${name} is stopped as soon as its node ${allocation.NodeName} answers again`
                : `✓ ${name} was stopped`;
        }
        if (Date.now() > deadline) {
            throw new UserError(`Nomad was asked to stop ${name}, but it is still ${allocation.ClientStatus}.`);
        }
        await delay(POLL_MILLISECONDS);
    }
}
