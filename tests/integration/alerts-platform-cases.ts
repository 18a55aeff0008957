import { type AlertCase, type ExpectedAlert, RUN, run } from "./alerts-cases";

export const PLATFORM_CASES: readonly AlertCase[] = [
    { what: "nothing wrong", series: {}, at: "10m", firing: [] },
    {
        what: "a server that is down",
        series: { 'up{job="nomad", instance="a:4646"}': "1x30 0x60" },
        at: "60s",
        firing: [
            {
                alert: "TargetDown",
                severity: "critical",
                labels: { job: "nomad", instance: "a:4646" },
                summary: "nomad at a:4646 cannot be scraped.",
                description: "The server is down, or it refuses Prometheus' credentials.",
            },
        ],
    },
    {
        what: "a training task that has ended and cannot be scraped any more",
        series: { 'up{job="training-tasks", instance="b:8000"}': "1x30 0x60" },
        at: "60s",
        firing: [],
    },
    {
        what: "a dead run that nobody cleans up after",
        series: run({
            training_status: "0x600",
            push_time_seconds: "0+1x30 30x570",
            push_failure_time_seconds: "0x600",
        }),
        at: "330s",
        firing: [
            {
                alert: "PushgatewayGroupStale",
                severity: "warning",
                labels: RUN,
                summary: "Run r1 is silent and its metrics are still there.",
                description:
                    "Its last push was 5m 0s ago, and its group still says that it is running: its process hangs, or the sweeper does not work.",
            },
        ],
    },
    {
        what: "a refused push",
        series: run({ push_time_seconds: "10x60", push_failure_time_seconds: "0x20 20x40" }),
        at: "30s",
        firing: [
            {
                alert: "PushRefused",
                severity: "warning",
                labels: { job: "ml-training", ...RUN },
                summary: "Pushgateway refuses what ml-training r1 pushes.",
                description: "Its newest push contradicts what others have pushed, such as the type of a metric.",
            },
        ],
    },
    {
        what: "one of two nodes gone",
        series: { nomad_nomad_heartbeat_active: "2x60 1x120" },
        at: "90s",
        firing: [nodeDown("1")],
    },
    {
        what: "the last node gone for long",
        series: { nomad_nomad_heartbeat_active: "1x60 0x3600" },
        at: "30m",
        firing: [nodeDown("0")],
    },
    {
        what: "a second node joining",
        series: { nomad_nomad_heartbeat_active: "1x60 2x120" },
        at: "90s",
        firing: [],
    },
    {
        what: "Nomad without a leader",
        series: { nomad_nomad_autopilot_healthy: "1x30 stale" },
        at: "90s",
        firing: [
            {
                alert: "NomadUnhealthy",
                severity: "critical",
                labels: {},
                summary: "Nomad has no healthy leader.",
                description:
                    "Nothing can be scheduled. Only a leader reports health, so silence means there is none, or it cannot be scraped.",
            },
        ],
    },
    {
        what: "Consul unhealthy",
        series: { consul_autopilot_healthy: "1x30 0x90" },
        at: "90s",
        firing: [
            {
                alert: "ConsulUnhealthy",
                severity: "critical",
                labels: {},
                summary: "Consul has no healthy leader.",
                description: "Trainings cannot start, for they read their defaults from Consul.",
            },
        ],
    },
    {
        what: "storage near its bound",
        series: { 'prometheus_tsdb_storage_blocks_bytes{job="prometheus"}': "850x300" },
        at: "3m",
        firing: [
            {
                alert: "PrometheusStorageNearBound",
                severity: "warning",
                labels: { job: "prometheus" },
                summary: "Prometheus' storage is 95% of its bound.",
                description:
                    "At the bound it deletes its oldest samples: results of old runs go earlier than their age says.",
            },
        ],
    },
    {
        what: "storage without a bound",
        series: {
            'prometheus_tsdb_storage_blocks_bytes{job="prometheus"}': "850x300",
            'prometheus_tsdb_retention_limit_bytes{job="prometheus"}': "0x300",
        },
        at: "3m",
        firing: [],
    },
    {
        what: "a disk nearly full",
        series: { 'nomad_client_host_disk_used_percent{disk="/dev/sda"}': "93.4x120" },
        at: "90s",
        firing: [
            {
                alert: "NodeDiskNearlyFull",
                severity: "warning",
                labels: { disk: "/dev/sda" },
                summary: "Disk /dev/sda of a node is 93 % full.",
                description: "When it is full, allocations and the servers' own state can no longer be written.",
            },
        ],
    },
];

function nodeDown(left: string): ExpectedAlert {
    return {
        alert: "NomadNodeDown",
        severity: "critical",
        labels: {},
        summary: `A Nomad node is down: ${left} left.`,
        description:
            "Fewer nodes send heartbeats to Nomad's leader than did within the last ten minutes. Their jobs wait or are lost.",
    };
}
