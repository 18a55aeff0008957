import { STORAGE_BYTES } from "../dashboards/platform-storage";
import type { Rule } from "./rule";

const IDENTITY = "model, experiment, run_id";

/** Rules about the servers under the trainings. */
export const PLATFORM_RULES: readonly Rule[] = [
    {
        name: "TargetDown",
        // A task's own target ends with the task.
        expr: 'up{job!="training-tasks"} == 0',
        for: "15s",
        severity: "critical",
        summary: "{{ $labels.job }} at {{ $labels.instance }} cannot be scraped.",
        description: "The server is down, or it refuses Prometheus' credentials.",
    },
    {
        name: "PushgatewayGroupStale",
        expr: `max by (${IDENTITY}) (time() - push_time_seconds{job="ml-training"}) > 120 and max by (${IDENTITY}) (training_status) == 0`,
        for: "30s",
        severity: "warning",
        summary: "Run {{ $labels.run_id }} is silent and its metrics are still there.",
        description:
            "Its last push was {{ $value | humanizeDuration }} ago, and its group still says that it is running: its process hangs, or the sweeper does not work.",
    },
    {
        name: "PushRefused",
        expr: "push_failure_time_seconds > push_time_seconds",
        severity: "warning",
        summary: "Pushgateway refuses what {{ $labels.job }} {{ $labels.run_id }} pushes.",
        description: "Its newest push contradicts what others have pushed, such as the type of a metric.",
    },
    {
        name: "NomadNodeDown",
        expr: "max(nomad_nomad_heartbeat_active) < max(max_over_time(nomad_nomad_heartbeat_active[10m])) or max(nomad_nomad_heartbeat_active) == 0",
        for: "10s",
        severity: "critical",
        summary: "A Nomad node is down: {{ $value }} left.",
        description:
            "Fewer nodes send heartbeats to Nomad's leader than did within the last ten minutes. Their jobs wait or are lost.",
    },
    {
        name: "NomadUnhealthy",
        expr: "max(nomad_nomad_autopilot_healthy) == 0 or absent(nomad_nomad_autopilot_healthy)",
        for: "30s",
        severity: "critical",
        summary: "Nomad has no healthy leader.",
        description:
            "Nothing can be scheduled. Only a leader reports health, so silence means there is none, or it cannot be scraped.",
    },
    {
        name: "ConsulUnhealthy",
        expr: "max(consul_autopilot_healthy) == 0 or absent(consul_autopilot_healthy)",
        for: "30s",
        severity: "critical",
        summary: "Consul has no healthy leader.",
        description: "Trainings cannot start, for they read their defaults from Consul.",
    },
    {
        name: "PrometheusStorageNearBound",
        expr: `(${STORAGE_BYTES}) / (prometheus_tsdb_retention_limit_bytes > 0) > 0.9`,
        for: "1m",
        severity: "warning",
        summary: "Prometheus' storage is {{ $value | humanizePercentage }} of its bound.",
        description: "At the bound it deletes its oldest samples: results of old runs go earlier than their age says.",
    },
    {
        name: "NodeDiskNearlyFull",
        expr: "nomad_client_host_disk_used_percent > 90",
        for: "1m",
        severity: "warning",
        summary: 'Disk {{ $labels.disk }} of a node is {{ $value | printf "%.0f" }} % full.',
        description: "When it is full, allocations and the servers' own state can no longer be written.",
    },
];
