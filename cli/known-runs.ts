import { DISPATCH_JOB, TRAINING_JOB } from "../components/training-job";
import { wasStopped } from "./failure-reason";
import { Allocation, JobStub, Nomad, isOver } from "./nomad";
import { shortId } from "./short-id";
import { UserError } from "./user-error";

/** Where a run stands. All but "stopped" are Nomad's own states in plain words; Nomad calls a stopped run complete. */
export type RunState = "waiting" | "starting" | "running" | "away" | "succeeded" | "failed" | "lost" | "stopped";

/** A run as Nomad's lists tell of it. */
export interface KnownRun {
    /** Allocation id; undefined while it has no place, or where it was stopped before. */
    readonly id?: string;
    readonly job: string;
    readonly state: RunState;
    /** What Nomad itself says: the allocation's client status, or the job's status where there is no allocation. */
    readonly nomadStatus: string;
    readonly isOver: boolean;
    /** What it was dispatched with. */
    readonly meta: Readonly<Record<string, string>>;
    /** Nomad's running number of changes: orders runs by their start. */
    readonly index: number;
    /** Milliseconds since 1970. */
    readonly startedAt?: number;
    readonly endedAt?: number;
}

/** Whether a job is the stack's own training, or was dispatched from `ml-train` or one of its variants. */
export function isTraining(job: string): boolean {
    return job === TRAINING_JOB || job.split("/")[0] === DISPATCH_JOB;
}

/** Every run that Nomad knows, newest first, in two requests whatever their number. */
export async function listRuns(nomad: Nomad): Promise<KnownRun[]> {
    // One prefix for both of the stack's jobs and all that is dispatched.
    const [jobs, allocations] = await Promise.all([nomad.jobs(DISPATCH_JOB), nomad.allocations()]);
    return knownRuns(jobs, allocations);
}

/** Allocations of batch jobs, and trainings that have no allocation, newest first. */
export function knownRuns(jobs: readonly JobStub[], allocations: readonly Allocation[]): KnownRun[] {
    const trainings = jobs.filter(({ ID, ParameterizedJob }) => isTraining(ID) && !ParameterizedJob);
    const metaOf = new Map(trainings.map(({ ID, Meta }) => [ID, Meta ?? {}]));
    const placed = allocations.filter(({ JobType = "batch" }) => JobType === "batch");
    const placedJobs = new Set(placed.map(({ JobID }) => JobID));
    return [
        ...placed.map((allocation) => ofAllocation(allocation, metaOf.get(allocation.JobID) ?? {})),
        ...trainings.filter(({ ID }) => !placedJobs.has(ID)).flatMap(withoutPlace),
    ].sort((left, right) => right.index - left.index);
}

function ofAllocation(allocation: Allocation, meta: Readonly<Record<string, string>>): KnownRun {
    const tasks = Object.values(allocation.TaskStates ?? {});
    const moment = (times: readonly (string | null | undefined)[]) => times.find(Boolean) ?? undefined;
    const started = moment(tasks.map(({ StartedAt }) => StartedAt));
    const finished = moment(tasks.map(({ FinishedAt }) => FinishedAt));
    return {
        id: allocation.ID,
        job: allocation.JobID,
        state: stateOf(allocation),
        nomadStatus: allocation.ClientStatus,
        isOver: isOver(allocation),
        meta,
        index: allocation.CreateIndex,
        startedAt: started ? Date.parse(started) : undefined,
        endedAt: isOver(allocation) ? (finished ? Date.parse(finished) : allocation.ModifyTime / 1e6) : undefined,
    };
}

function stateOf(allocation: Allocation): RunState {
    switch (allocation.ClientStatus) {
        case "pending":
            return "starting";
        case "running":
            return "running";
        case "unknown":
            return "away";
        case "lost":
            return "lost";
        default:
            if (wasStopped(allocation)) {
                return "stopped";
            }
            return allocation.ClientStatus === "complete" ? "succeeded" : "failed";
    }
}

/** A dead job that nobody stopped has run, and Nomad has forgotten its allocation: nothing is known of that run. */
function withoutPlace({ ID, Status, Stop, Meta, CreateIndex = 0 }: JobStub): KnownRun[] {
    if (Status === "dead" && !Stop) {
        return [];
    }
    const isOver = Status === "dead";
    const state = isOver ? "stopped" : "waiting";
    return [{ job: ID, state, nomadStatus: Status, isOver, meta: Meta ?? {}, index: CreateIndex }];
}

/** The shortest name that people see for a run: eight characters of its allocation's id, or of the end of its job's. */
export function shortName({ id, job }: KnownRun): string {
    return id === undefined ? (job.split("-").at(-1) ?? job) : shortId(id);
}

const MOST_LISTED = 5;

/**
 * The run somebody means.
 *
 * @param runs newest first. @param wanted an allocation id or its beginning, a job's id, or the end of a dispatched one's.
 * @throws UserError when there is none, or more than one.
 */
export function findRun(runs: readonly KnownRun[], wanted: string): KnownRun {
    const name = wanted.toLowerCase();
    // A job that was changed has several runs: its name means the newest.
    const byJob = runs.find(({ job }) => job === wanted);
    const found = byJob
        ? [byJob]
        : runs.filter(({ id, job }) => name !== "" && (id?.startsWith(name) || job.endsWith(`-${name}`)));
    const [only, second] = found;
    if (!only) {
        const known = runs.length === 0 ? "it knows none" : `it knows ${listed(runs)}`;
        throw new UserError(`Nomad knows no run "${wanted}"; ${known}.`);
    }
    if (second) {
        throw new UserError(`"${wanted}" is the name of ${found.length} runs, give more of it: ${listed(found)}.`);
    }
    return only;
}

function listed(runs: readonly KnownRun[]): string {
    const shown = runs.slice(0, MOST_LISTED).map(({ id, job, state }) => `${id ?? job} (${state})`);
    const more = runs.length - shown.length;
    return shown.join(", ") + (more > 0 ? ` and ${more} older` : "");
}
