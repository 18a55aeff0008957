/** A situation and the alerts that fire in it, in the terms of `promtool test rules`. Time starts at 0, samples come every second. */
export interface AlertCase {
    readonly what: string;
    /** Series and their values in promtool's notation: `0+1x60` is 0, 1, … 60; `_` is no sample, `stale` the end. */
    readonly series: Readonly<Record<string, string>>;
    readonly at: string;
    /** The alerts that fire, each with its labels and what its summary and description say; no others may. */
    readonly firing: readonly ExpectedAlert[];
}

export interface ExpectedAlert {
    readonly alert: string;
    readonly severity: "critical" | "warning";
    readonly labels: Readonly<Record<string, string>>;
    readonly summary: string;
    readonly description: string;
}

/** The run of the cases. */
export const RUN = { model: "mlp", experiment: "sweep", run_id: "r1" };
const LABELS = '{job="ml-training", model="mlp", experiment="sweep", run_id="r1"}';

/** Metrics of one run, each a number of values in promtool's notation. */
export const run = (metrics: Record<string, string>) =>
    Object.fromEntries(Object.entries(metrics).map(([name, values]) => [`${name}${LABELS}`, values]));
