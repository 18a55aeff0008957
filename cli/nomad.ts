import { UserError } from "./user-error";

/** An allocation as Nomad's HTTP API gives it; only what is read here. Times in nanoseconds since 1970. */
export interface Allocation {
    readonly ID: string;
    readonly JobID: string;
    readonly JobType?: string;
    readonly JobVersion?: number;
    readonly Namespace?: string;
    readonly NodeName: string;
    readonly CreateIndex: number;
    readonly CreateTime: number;
    readonly ModifyTime: number;
    readonly DesiredStatus: string;
    readonly ClientStatus: "pending" | "running" | "complete" | "failed" | "lost" | "unknown";
    readonly ClientDescription?: string;
    readonly TaskStates?: Readonly<Record<string, TaskState>> | null;
}

export interface TaskState {
    readonly State: "pending" | "running" | "dead";
    readonly Failed: boolean;
    readonly Events?: readonly TaskEvent[];
}

export interface TaskEvent {
    readonly Type: string;
    readonly DisplayMessage?: string;
    readonly ExitCode?: number;
    readonly Details?: Readonly<Record<string, string>>;
    readonly Time?: number;
}

export interface Job {
    readonly ID: string;
    readonly Namespace: string;
    readonly Version: number;
    readonly Status: "pending" | "running" | "dead";
    readonly Stop: boolean;
}

/** Why a task group could not be placed (Nomad's AllocMetric). */
export interface PlacementFailure {
    readonly NodesEvaluated?: number;
    readonly NodesAvailable?: Readonly<Record<string, number>> | null;
    readonly ConstraintFiltered?: Readonly<Record<string, number>> | null;
    readonly DimensionExhausted?: Readonly<Record<string, number>> | null;
}

export interface Evaluation {
    readonly ID: string;
    readonly CreateIndex: number;
    readonly Status: string;
    readonly StatusDescription?: string;
    readonly FailedTGAllocs?: Readonly<Record<string, PlacementFailure>> | null;
}

interface JobStub {
    readonly ID: string;
    readonly Namespace?: string;
    readonly Status: string;
}

const ANSWER_MILLISECONDS = 5_000;
const LOG_BYTES = 2_000;

const TERMINAL = ["complete", "failed", "lost"];

/** Whether an allocation has come to its end. */
export function isOver(allocation: Allocation): boolean {
    return TERMINAL.includes(allocation.ClientStatus);
}

/** Nomad's HTTP API, as far as this program asks it. */
export class Nomad {
    constructor(
        private readonly url: string,
        private readonly token: string,
    ) {}

    /** @returns undefined when Nomad does not know the job (any more). */
    async job(id: string): Promise<Job | undefined> {
        return this.get<Job>(`/v1/job/${encodeURIComponent(id)}`);
    }

    async jobs(): Promise<readonly JobStub[]> {
        return (await this.get<JobStub[]>("/v1/jobs?namespace=*")) ?? [];
    }

    /** Allocations of every job, or of one, newest first. */
    async allocations(job?: string): Promise<Allocation[]> {
        const path = job ? `/v1/job/${encodeURIComponent(job)}/allocations?all=true` : "/v1/allocations?namespace=*";
        const found = (await this.get<Allocation[]>(path)) ?? [];
        return found.sort((left, right) => right.CreateIndex - left.CreateIndex);
    }

    /** @returns undefined when Nomad does not know the allocation (any more). */
    async allocation(id: string): Promise<Allocation | undefined> {
        return this.get<Allocation>(`/v1/allocation/${id}`);
    }

    /** Evaluations of a job, newest first. */
    async evaluations(job: string): Promise<Evaluation[]> {
        const found = (await this.get<Evaluation[]>(`/v1/job/${encodeURIComponent(job)}/evaluations`)) ?? [];
        return found.sort((left, right) => right.CreateIndex - left.CreateIndex);
    }

    async nodes(): Promise<readonly { Name: string; Status: string; SchedulingEligibility: string }[]> {
        return (await this.get("/v1/nodes")) ?? [];
    }

    /** The end of a task's log; "" when there is none, as for a task that never started. */
    async log(allocation: string, task: string, stream: "stderr" | "stdout"): Promise<string> {
        const query = `task=${encodeURIComponent(task)}&type=${stream}&plain=true&origin=end&offset=${LOG_BYTES}`;
        const answer = await this.request(`/v1/client/fs/logs/${allocation}?${query}`);
        return answer.ok ? answer.text() : "";
    }

    /**
     * Starts a run of a parameterized job.
     *
     * @param token with the same one, Nomad answers with the run it started before. @returns the id of the run's job.
     */
    async dispatch(job: string, meta: Readonly<Record<string, string>>, token?: string): Promise<string> {
        const query = token === undefined ? "" : `?idempotency_token=${encodeURIComponent(token)}`;
        const path = `/v1/job/${encodeURIComponent(job)}/dispatch${query}`;
        const answer = await this.request(path, "POST", { Meta: meta });
        if (answer.status === 404) {
            throw new UserError(`Nomad has no job ${job}; npm run up submits what is missing.`);
        }
        if (!answer.ok) {
            throw new UserError(`Nomad did not start a run of ${job}: ${(await answer.text()).trim()}`);
        }
        return ((await answer.json()) as { DispatchedJobID: string }).DispatchedJobID;
    }

    /** Stops a job and forgets it. */
    async purge({ ID, Namespace = "default" }: JobStub): Promise<void> {
        const query = `purge=true&namespace=${encodeURIComponent(Namespace)}`;
        const answer = await this.request(`/v1/job/${encodeURIComponent(ID)}?${query}`, "DELETE");
        if (!answer.ok && answer.status !== 404) {
            throw new UserError(`Nomad did not stop job ${ID}: HTTP ${answer.status} ${await answer.text()}`);
        }
    }

    private async get<T>(path: string): Promise<T | undefined> {
        const answer = await this.request(path);
        if (answer.status === 404) {
            return undefined;
        }
        if (!answer.ok) {
            throw new UserError(`Nomad answers ${path} with HTTP ${answer.status}: ${(await answer.text()).trim()}`);
        }
        return (await answer.json()) as T;
    }

    private request(path: string, method = "GET", body?: object): Promise<Response> {
        return fetch(`${this.url}${path}`, {
            method,
            body: body && JSON.stringify(body),
            headers: this.token ? { "X-Nomad-Token": this.token } : {},
            signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
        });
    }
}
