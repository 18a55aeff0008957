import { Target, TRAINING_INTERVAL } from "./prometheus-targets";

/** A run without a sign of life for this long is not running: the heartbeat comes every second. */
export const STALE_SECONDS = 15;

const IDENTITY = "model, experiment, run_id";
const CHOSEN = `{model=~"$model", experiment=~"$experiment", run_id=~"$run"}`;

/** Legend of a run; `run` is the start of its id, as Nomad shows allocations. */
export const RUN_LEGEND = "{{model}} {{experiment}} {{run}}";

/**
 * A metric of the chosen runs, a series a run. The same run may be pushed and scraped from its own task as well, under
 * another `job` and `instance`; both tell the same.
 */
export function newest(metric: string): string {
    return `max by (${IDENTITY}) (${metric}${CHOSEN})`;
}

const fresh = `(time() - ${newest("training_heartbeat_timestamp_seconds")} < ${STALE_SECONDS})`;
const running = `(${newest("training_status")} == 0 and ${fresh})`;

/** A metric for as long as its run gives signs of life. Pushgateway would repeat the last value of a dead one for ever. */
export function live(metric: string): string {
    return `${newest(metric)} and ${fresh}`;
}

/** Of an expression with a series a run: the runs that are training at this moment. */
export function ofRunning(expr: string): string {
    return `(${expr}) and ${running}`;
}

/** Of an expression with a series a run: the runs that have ended, whichever way. */
export function ofEnded(expr: string): string {
    return `(${expr}) unless ${running}`;
}

/** What became of a metric within the dashboard's time range; stays when the run's own series are long gone. */
export function overRange(fold: "last" | "min" | "max", metric: string): string {
    const across = fold === "min" ? "min" : "max";
    return `${across} by (${IDENTITY}) (${fold}_over_time(${metric}${CHOSEN}[$__range]))`;
}

/** Adds the label `run`: the first eight characters of the run's id. */
export function named(expr: string): string {
    return `label_replace(${expr}, "run", "$1", "run_id", "(.{1,8}).*")`;
}

/** Lines in time, a run each. */
export function inTime(expr: string, suffix = ""): Target {
    return { kind: "range", interval: TRAINING_INTERVAL, expr: named(expr), legend: `${RUN_LEGEND}${suffix}` };
}

/** Values now, a run each. */
export function rightNow(expr: string): Target {
    return { kind: "instant", interval: TRAINING_INTERVAL, expr: named(expr), legend: RUN_LEGEND };
}

/** A number of runs, zero when there are none. */
export function count(expr: string): Target {
    return { kind: "instant", interval: TRAINING_INTERVAL, expr: `count(${expr}) or vector(0)`, legend: "runs" };
}

/** A column of a table with a row a run. */
export function column(expr: string): Target {
    return { kind: "table", interval: TRAINING_INTERVAL, expr: named(expr) };
}

/**
 * A table with the columns `curve`, `epoch` and `Value`: what a metric was when an epoch had just been completed.
 *
 * Prometheus knows time only. `count_values` turns the value of `training_epoch` into a label, which the metric then
 * takes over at every moment of the range; the last value under each epoch is the one that counts.
 */
export function byEpoch(metric: string, split: string): string {
    const series = `job, instance, ${IDENTITY}`;
    const epochs = `count_values by (${series}) ("epoch", training_epoch${CHOSEN})`;
    const labelled = `max by (${IDENTITY}, epoch) (${metric}${CHOSEN} * on (${series}) group_left (epoch) ${epochs})`;
    const run = named(`last_over_time((${labelled})[$__range:$__interval])`);
    const curve = `label_join(label_replace(${run}, "split", "${split}", "", ""), "curve", " ", "model", "experiment", "run", "split")`;
    return `max by (curve, epoch) (${curve})`;
}
