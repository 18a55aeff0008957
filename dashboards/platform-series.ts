import { PLATFORM_INTERVAL, Target } from "./prometheus-targets";

/** A line in time of what the servers report. */
export function overTime(expr: string, legend: string): Target {
    return { kind: "range", interval: PLATFORM_INTERVAL, expr, legend };
}

/** A value now of what the servers report. */
export function now(expr: string, legend: string): Target {
    return { kind: "instant", interval: PLATFORM_INTERVAL, expr, legend };
}

/** A table of what the servers report now. */
export function snapshot(expr: string): Target {
    return { kind: "table", interval: PLATFORM_INTERVAL, expr };
}

/** Adds the label `allocation`: the first eight characters of the allocation's id, as Nomad shows it. */
export function withShortAllocation(expr: string): string {
    return `label_replace(${expr}, "allocation", "$1", "alloc_id", "(.{1,8}).*")`;
}

/** Adds the label `node`: the first eight characters of the node's id, as Nomad shows it. */
export function withShortNode(expr: string): string {
    return `label_replace(${expr}, "node", "$1", "node_id", "(.{1,8}).*")`;
}
