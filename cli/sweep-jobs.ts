import { DISPATCH_JOB } from "../components/training-job";
import { Nomad } from "./nomad";
import { ListedChild } from "./sweep-runs";
import { UserError } from "./user-error";

/** An allocation as Nomad lists it; only what is read here. Time in nanoseconds since 1970. */
export interface ListedAllocation {
    readonly ID: string;
    readonly JobID: string;
    readonly CreateIndex: number;
    readonly CreateTime: number;
}

interface LockedVariable {
    readonly Lock: { readonly ID: string };
}

/** The shortest that Nomad takes; it waits twice as long before it takes a lock away. */
const LOCK_TTL_SECONDS = 10;
/** When a lock whose holder was killed is free again. */
export const LOCK_LOST_SECONDS = 2 * LOCK_TTL_SECONDS;

/** What Nomad knows of one sweep: two lists, whatever the number of runs, and a lock. */
export class SweepJobs {
    constructor(
        private readonly nomad: Nomad,
        private readonly sweep: string,
    ) {}

    /** The sweep's jobs with their meta and the states of their allocations. */
    async children(): Promise<readonly ListedChild[]> {
        return this.list("jobs", {
            prefix: `${DISPATCH_JOB}/`,
            meta: "true",
            filter: `Meta.sweep == "${this.sweep}"`,
        });
    }

    /** The newest allocation of each of the sweep's jobs, by job. */
    async allocations(): Promise<ReadonlyMap<string, ListedAllocation>> {
        const found = await this.list<ListedAllocation>("allocations", {
            task_states: "false",
            filter: `Job.Meta.sweep == "${this.sweep}"`,
        });
        const oldestFirst = [...found].sort((left, right) => left.CreateIndex - right.CreateIndex);
        return new Map(oldestFirst.map((allocation) => [allocation.JobID, allocation]));
    }

    /**
     * Does something that only one command at a time may do for this sweep, in less than `LOCK_TTL_SECONDS`.
     *
     * Nomad looks for an idempotency token before it takes the new run into its log, and not again when it does
     * (Job.Dispatch in its nomad/job_endpoint.go): two commands that send the same token at the same moment get two runs.
     *
     * @returns undefined when another command has the lock, or had it when it was killed.
     */
    async exclusively<T>(work: () => Promise<T>): Promise<T | undefined> {
        // Without a delay: an orphaned lock is only ever about commands that are gone.
        const wanted = { TTL: `${LOCK_TTL_SECONDS}s`, LockDelay: "1ms" };
        const answer = await this.lock("acquire", wanted);
        if (answer.status === 409) {
            return undefined;
        }
        const { Lock } = await this.json<LockedVariable>(answer);
        try {
            return await work();
        } finally {
            // Without an answer, Nomad takes it away in a while.
            await this.lock("release", { ID: Lock.ID }).catch(() => undefined);
        }
    }

    private lock(operation: "acquire" | "release", lock: object): Promise<Response> {
        // A variable's path may have no dots, which a sweep's name may.
        const path = `/v1/var/mlops/sweeps/${this.sweep.replaceAll(".", "~")}`;
        return this.nomad.request(`${path}?lock-${operation}`, { method: "PUT", body: { Lock: lock } });
    }

    private async list<T>(what: string, query: Readonly<Record<string, string>>): Promise<T[]> {
        return this.json(await this.nomad.request(`/v1/${what}?${new URLSearchParams(query).toString()}`));
    }

    private async json<T>(answer: Response): Promise<T> {
        if (!answer.ok) {
            throw new UserError(`Nomad refuses: HTTP ${answer.status}, ${(await answer.text()).trim()}`);
        }
        return (await answer.json()) as T;
    }
}
