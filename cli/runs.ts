import { KnownRun, isTraining, listRuns } from "./known-runs";
import { onPlatform } from "./platform";
import { Prometheus } from "./prometheus";
import { LastNumbers, lastNumbers, lastNumbersQuery, runRow, runTable } from "./run-table";
import { Ground } from "./session";
import { reasonOf } from "./user-error";

export interface RunsOptions {
    readonly all?: boolean;
    readonly json?: boolean;
}

/** So many runs that are over are shown unless all are asked for. */
const MOST_OVER = 20;

/**
 * Shows the trainings that Nomad knows, newest first: their states from Nomad, their numbers from Prometheus. Three
 * requests whatever the number of runs.
 *
 * @returns 0
 */
export async function runs(ground: Ground, { all, json }: RunsOptions): Promise<number> {
    return onPlatform(ground, async ({ session, nomad, prometheus }) => {
        const trainings = (await listRuns(nomad)).filter(({ job }) => isTraining(job));
        const shown = all ? trainings : recent(trainings);
        const now = Date.now();
        const numbers = await numbersOf(shown, prometheus, now).catch((error: unknown) => {
            process.stderr.write(`Prometheus gives no numbers: ${reasonOf(error)}.\n`);
            return new Map<string, LastNumbers>();
        });
        const rows = shown.map((run) => ({ run, row: runRow(run, numbers.get(run.id ?? "") ?? {}, now) }));
        if (json) {
            process.stdout.write(`${JSON.stringify(rows.map(({ row }) => row))}\n`);
            return 0;
        }
        session.screen.line(rows.length > 0 ? runTable(rows) : "There is no run yet; npm run train starts one.");
        if (shown.length < trainings.length) {
            session.screen.line(`and ${trainings.length - shown.length} older: npm run runs -- --all`);
        }
        return 0;
    });
}

/** Every run that is not over, and the newest of the others. */
function recent(trainings: readonly KnownRun[]): KnownRun[] {
    const over = new Set(trainings.filter(({ isOver }) => isOver).slice(0, MOST_OVER));
    return trainings.filter((run) => !run.isOver || over.has(run));
}

async function numbersOf(
    shown: readonly KnownRun[],
    prometheus: Prometheus,
    now: number,
): Promise<Map<string, LastNumbers>> {
    const oldest = Math.min(...shown.map(({ startedAt }) => startedAt ?? now));
    return shown.length === 0
        ? new Map()
        : lastNumbers(await prometheus.query(lastNumbersQuery((now - oldest) / 1000)));
}
