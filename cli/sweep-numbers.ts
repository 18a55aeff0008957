import { Prometheus, Series } from "./prometheus";
import { FinalNumbers } from "./sweep-ranking";

const NAMES: readonly (keyof FinalNumbers)[] = [
    "epoch",
    "validation_accuracy",
    "validation_loss",
    "status",
    "started_timestamp_seconds",
    "finished_timestamp_seconds",
];

/** A query's text travels in the address, of which Go's servers take a megabyte; this many runs are 20 kB. */
const RUNS_A_QUERY = 500;

/**
 * The last numbers of runs, all in one query.
 *
 * Pushed ones only: those scraped from a task itself may be an epoch behind when it ends.
 *
 * @param since when the oldest of them was placed, milliseconds since 1970.
 * @returns numbers by run; runs without any are missing.
 */
export async function readNumbers(
    prometheus: Prometheus,
    runs: readonly string[],
    since: number,
): Promise<Map<string, FinalNumbers>> {
    const found = new Map<string, FinalNumbers>();
    for (let at = 0; at < runs.length; at += RUNS_A_QUERY) {
        const some = runs.slice(at, at + RUNS_A_QUERY);
        const age = Math.ceil((Date.now() - since) / 1000);
        numbersByRun(await prometheus.query(numbersQuery(some, age))).forEach((numbers, run) =>
            found.set(run, numbers),
        );
    }
    return found;
}

/** Clocks of two machines may differ. */
const MARGIN_SECONDS = 60;

/** @param ageSeconds how far back the runs begin. */
export function numbersQuery(runs: readonly string[], ageSeconds: number): string {
    const names = `training_(${NAMES.join("|")})`;
    const selector = `{__name__=~"${names}", job="ml-training", run_id=~"${runs.join("|")}"}`;
    return `last_over_time(${selector}[${Math.max(0, ageSeconds) + MARGIN_SECONDS}s])`;
}

/** One sample a series, as `numbersQuery` gives them. */
export function numbersByRun(series: readonly Series[]): Map<string, FinalNumbers> {
    const found = new Map<string, FinalNumbers>();
    for (const { metric, samples } of series) {
        const { run_id: run = "", __name__: name = "" } = metric;
        found.set(run, { ...found.get(run), [name.replace(/^training_/, "")]: samples[0]?.[1] });
    }
    return found;
}
