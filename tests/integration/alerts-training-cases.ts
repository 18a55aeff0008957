import { type AlertCase, RUN, run } from "./alerts-cases";

/** A run of a minute that has succeeded, and whose pushed group has been left where it is. */
const HEALTHY = run({
    training_status: "0x60 1x7200",
    training_loss: "2-0.03x60 0.2x7200",
    training_heartbeat_timestamp_seconds: "0+1x60 60x7200",
    training_finished_timestamp_seconds: "_x60 60x7200",
    push_time_seconds: "0+1x60 60x7200",
    push_failure_time_seconds: "0x7260",
});

export const TRAINING_CASES: readonly AlertCase[] = [
    { what: "a healthy run, while it runs", series: HEALTHY, at: "50s", firing: [] },
    { what: "a healthy run, just finished", series: HEALTHY, at: "70s", firing: [] },
    { what: "a healthy run, finished minutes ago", series: HEALTHY, at: "10m", firing: [] },
    { what: "a healthy run, finished hours ago", series: HEALTHY, at: "2h", firing: [] },
    {
        what: "a healthy run whose group was removed after its end",
        series: run({
            training_status: "0x60 1x5 stale",
            training_loss: "2-0.03x60 0.2x5 stale",
            training_heartbeat_timestamp_seconds: "0+1x60 60x5 stale",
            training_finished_timestamp_seconds: "_x60 60x5 stale",
        }),
        at: "2m",
        firing: [],
    },
    {
        what: "a loss that is noisy near zero",
        series: run({
            training_status: "0x120",
            training_loss: "0.001x60 0.09x60",
            training_heartbeat_timestamp_seconds: "0+1x120",
        }),
        at: "100s",
        firing: [],
    },
    {
        what: "a run that has fallen silent",
        series: run({ training_status: "0x120", training_heartbeat_timestamp_seconds: "0+1x30 30x90" }),
        at: "60s",
        firing: [
            {
                alert: "TrainingStalled",
                severity: "critical",
                labels: RUN,
                summary: "mlp sweep (r1) has stalled.",
                description: "It says it is running but has given no sign of life for 30s.",
            },
        ],
    },
    {
        what: "a run that has been silent for a moment only",
        series: run({ training_status: "0x120", training_heartbeat_timestamp_seconds: "0+1x30 30x14 45+1x60" }),
        at: "46s",
        firing: [],
    },
    {
        what: "a run whose metrics were removed before it had ended",
        series: run({ training_status: "0x30 stale", training_heartbeat_timestamp_seconds: "0+1x30 stale" }),
        at: "60s",
        firing: [
            {
                alert: "TrainingVanished",
                severity: "critical",
                labels: RUN,
                summary: "mlp sweep (r1) has vanished.",
                description:
                    "It was running within the last ten minutes, and its metrics were removed before it said how it ended.",
            },
        ],
    },
    {
        what: "a run that has failed, its group removed",
        series: run({
            training_status: "0x30 2x3 stale",
            training_heartbeat_timestamp_seconds: "0+1x30 30x3 stale",
            training_finished_timestamp_seconds: "_x30 30x3 stale",
        }),
        at: "90s",
        firing: [
            {
                alert: "TrainingFailed",
                severity: "critical",
                labels: RUN,
                summary: "mlp sweep (r1) has failed.",
                description: "It reported a failure. Its allocation's log has the reason.",
            },
        ],
    },
    {
        what: "a run that failed hours ago, its group still there",
        series: run({
            training_status: "0x30 2x7200",
            training_heartbeat_timestamp_seconds: "0+1x30 30x7200",
            training_finished_timestamp_seconds: "_x30 30x7200",
        }),
        at: "90m",
        firing: [],
    },
    {
        what: "a loss that is not a number any more",
        series: run({
            training_status: "0x120",
            // The notation cannot repeat it.
            training_loss: `2x30 ${"NaN ".repeat(90)}`,
            training_heartbeat_timestamp_seconds: "0+1x120",
        }),
        at: "40s",
        firing: [
            {
                alert: "TrainingLossNotFinite",
                severity: "critical",
                labels: RUN,
                summary: "The loss of mlp sweep (r1) is NaN.",
                description:
                    "The training has diverged for good: no later epoch brings a loss back that is not a finite number.",
            },
        ],
    },
    {
        what: "a loss that rises",
        series: run({
            training_status: "0x120",
            training_loss: "2-0.05x30 0.5+0.05x90",
            training_heartbeat_timestamp_seconds: "0+1x120",
        }),
        at: "90s",
        firing: [
            {
                alert: "TrainingDiverging",
                severity: "warning",
                labels: RUN,
                summary: "The loss of mlp sweep (r1) is rising.",
                description: "Its loss is 3.45, more than half as much again as the lowest of the last ten minutes.",
            },
        ],
    },
];
