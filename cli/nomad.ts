import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { Allocation, Evaluation, Job, JobStub, Node } from "./nomad-types";
import { UserError } from "./user-error";

export * from "./nomad-types";

const ANSWER_MILLISECONDS = 5_000;
const LOG_BYTES = 2_000;

const TERMINAL = ["complete", "failed", "lost"];

/**
 * Whether an allocation has come to its end. One whose node is away (`unknown`) is still meant to go on when the node
 * is back, unless it was stopped meanwhile: then nobody waits for it any more.
 */
export function isOver({ ClientStatus, DesiredStatus }: Allocation): boolean {
    return TERMINAL.includes(ClientStatus) || (ClientStatus === "unknown" && DesiredStatus !== "run");
}

export type LogStream = "stderr" | "stdout";

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

    /** Every job, or those whose id begins so, with their meta. */
    async jobs(prefix = ""): Promise<readonly JobStub[]> {
        return (await this.get<JobStub[]>(`/v1/jobs?namespace=*&meta=true&prefix=${encodeURIComponent(prefix)}`)) ?? [];
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

    /** Every node with what it has. */
    async nodes(): Promise<readonly Node[]> {
        return (await this.get("/v1/nodes?resources=true")) ?? [];
    }

    /** The end of a task's log; "" when there is none, as for a task that never started. */
    async log(allocation: string, task: string, stream: LogStream): Promise<string> {
        const query = `task=${encodeURIComponent(task)}&type=${stream}&plain=true&origin=end&offset=${LOG_BYTES}`;
        const answer = await this.request(`/v1/client/fs/logs/${allocation}?${query}`);
        return answer.ok ? answer.text() : "";
    }

    /**
     * All that is kept of a task's log.
     *
     * @param follow whether to wait for more, until `signal` ends it: Nomad never does. @returns undefined when there is none (yet)
     */
    async logStream(
        allocation: string,
        options: { task: string; stream: LogStream; follow: boolean; signal: AbortSignal },
    ): Promise<Readable | undefined> {
        const { task, stream, follow, signal } = options;
        const query = `task=${encodeURIComponent(task)}&type=${stream}&plain=true&origin=start&follow=${follow}`;
        const answer = await this.request(`/v1/client/fs/logs/${allocation}?${query}`, { signal });
        // Node's fetch and Node's streams name the same web stream by two types.
        return answer.ok && answer.body ? Readable.fromWeb(answer.body as ReadableStream) : undefined;
    }

    /**
     * Starts a run of a parameterized job.
     *
     * @param token with the same one, Nomad answers with the run it started before. @returns the id of the run's job.
     */
    async dispatch(job: string, meta: Readonly<Record<string, string>>, token?: string): Promise<string> {
        const query = token === undefined ? "" : `?idempotency_token=${encodeURIComponent(token)}`;
        const path = `/v1/job/${encodeURIComponent(job)}/dispatch${query}`;
        const answer = await this.request(path, { method: "POST", body: { Meta: meta } });
        if (answer.ok) {
            return ((await answer.json()) as { DispatchedJobID: string }).DispatchedJobID;
        }
        const said = (await answer.text()).trim();
        throw new UserError(
            said === "parameterized job not found"
                ? `Nomad has no job ${job}; npm run up submits what is missing.`
                : `Nomad did not start a run of ${job}: ${said}`,
        );
    }

    /** Submits a job as it stands. @throws UserError when Nomad refuses it */
    async register(job: Readonly<Record<string, unknown>>): Promise<void> {
        const answer = await this.request("/v1/jobs", { method: "POST", body: { Job: job } });
        if (!answer.ok) {
            throw new UserError(`Nomad did not take job ${String(job.ID)}: ${(await answer.text()).trim()}`);
        }
    }

    /** Stops a job; Nomad keeps it with its allocations and their logs. One that is gone counts as stopped. */
    async stop(id: string): Promise<void> {
        await this.delete(id, "");
    }

    /** Stops a job and forgets it. */
    async purge({ ID, Namespace = "default" }: JobStub): Promise<void> {
        await this.delete(ID, `?purge=true&namespace=${encodeURIComponent(Namespace)}`);
    }

    private async delete(id: string, query: string): Promise<void> {
        const answer = await this.request(`/v1/job/${encodeURIComponent(id)}${query}`, { method: "DELETE" });
        if (!answer.ok && answer.status !== 404) {
            throw new UserError(`Nomad did not stop job ${id}: HTTP ${answer.status} ${await answer.text()}`);
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

    /** Any request: for what has no method here. @param options `body` is sent as JSON. */
    request(
        path: string,
        { method = "GET", body, signal }: { method?: string; body?: object; signal?: AbortSignal } = {},
    ): Promise<Response> {
        return fetch(`${this.url}${path}`, {
            method,
            body: body && JSON.stringify(body),
            headers: this.token ? { "X-Nomad-Token": this.token } : {},
            signal: signal ?? AbortSignal.timeout(ANSWER_MILLISECONDS),
        });
    }
}
