import { run } from "../command";
import { DangerousJob, dangerousJobs } from "./dangerous-jobs";
import { eventually } from "./eventually";
import { ExtraRuns, containerOf } from "./extra-runs";
import { StackApis } from "./stack-apis";
import { TestStack } from "./test-stack";

jest.setTimeout(600_000);

interface TaskState {
    readonly Failed: boolean;
    readonly Events: { readonly Type: string; readonly DisplayMessage: string }[];
}

let stack: TestStack;
let apis: StackApis;

beforeAll(async () => {
    stack = await TestStack.create({ trainingModel: "linear", trainingEpochs: "3" });
    await stack.up();
    apis = new StackApis(await stack.outputs());
});

afterAll(() => stack?.remove());

/** The job, as confined as every job of the stack but for what is dangerous about it. */
function description(id: string, { config, user, before }: Pick<DangerousJob, "config" | "user" | "before">): object {
    const task = (name: string, command: string) => ({
        Name: name,
        Driver: "docker",
        User: "1000:1000",
        Config: {
            image: apis.out("trainerImage"),
            network_mode: `${stack.prefix}-network`,
            entrypoint: ["/bin/sh", "-c"],
            args: [command],
            cap_drop: ["all"],
            security_opt: ["no-new-privileges"],
        },
        Resources: { CPU: 20, MemoryMB: 32 },
        LogConfig: { MaxFiles: 1, MaxFileSizeMB: 1 },
        RestartPolicy: { Attempts: 0, Mode: "fail" },
    });
    const dangerous = task("task", "true");
    const first = before === undefined ? [] : [{ ...task("before", before), Lifecycle: { Hook: "prestart" } }];
    return {
        ID: id,
        Name: id,
        Type: "batch",
        Datacenters: ["dc1"],
        TaskGroups: [
            {
                Name: "group",
                Tasks: [
                    ...first,
                    { ...dangerous, User: user ?? "1000:1000", Config: { ...dangerous.Config, ...config } },
                ],
                EphemeralDisk: { SizeMB: 20 },
                RestartPolicy: { Attempts: 0, Mode: "fail" },
                ReschedulePolicy: { Attempts: 0, Unlimited: false },
            },
        ],
    };
}

/** Runs a job to its end and forgets it. Returns the states of its tasks. */
async function ended(id: string, job: Parameters<typeof description>[1]): Promise<Record<string, TaskState>> {
    const answer = await apis.nomad("/v1/jobs", "POST", { Job: description(id, job) });
    expect([answer.status, answer.ok ? "" : await answer.text()]).toEqual([200, ""]);
    try {
        const { ID } = await apis.ended(id);
        const allocation = (await (await apis.nomad(`/v1/allocation/${ID}`)).json()) as {
            TaskStates: Record<string, TaskState>;
        };
        return allocation.TaskStates;
    } finally {
        await apis.nomad(`/v1/job/${id}?purge=true`, "DELETE");
    }
}

test("the stack's own training runs through", async () => {
    expect((await apis.ended()).ClientStatus).toBe("complete");
});

test("a job that asks for nothing special runs", async () => {
    expect((await ended("confined", {})).task?.Failed).toBe(false);
});

test("each job that asks for more than a task may have is refused, and told why", async () => {
    const refusals: string[] = [];
    for (const [at, job] of dangerousJobs(stack.prefix).entries()) {
        const states = await ended(`dangerous-${at}`, job);
        const events = states.task?.Events ?? [];
        const why = events.find(({ DisplayMessage }) => job.refusal.test(DisplayMessage))?.DisplayMessage;
        expect([job.what, states.task?.Failed, why ?? events]).toEqual([job.what, true, expect.any(String)]);
        expect([job.what, events.some(({ Type }) => Type === "Started")]).toEqual([job.what, false]);
        refusals.push(`${job.what}: ${why}`);
    }
    process.stderr.write(`${refusals.join("\n")}\n`);
});

test("only the guard has the engine's socket", async () => {
    const { stdout } = await run("docker", ["ps", "-q", "--filter", `name=^${stack.prefix}-`]);
    const format = "{{.Name}}{{range .Mounts}} {{.Source}}{{end}}";
    const mounts = await run("docker", ["inspect", "--format", format, ...stdout.trim().split("\n")]);
    const holders = mounts.stdout.split("\n").filter((line) => line.includes(stack.settings.dockerSocket));
    expect(holders.map((line) => line.split(" ")[0])).toEqual([`/${stack.prefix}-nomad-guard`]);
});

test("a run goes on while guard and client are replaced", async () => {
    const runs = new ExtraRuns(apis);
    try {
        const { id } = await runs.start("goes-on", {
            parameters: {
                MODEL: "linear",
                EPOCHS: "100000",
                DATASET: "digits",
                BATCH_SIZE: "32",
                LEARNING_RATE: "0.00002",
            },
        });
        const container = await containerOf(id);
        const idOf = async (part: string) =>
            (await run("docker", ["inspect", "--format", "{{.Id}}", `${stack.prefix}-${part}`])).stdout.trim();
        const before = [await idOf("nomad-guard"), await idOf("nomad-client")];
        // Part of every container, so it replaces them all.
        stack.configure({ readyTimeoutSeconds: "121" });
        await stack.up();
        const now = [await idOf("nomad-guard"), await idOf("nomad-client")];
        expect(now.filter((each) => before.includes(each))).toEqual([]);
        await eventually("Nomad knows the run as running", async () => {
            const allocation = (await (await apis.nomad(`/v1/allocation/${id}`)).json()) as { ClientStatus: string };
            return allocation.ClientStatus === "running" ? true : undefined;
        });
        expect(await containerOf(id)).toBe(container);
    } finally {
        await runs.remove();
    }
});
