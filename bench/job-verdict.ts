import { Allocation, isOver } from "../cli/nomad";

/** What became of a number of dispatched jobs. */
export interface Verdict {
    /** Jobs with exactly one allocation, which is complete, ended with exit code 0 and was started once. */
    readonly once: number;
    /** Ids of jobs without an allocation, or whose only one is not over. */
    readonly lost: readonly string[];
    /** Ids of jobs with more than one allocation, or whose container was started more than once. */
    readonly doubled: readonly string[];
    /** Ids of jobs whose allocation did not end well. */
    readonly failed: readonly string[];
}

/**
 * @param jobs their ids, one a dispatch; an id that stands twice was given to two dispatches and so counts as lost.
 * @param allocations of these jobs.
 * @param starts how often Docker started a container, by allocation id; undefined when nobody counted.
 */
export function verdictOn(
    jobs: readonly string[],
    allocations: readonly Allocation[],
    starts: ReadonlyMap<string, number> | undefined,
): Verdict {
    const ofJob = new Map(jobs.map((id) => [id, [] as Allocation[]]));
    allocations.forEach((allocation) => ofJob.get(allocation.JobID)?.push(allocation));
    const verdict = { once: 0, lost: [] as string[], doubled: [] as string[], failed: [] as string[] };
    verdict.lost.push(...jobs.filter((id, at) => jobs.indexOf(id) !== at));
    for (const [id, [first, ...more]] of ofJob) {
        if (!first || !isOver(first)) {
            verdict.lost.push(id);
        } else if (more.length > 0 || startsOf(first, starts) > 1) {
            verdict.doubled.push(id);
        } else if (first.ClientStatus !== "complete" || startsOf(first, starts) !== 1) {
            verdict.failed.push(id);
        } else {
            verdict.once += 1;
        }
    }
    return verdict;
}

/** By Nomad's own record of the task, and by Docker's where it was watched. */
function startsOf({ ID, TaskStates }: Allocation, starts: ReadonlyMap<string, number> | undefined): number {
    const events = Object.values(TaskStates ?? {}).flatMap(({ Events }) => Events ?? []);
    const recorded = events.filter(({ Type }) => Type === "Started").length;
    return starts === undefined ? recorded : Math.max(recorded, starts.get(ID) ?? 0);
}

/** Moments of one job, milliseconds since 1970. */
export interface Moments {
    readonly dispatched: number;
    readonly placed: number;
    readonly ended: number;
}

/** How long a number of jobs took, in milliseconds. */
export interface Durations {
    /** From the first dispatch to the last end. */
    readonly wall: number;
    readonly perJob: number;
    /** From a job's dispatch to its end, queueing included. */
    readonly median: number;
    readonly p95: number;
    /** From its placement to its end, median: without queueing. */
    readonly placedToEnd: number;
    /** The most jobs that ran at the same moment, from placement to end. */
    readonly atOnce: number;
}

/** @param jobs at least one. */
export function durationsOf(jobs: readonly Moments[]): Durations {
    const wall = Math.max(...jobs.map(({ ended }) => ended)) - Math.min(...jobs.map(({ dispatched }) => dispatched));
    const whole = jobs.map(({ dispatched, ended }) => ended - dispatched);
    return {
        wall,
        perJob: wall / jobs.length,
        median: percentile(whole, 50),
        p95: percentile(whole, 95),
        placedToEnd: percentile(
            jobs.map(({ placed, ended }) => ended - placed),
            50,
        ),
        atOnce: mostAtOnce(jobs),
    };
}

/** The smallest value that at least so many percent of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
    const sorted = [...values].sort((left, right) => left - right);
    return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}

function mostAtOnce(jobs: readonly Moments[]): number {
    const changes = jobs.flatMap(({ placed, ended }) => [
        { at: placed, by: 1 },
        { at: ended, by: -1 },
    ]);
    // Who ends when another is placed makes room for it.
    changes.sort((left, right) => left.at - right.at || left.by - right.by);
    let now = 0;
    return Math.max(...changes.map(({ by }) => (now += by)));
}
