import { TRAINING_JOB } from "../components/training-job";
import { Series } from "./prometheus";

/** How much further back than a run began its numbers are looked for: clocks of two machines may differ. */
export const MARGIN_SECONDS = 60;

/** The name of a series in the metrics contract, without `training_`. */
export function metricName(metric: Series["metric"]): string {
    return (metric.__name__ ?? "").replace(/^training_/, "");
}

/**
 * One query for the last numbers that runs pushed.
 *
 * @param names as of `metricName`. @param ageSeconds how far back the oldest of the runs began.
 * @param runs their ids. @default every run
 */
export function lastNumbersOf(names: readonly string[], ageSeconds: number, runs?: readonly string[]): string {
    const chosen = runs ? `, run_id=~"${runs.join("|")}"` : "";
    const selector = `{__name__=~"training_(${names.join("|")})", job="${TRAINING_JOB}"${chosen}}`;
    return `last_over_time(${selector}[${Math.ceil(Math.max(0, ageSeconds)) + MARGIN_SECONDS}s])`;
}

/**
 * Numbers by run, from the series that such a query gives, one sample each.
 *
 * @param labels what is kept of a series besides its number. @default nothing
 */
export function numbersByRun<Numbers extends object>(
    series: readonly Series[],
    labels: (metric: Series["metric"]) => Partial<Numbers> = () => ({}),
): Map<string, Numbers> {
    const found = new Map<string, Numbers>();
    for (const { metric, samples } of series) {
        const { run_id: run = "" } = metric;
        const numbers = { ...found.get(run), ...labels(metric), [metricName(metric)]: samples[0]?.[1] };
        found.set(run, numbers as Numbers);
    }
    return found;
}
