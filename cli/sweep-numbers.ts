import { lastNumbersOf, numbersByRun } from "./last-numbers";
import { Prometheus } from "./prometheus";
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
        const series = await prometheus.query(numbersQuery(some, (Date.now() - since) / 1000));
        numbersByRun<FinalNumbers>(series).forEach((numbers, run) => found.set(run, numbers));
    }
    return found;
}

/** @param ageSeconds how far back the runs begin. */
export function numbersQuery(runs: readonly string[], ageSeconds: number): string {
    return lastNumbersOf(NAMES, ageSeconds, runs);
}
