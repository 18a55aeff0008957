import { Evaluation, Job, Node, PlacementFailure } from "./nomad";

/** CPU in MHz, memory and disk in MiB. */
export interface Capacity {
    readonly cpu: number;
    readonly memory: number;
    readonly disk: number;
}

/** Why a run has no place yet. */
export interface PlacementProblem {
    /** "never": no node is large enough; "busy": there will be a place when others have ended; "unclear": anything else. */
    readonly kind: "never" | "busy" | "unclear";
    readonly reason: string;
}

const UNITS: Readonly<Record<keyof Capacity, string>> = {
    cpu: "MHz of CPU",
    memory: "MiB of memory",
    disk: "MiB of disk",
};
const DIMENSIONS = Object.keys(UNITS) as (keyof Capacity)[];

/** What a run of a job needs, all tasks of its group together. */
export function askedBy({ TaskGroups }: Job): Capacity {
    const [group] = TaskGroups ?? [];
    const sum = (of: (resources: { CPU: number; MemoryMB: number }) => number) =>
        (group?.Tasks ?? []).reduce((total, { Resources }) => total + of(Resources), 0);
    return {
        cpu: sum(({ CPU }) => CPU),
        memory: sum(({ MemoryMB }) => MemoryMB),
        disk: group?.EphemeralDisk?.SizeMB ?? 0,
    };
}

/** What an empty node has for tasks. */
function capacityOf({ NodeResources: all, ReservedResources: reserved }: Node): Capacity {
    return {
        cpu: (all?.Cpu.CpuShares ?? 0) - (reserved?.Cpu.CpuShares ?? 0),
        memory: (all?.Memory.MemoryMB ?? 0) - (reserved?.Memory.MemoryMB ?? 0),
        disk: (all?.Disk.DiskMB ?? 0) - (reserved?.Disk.DiskMB ?? 0),
    };
}

/**
 * Why a job's newest evaluation placed nothing.
 *
 * @param nodes all that Nomad knows: one that is away may come back. @returns undefined when nothing speaks against a placement.
 */
export function placementProblem(
    job: Job,
    nodes: readonly Node[],
    evaluations: readonly Evaluation[],
): PlacementProblem | undefined {
    const failed = evaluations.find(({ FailedTGAllocs }) => Object.keys(FailedTGAllocs ?? {}).length > 0);
    const failure = Object.values(failed?.FailedTGAllocs ?? {})[0];
    if (!failure) {
        return undefined;
    }
    const asked = askedBy(job);
    const tooMuch = nodes.length > 0 ? neverFits(asked, nodes.map(capacityOf)) : undefined;
    if (tooMuch) {
        return { kind: "never", reason: tooMuch };
    }
    const short = Object.keys(failure.DimensionExhausted ?? {});
    return short.length > 0
        ? {
              kind: "busy",
              reason: `it waits for others to end: ${short.map((what) => shortOf(what, asked)).join(", ")}`,
          }
        : { kind: "unclear", reason: `Nomad cannot place it yet: ${unplaceable(failure)}` };
}

function neverFits(asked: Capacity, nodes: readonly Capacity[]): string | undefined {
    if (nodes.some((node) => DIMENSIONS.every((what) => asked[what] <= node[what]))) {
        return undefined;
    }
    const short = DIMENSIONS.map((what) => ({ what, most: Math.max(...nodes.map((node) => node[what])) })).filter(
        ({ what, most }) => asked[what] > most,
    );
    const needs = short.map(
        ({ what, most }) => `needs ${asked[what]} ${UNITS[what]}, but the largest node has ${most} ${unitOf(what)}`,
    );
    const together = DIMENSIONS.map((what) => `${asked[what]} ${UNITS[what]}`).join(", ");
    return `it ${needs.join(" and ") || `needs ${together}, and no node has all of it`}`;
}

function unitOf(what: keyof Capacity): string {
    return (UNITS[what].split(" ") as [string])[0];
}

function shortOf(dimension: string, asked: Capacity): string {
    const known = DIMENSIONS.find((what) => what === dimension);
    return known ? `the ${asked[known]} ${UNITS[known]} it needs are not free` : `${dimension} is exhausted`;
}

function unplaceable({ NodesAvailable, NodesEvaluated, ConstraintFiltered }: PlacementFailure): string {
    const available = Object.values(NodesAvailable ?? {}).reduce((sum, count) => sum + count, 0);
    const reasons = Object.entries(ConstraintFiltered ?? {}).map(([what, count]) => `${count} for ${what}`);
    if (reasons.length > 0) {
        return `of ${NodesEvaluated ?? available} node(s) are ruled out: ${reasons.join(", ")}`;
    }
    return available === 0 ? "no node is ready" : "no node fits";
}
