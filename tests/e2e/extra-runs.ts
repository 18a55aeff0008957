import { DISPATCH_JOB, TRAINING_JOB } from "../../components/training-job";
import { run } from "../command";
import { eventually } from "./eventually";
import { StackApis } from "./stack-apis";

/** A run that was started beside the stack's own. */
export interface ExtraRun {
    /** Id of its job, as it stands in a URL. */
    readonly job: string;
    /** Id of its allocation, and the `run_id` of its metrics. */
    readonly id: string;
    /** Its container. */
    readonly container: string;
}

export interface ExtraRunOptions {
    /** Training parameters by their names in the trainer's environment, without `TRAINING_`. */
    readonly parameters: Readonly<Record<string, string>>;
    /** @default as the stack's own job */
    readonly memoryMiB?: number;
}

interface Template {
    DestPath: string;
    EmbeddedTmpl: string;
}

interface Job {
    ID: string;
    Name: string;
    TaskGroups: { Tasks: { Templates: Template[]; Resources: { MemoryMB: number } }[] }[];
}

/** Starts runs with parameters of their own from the very job that the stack submitted. */
export class ExtraRuns {
    private readonly jobs: string[] = [];

    constructor(private readonly apis: StackApis) {}

    /** Submits a run; returns when it is running. */
    async start(name: string, options: ExtraRunOptions): Promise<ExtraRun> {
        await this.submit(name, options);
        const { ID: id } = await this.apis.running(name);
        return { job: name, id, container: await containerOf(id) };
    }

    /** Submits a run whose end may come before anybody sees it running. */
    async submit(name: string, { parameters, memoryMiB }: ExtraRunOptions): Promise<void> {
        const job = (await (await this.apis.nomad(`/v1/job/${TRAINING_JOB}`)).json()) as Job;
        const [task] = job.TaskGroups[0]?.Tasks ?? [];
        if (!task) {
            throw new Error(`Job ${TRAINING_JOB} has no task`);
        }
        job.ID = job.Name = name;
        for (const template of task.Templates.filter(({ DestPath }) => DestPath.includes("parameters"))) {
            template.EmbeddedTmpl = Object.entries(parameters)
                .map(([key, value]) => `TRAINING_${key}=${value}\n`)
                .join("");
        }
        task.Resources.MemoryMB = memoryMiB ?? task.Resources.MemoryMB;
        this.jobs.push(name);
        await this.send("POST", "/v1/jobs", { Job: job });
    }

    /** Stops and forgets everything that was started, and waits for it to end. */
    async remove(): Promise<void> {
        for (const job of this.jobs) {
            await this.apis.nomad(`/v1/job/${job}?purge=true`, "DELETE");
        }
        await eventually("the extra runs have ended", async () => {
            const all = (await (await this.apis.nomad("/v1/allocations")).json()) as {
                JobID: string;
                ClientStatus: string;
            }[];
            const alive = all.filter(
                ({ JobID, ClientStatus }) => this.jobs.includes(JobID) && /running|pending/.test(ClientStatus),
            );
            return alive.length === 0 ? true : undefined;
        });
    }

    private async send(method: string, path: string, body: object): Promise<void> {
        const answer = await this.apis.nomad(path, method, body);
        if (!answer.ok) {
            throw new Error(`${method} ${path}: HTTP ${answer.status} ${await answer.text()}`);
        }
    }
}

/** Dispatches a run from `ml-train`; returns when it is running. */
export async function dispatchedRun(apis: StackApis, meta: Readonly<Record<string, string>>): Promise<ExtraRun> {
    const answer = await apis.nomad(`/v1/job/${DISPATCH_JOB}/dispatch`, "POST", { Meta: meta });
    const { DispatchedJobID } = (await answer.json()) as { DispatchedJobID: string };
    const job = encodeURIComponent(DispatchedJobID);
    const { ID: id } = await apis.running(job);
    return { job, id, container: await containerOf(id) };
}

/** What makes a dispatched run one that does not end by itself within a test. */
export const ENDLESS_DISPATCH = { dataset: "iris", hidden_layers: "8", epochs: "100000", learning_rate: "0.01" };

/** The container of an allocation's task, once it is there. */
export function containerOf(allocation: string): Promise<string> {
    return eventually(`the container of ${allocation}`, async () => {
        const label = `label=com.hashicorp.nomad.alloc_id=${allocation}`;
        const { stdout } = await run("docker", ["ps", "-q", "--no-trunc", "--filter", label]);
        return stdout.trim() || undefined;
    });
}
