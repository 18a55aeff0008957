import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { dispatchRun } from "../cli/dispatch";
import { Allocation, Job, JobStub, Nomad } from "../cli/nomad";
import { JobDescription, variantOf } from "../cli/variant";
import { NOMAD_USER } from "../components/nomad-config";
import { DISPATCH_JOB } from "../components/training-job";
import { Moments } from "./job-verdict";

/** What each job of the load runs. */
export interface LoadTask {
    readonly image: string;
    readonly command: string;
    readonly cpuMhz: number;
    readonly memoryMiB: number;
    readonly network: string;
    /** As for `docker run --volume`. */
    readonly volumes: readonly string[];
    readonly user: string;
}

/** What every training's container has (components/job-rules.ts), as options of `docker run`. */
export const CONTAINER_LIMITS = [
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "256"],
    ...["--log-opt", "max-size=10m", "--log-opt", "max-file=3"],
];

const COMMAND = "/bin/true";
const MEMORY_MIB = 64;
/** Nomad asks others' runs first. */
const PRIORITY = 1;
const DISPATCHES_AT_ONCE = 4;
const ATTEMPTS = 20;
const POLL_MILLISECONDS = 1_000;

/** Jobs of the trainer image that do nothing, dispatched from a variant of `ml-train`. */
export class JobLoad {
    private constructor(
        private readonly nomad: Nomad,
        /** Id of the variant. */
        readonly parent: string,
        readonly task: LoadTask,
    ) {}

    /**
     * Registers the variant.
     *
     * @param atOnce so many of its jobs fit on the node with the most CPU, besides what little the stack itself runs.
     */
    static async provide(nomad: Nomad, prefix: string, atOnce: number): Promise<JobLoad> {
        const original = await nomad.job(DISPATCH_JOB);
        const task = original?.TaskGroups?.[0]?.Tasks[0];
        if (!original || !task) {
            throw new Error(`Nomad has no job ${DISPATCH_JOB}; npm run up submits it.`);
        }
        const nodes = await nomad.nodes();
        const most = Math.max(...nodes.map(({ NodeResources }) => NodeResources?.Cpu.CpuShares ?? 0));
        const cpuMhz = Math.floor(most / (atOnce + 0.5));
        const job = variantOf(
            { ...(original as Job & JobDescription), Priority: PRIORITY },
            {
                command: [COMMAND],
                cpuMhz,
                memoryMiB: MEMORY_MIB,
            },
        );
        await nomad.register(job);
        return new JobLoad(nomad, job.ID, {
            image: String(task.Config.image),
            command: COMMAND,
            cpuMhz,
            memoryMiB: MEMORY_MIB,
            network: String(task.Config.network_mode),
            volumes: [`${prefix}-artifacts:/artifacts`, `${prefix}-data:/data:ro`],
            user: NOMAD_USER,
        });
    }

    /**
     * Dispatches so many jobs. Those that an interrupted benchmark dispatched under the same number are not dispatched
     * again.
     *
     * @returns the id of each one's job.
     */
    async dispatch(count: number, signal: AbortSignal): Promise<string[]> {
        const ids = Array.from({ length: count }, () => "");
        const indexes = ids.keys();
        const worker = async () => {
            for (const index of indexes) {
                signal.throwIfAborted();
                const token = `bench-${count}-${index}`;
                ids[index] = await patiently(() =>
                    dispatchRun(this.nomad, { parent: this.parent, parameters: {}, token }),
                );
            }
        };
        await Promise.all(Array.from({ length: DISPATCHES_AT_ONCE }, worker));
        return ids;
    }

    /** Waits until every one of the jobs is over. @param say gets how many are */
    async over(ids: readonly string[], signal: AbortSignal, say: (over: number) => void): Promise<void> {
        const wanted = new Set(ids);
        for (;;) {
            const over = (await this.children()).filter(({ ID, Status }) => wanted.has(ID) && Status === "dead").length;
            say(over);
            if (over === wanted.size) {
                return;
            }
            await delay(POLL_MILLISECONDS, undefined, { signal });
        }
    }

    /** The jobs that were dispatched and not purged. */
    async children(): Promise<readonly JobStub[]> {
        return patiently(() => this.nomad.jobs(`${this.parent}/dispatch-`));
    }

    /** Their allocations, those of jobs purged earlier aside. */
    async allocations(ids: readonly string[]): Promise<Allocation[]> {
        const wanted = new Set(ids);
        return (await patiently(() => this.nomad.allocations())).filter(({ JobID }) => wanted.has(JobID));
    }

    /** Stops and forgets all of its jobs. */
    async purgeChildren(): Promise<void> {
        const left = (await this.children()).values();
        const worker = async () => {
            for (const child of left) {
                await patiently(() => this.nomad.purge(child));
            }
        };
        await Promise.all(Array.from({ length: DISPATCHES_AT_ONCE }, worker));
    }

    async remove(): Promise<void> {
        await this.purgeChildren();
        await this.nomad.purge({ ID: this.parent, Status: "running" });
    }
}

/** On a busy machine Nomad may not answer in time; what is asked here may be asked again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
        try {
            return await ask();
        } catch (error) {
            if (attempt === ATTEMPTS || (error as Error).name !== "TimeoutError") {
                throw error;
            }
        }
    }
}

/** When what happened to each job. @param allocations of finished jobs, one each */
export function momentsOf(children: readonly JobStub[], allocations: readonly Allocation[]): Moments[] {
    const dispatched = new Map(children.map(({ ID, SubmitTime = 0 }) => [ID, SubmitTime / 1e6]));
    return allocations.flatMap(({ JobID, CreateTime, TaskStates }) => {
        const [task] = Object.values(TaskStates ?? {});
        return task?.FinishedAt && dispatched.has(JobID)
            ? [
                  {
                      dispatched: dispatched.get(JobID) as number,
                      placed: CreateTime / 1e6,
                      ended: Date.parse(task.FinishedAt),
                  },
              ]
            : [];
    });
}

/** Counts the starts of the containers of a job's children, by allocation id, as Docker tells them. */
export async function watchStarts(engine: Docker, parent: string) {
    const starts = new Map<string, number>();
    const filters = { type: ["container" as const], event: ["start"], label: ["com.hashicorp.nomad.alloc_id"] };
    const events = await engine.getEvents({ filters });
    let rest = "";
    events.on("data", (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines.filter(Boolean)) {
            const { Actor } = JSON.parse(line) as { Actor: { Attributes: Record<string, string> } };
            const id = Actor.Attributes["com.hashicorp.nomad.alloc_id"] ?? "";
            if (Actor.Attributes["com.hashicorp.nomad.job_name"]?.startsWith(`${parent}/`)) {
                starts.set(id, (starts.get(id) ?? 0) + 1);
            }
        }
    });
    return { starts, end: () => (events as unknown as { destroy: () => void }).destroy() };
}
