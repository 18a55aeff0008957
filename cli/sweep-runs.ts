import { Combination, combinationKey } from "./sweep-grid";

/** A dispatched job as Nomad lists it (`/v1/jobs?meta=true`); only what is read here. */
export interface ListedChild {
    readonly ID: string;
    readonly CreateIndex: number;
    readonly Status: "pending" | "running" | "dead";
    /** Whether somebody stopped it. */
    readonly Stop: boolean;
    readonly Meta?: Readonly<Record<string, string>> | null;
    readonly JobSummary?: { readonly Summary: Readonly<Record<string, GroupSummary>> } | null;
}

/** How many allocations of a task group are in which state. */
export type GroupSummary = Readonly<
    Partial<Record<"Queued" | "Starting" | "Running" | "Unknown" | "Complete" | "Failed" | "Lost", number>>
>;

/** A run that was stopped may have succeeded before: only its allocation tells. */
export type SweepState = "missing" | "queued" | "running" | "succeeded" | "failed" | "stopped";

/** Where one combination stands: its newest run. */
export interface SweepRun {
    readonly combination: Combination;
    readonly state: SweepState;
    /** Id of the newest run's job; undefined where there is none yet. */
    readonly job?: string;
    /** How often it was started. */
    readonly attempts: number;
}

/** Every combination with what Nomad's list of the sweep's jobs says of it, in the order of the combinations. */
export function sweepRuns(all: readonly Combination[], children: readonly ListedChild[]): SweepRun[] {
    const byKey = new Map<string, ListedChild[]>();
    for (const child of children) {
        const key = combinationKey(child.Meta ?? {});
        byKey.set(key, [...(byKey.get(key) ?? []), child]);
    }
    return all.map((combination) => {
        const found = byKey.get(combination.key) ?? [];
        const newest = found.reduce<ListedChild | undefined>(
            (best, child) => (best && best.CreateIndex > child.CreateIndex ? best : child),
            undefined,
        );
        return { combination, state: newest ? stateOf(newest) : "missing", job: newest?.ID, attempts: found.length };
    });
}

/** Where a dispatched job of one allocation stands. */
export function stateOf({ Status, Stop, JobSummary }: ListedChild): Exclude<SweepState, "missing"> {
    const groups = Object.values(JobSummary?.Summary ?? {});
    const count = (...states: (keyof GroupSummary)[]) =>
        groups.reduce((sum, group) => sum + states.reduce((part, state) => part + (group[state] ?? 0), 0), 0);
    // A job that was stopped is dead before its allocation is; of others, the allocation's end is seen first.
    if (count("Starting", "Running", "Unknown") > 0) {
        return "running";
    }
    if (Status !== "dead") {
        return count("Complete", "Failed", "Lost") > 0 ? "running" : "queued";
    }
    if (count("Failed", "Lost") > 0) {
        return "failed";
    }
    return Stop || count("Complete") === 0 ? "stopped" : "succeeded";
}

/** Whether nothing more will happen to a run. */
export function isEnded({ state }: SweepRun): boolean {
    return state === "succeeded" || state === "failed" || state === "stopped";
}

/** How many of a sweep's jobs are not over. */
export function unfinished(children: readonly ListedChild[]): number {
    return children.filter((child) => ["queued", "running"].includes(stateOf(child))).length;
}

/**
 * What to start next, in the order of the combinations.
 *
 * @param retried how often those were started that are to be started once more, by combination.
 */
export function toStart(runs: readonly SweepRun[], retried: ReadonlyMap<string, number>): SweepRun[] {
    // Another command may have started it anew in the meantime: then there is one more than there was.
    return runs.filter(
        (run) => run.state === "missing" || (isEnded(run) && retried.get(run.combination.key) === run.attempts),
    );
}

/** With the same token Nomad starts nothing twice; a retry is meant to be something new. */
export function dispatchToken(sweep: string, { combination, attempts }: SweepRun): string {
    return [sweep, combination.key, ...(attempts > 0 ? [attempts + 1] : [])].join("-");
}
