import { firstFailure } from "./exit-code";
import { follow } from "./follow";
import { KnownRun, findRun, isTraining, listRuns } from "./known-runs";
import { onPlatform } from "./platform";
import { reporterFor } from "./run-reporter";
import { Ground } from "./session";
import { TrainingRun } from "./training-run";
import { UserError } from "./user-error";

/**
 * Follows runs that were started before, several of them together.
 *
 * @param wanted names as for `findRun`. @default all that are not over, else the newest
 * @param startedAt when the command was started, milliseconds since 1970.
 * @returns the exit code: that of the first run that did not succeed.
 */
export async function watch(
    ground: Ground,
    wanted: readonly string[],
    { json, startedAt }: { json?: boolean; startedAt: number },
): Promise<number> {
    return onPlatform(ground, async ({ session, nomad, prometheus }) => {
        const chosen = chooseRuns(await listRuns(nomad), wanted);
        session.interruption.hint = "What runs goes on without this command.";
        const ends = await follow(
            chosen.map(({ job, id }) => new TrainingRun(nomad, prometheus, job, id)),
            {
                reporter: reporterFor(session.screen, json),
                patienceSeconds: session.settings.readyTimeoutSeconds,
                startedAt,
            },
        );
        return firstFailure(ends.map(({ end }) => end));
    });
}

/** @param runs newest first. @throws UserError when there is nothing to watch. */
export function chooseRuns(runs: readonly KnownRun[], wanted: readonly string[]): KnownRun[] {
    if (wanted.length > 0) {
        return [...new Set(wanted.map((name) => findRun(runs, name)))];
    }
    const trainings = runs.filter(({ job }) => isTraining(job));
    const going = trainings.filter(({ isOver }) => !isOver);
    const chosen = going.length > 0 ? going.reverse() : trainings.slice(0, 1);
    if (chosen.length === 0) {
        throw new UserError("Nomad knows no training run; npm run train starts one.");
    }
    return chosen;
}
