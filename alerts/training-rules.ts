import type { Rule } from "./rule";

const IDENTITY = "model, experiment, run_id";
const RUN = "{{ $labels.model }} {{ $labels.experiment }} ({{ $labels.run_id }})";

/**
 * A metric of every run, a series a run: the same run may be pushed and scraped from its own task as well, under
 * another `job` and `instance`.
 */
function ofEveryRun(metric: string): string {
    return `max by (${IDENTITY}) (${metric})`;
}

/** The same for runs whose series have gone: a run's group is removed seconds after its end. */
function lately(metric: string): string {
    return ofEveryRun(`last_over_time(${metric}[1h])`);
}

const running = `${ofEveryRun("training_status")} == 0`;
/** An ended run is news for an hour. */
const endedLongAgo = `time() - ${lately("training_finished_timestamp_seconds")} > 3600`;

/** The heartbeat comes every second; a garbage collection or a slow push takes nowhere near this long. */
const STALLED_SECONDS = 15;

/** Rules about single runs. */
export const TRAINING_RULES: readonly Rule[] = [
    {
        name: "TrainingStalled",
        expr: `time() - ${ofEveryRun("training_heartbeat_timestamp_seconds")} > ${STALLED_SECONDS} and ${running}`,
        for: "5s",
        keepFiringFor: "1m",
        severity: "critical",
        summary: `${RUN} has stalled.`,
        description: "It says it is running but has given no sign of life for {{ $value | humanizeDuration }}.",
    },
    {
        name: "TrainingVanished",
        // A Pushgateway that cannot be scraped makes every run vanish; TargetDown speaks for that.
        expr: `(${ofEveryRun("last_over_time(training_status[10m])")} == 0 unless ${ofEveryRun("training_status")}) and on () (max(up{job="pushgateway"}) == 1)`,
        for: "15s",
        severity: "critical",
        summary: `${RUN} has vanished.`,
        description:
            "It was running within the last ten minutes, and its metrics were removed before it said how it ended.",
    },
    {
        name: "TrainingFailed",
        expr: `${lately("training_status")} == 2 unless ${endedLongAgo}`,
        severity: "critical",
        summary: `${RUN} has failed.`,
        description: "It reported a failure. Its allocation's log has the reason.",
    },
    {
        name: "TrainingLossNotFinite",
        expr: `${ofEveryRun("(training_loss != training_loss) or (abs(training_loss) == Inf)")} unless ${endedLongAgo}`,
        keepFiringFor: "1m",
        severity: "critical",
        summary: `The loss of ${RUN} is {{ $value }}.`,
        description:
            "The training has diverged for good: no later epoch brings a loss back that is not a finite number.",
    },
    {
        name: "TrainingDiverging",
        // Both by half and by a tenth: a loss of 0.001 that becomes 0.002 is noise.
        expr: `${ofEveryRun("training_loss > 1.5 * min_over_time(training_loss[10m]) and training_loss - min_over_time(training_loss[10m]) > 0.1")} and ${running}`,
        for: "15s",
        severity: "warning",
        summary: `The loss of ${RUN} is rising.`,
        description:
            "Its loss is {{ $value | humanize }}, more than half as much again as the lowest of the last ten minutes.",
    },
];
