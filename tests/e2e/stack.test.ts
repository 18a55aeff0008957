import { TRAINING_JOB } from "../../components/training-job";
import { run } from "../command";
import { StackApis } from "./stack-apis";
import { eventually } from "./eventually";
import { TestStack } from "./test-stack";

const MINUTE = 60_000;
jest.setTimeout(15 * MINUTE);

let stack: TestStack;
let apis: StackApis;

beforeAll(async () => {
    stack = await TestStack.create();
    await stack.up();
    apis = new StackApis(await stack.outputs());
});
afterAll(() => stack?.remove());

function dockerNomad(...command: string[]) {
    const token = `NOMAD_TOKEN=${apis.out("nomadToken")}`;
    return run("docker", ["exec", "-e", token, `${stack.prefix}-nomad`, "nomad", ...command]);
}

test("the training runs to a good end", async () => {
    expect((await apis.ended()).ClientStatus).toBe("complete");
});

test("its metrics are in Prometheus under the labels of the contract, and it learned", async () => {
    const run = await apis.ended();
    const best = await eventually("the final metrics", async () => {
        const [series] = await apis.query(
            `max by (model, experiment, run_id) (max_over_time(training_validation_accuracy{job="ml-training"}[1h]))`,
        );
        const finished = await apis.query(`last_over_time(training_status{job="ml-training"}[15m]) == 1`);
        return finished.length > 0 ? series : undefined;
    });
    expect(best.metric).toEqual({ model: "mlp", experiment: "baseline", run_id: run.ID });
    expect(Number(best.value[1])).toBeGreaterThanOrEqual(0.93);
    const [loss] = await apis.query(`max_over_time(training_loss[1h]) - last_over_time(training_loss[1h])`);
    expect(Number(loss?.value[1])).toBeGreaterThan(0);
});

test("every scrape target answers", async () => {
    const down = await eventually("all targets scraped", async () => {
        const up = await apis.query("up");
        return up.length >= 5 && up.every(({ value }) => value[1] === "1") ? [] : undefined;
    });
    expect(down).toEqual([]);
});

test("nothing changes when nothing changed: preview, refresh, up", async () => {
    await apis.ended();
    await stack.mustPulumi("preview", "--expect-no-changes");
    await stack.mustPulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await stack.mustPulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    expect(await apis.allocations()).toHaveLength(1);
});

test("the mounted job file is the submitted job", async () => {
    await apis.ended();
    const submitted = await dockerNomad("job", "run", "-detach", "/nomad/config/mlops.nomad");
    expect([submitted.stdout, submitted.code]).toEqual([expect.stringContaining("successful"), 0]);
    const status = await dockerNomad("job", "status", TRAINING_JOB);
    expect(status.stdout).toContain("ID            = ml-training");
    expect(await apis.allocations()).toHaveLength(1);
    await stack.mustPulumi("preview", "--expect-no-changes");
});

test.each([
    ["Nomad's jobs", "nomadUrl", "/v1/jobs", 403],
    ["Consul's keys", "consulUrl", "/v1/kv/mlops/training/epochs", 403],
    ["Prometheus' queries", "prometheusUrl", "/api/v1/query?query=up", 401],
    ["Pushgateway's metrics", "pushgatewayUrl", "/metrics", 401],
])("%s are refused without credentials", async (_what, url, path, status) => {
    expect((await fetch(`${apis.out(url)}${path}`)).status).toBe(status);
});

test("no secret is in the environment of a container or plain in the state", async () => {
    const inspected = await run("docker", ["ps", "-aq", "--filter", `name=${stack.prefix}-`]);
    const inspect = await run("docker", ["inspect", ...inspected.stdout.trim().split("\n")]);
    const state = await stack.mustPulumi("stack", "export");
    for (const name of ["nomadToken", "consulToken", "metricsPassword"]) {
        expect([name, inspect.stdout.includes(apis.out(name)), state.stdout.includes(apis.out(name))]).toEqual([
            name,
            false,
            false,
        ]);
    }
});

test("changed parameters run the training exactly once more", async () => {
    await apis.ended();
    stack.configure({ trainingModel: "linear", trainingExperiment: "changed" });
    await stack.up();
    const run = await eventually("the second run", async () =>
        (await apis.allocations()).length === 2 ? apis.ended() : undefined,
    );
    expect(run.ClientStatus).toBe("complete");
    await eventually("its metrics", async () => {
        const series = await apis.query(
            `last_over_time(training_status{job="ml-training",model="linear",experiment="changed",run_id="${run.ID}"}[15m]) == 1`,
        );
        return series.length === 1 ? true : undefined;
    });
    await stack.mustPulumi("preview", "--expect-no-changes");
});

test("a stopped Nomad client comes back with its training", async () => {
    stack.configure({ trainingModel: "mlp", trainingEpochs: "100000" });
    await stack.up();
    const before = await apis.running();
    expect((await run("docker", ["restart", `${stack.prefix}-nomad-client`])).code).toBe(0);
    await stack.mustPulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    const tasks = await run("docker", ["ps", "-q", "--filter", `label=com.hashicorp.nomad.alloc_id=${before.ID}`]);
    expect(tasks.stdout.trim().split("\n")).toHaveLength(1);
    expect((await apis.running()).ID).toBe(before.ID);
});

test("destroy leaves nothing behind, with a training running, and up works right after", async () => {
    await apis.running();
    await stack.mustPulumi("destroy", "--yes", "--skip-preview");
    expect(await stack.leftovers()).toEqual([]);
    stack.configure({ trainingEpochs: "5" });
    await stack.up();
    apis = new StackApis(await stack.outputs());
    expect((await apis.ended()).ClientStatus).toBe("complete");
});

test("a changed trainer image runs the training exactly once more", async () => {
    const [before] = await apis.allocations();
    const base = `${stack.prefix}-base:1`;
    expect((await run("docker", ["tag", stack.settings.trainerBaseImage, base])).code).toBe(0);
    try {
        stack.configure({ trainerBaseImage: base });
        await stack.up();
        const image = apis.out("trainerImage");
        apis = new StackApis(await stack.outputs());
        expect(apis.out("trainerImage")).not.toBe(image);
        const again = await eventually("the second run", async () =>
            (await apis.allocations()).length === 2 ? apis.ended() : undefined,
        );
        expect([again.ClientStatus, again.ID === before?.ID]).toEqual(["complete", false]);
        await stack.mustPulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
        expect(await apis.allocations()).toHaveLength(2);
    } finally {
        await run("docker", ["rmi", base]);
    }
});
