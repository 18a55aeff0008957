import { SWEEPER_JOB } from "../../components/sweeper-job";
import { run } from "../command";
import { ExtraRun, ExtraRuns, containerOf } from "./extra-runs";
import { StackApis } from "./stack-apis";
import { eventually } from "./eventually";
import { TestStack } from "./test-stack";

const MINUTE = 60_000;
jest.setTimeout(15 * MINUTE);

/** The product's promise: a dead run is not shown as running for longer. */
const DEAD_WITHIN_SECONDS = 30;

const ENDLESS = { DATASET: "iris", HIDDEN_LAYERS: "8", EPOCHS: "100000", LEARNING_RATE: "0.01" };
const QUICK = { ...ENDLESS, EPOCHS: "3" };

let stack: TestStack;
let apis: StackApis;
let runs: ExtraRuns;
/** A run that is fine. Whatever happens to others and to the servers, nobody may touch it. */
let witness: ExtraRun;

beforeAll(async () => {
    stack = await TestStack.create({ trainingDataset: "iris", trainingEpochs: "3" });
    await stack.up();
    apis = new StackApis(await stack.outputs());
    runs = new ExtraRuns(apis);
    await apis.ended();
    witness = await runs.start("witness", { parameters: { ...ENDLESS, EXPERIMENT: "witness" } });
    await pushed(witness);
});
afterAll(async () => {
    await runs?.remove();
    await stack?.remove();
});

async function mustDocker(...args: string[]): Promise<void> {
    const { code, stderr } = await run("docker", args);
    expect([args[0], code, stderr]).toEqual([args[0], 0, expect.anything()]);
}

/** The one value of an expression, undefined when there is no series. */
async function value(expression: string): Promise<number | undefined> {
    const [series] = await apis.query(expression);
    return series && Number(series.value[1]);
}

const lastPushed = (metric: string, id: string) => `last_over_time(${metric}{job="ml-training",run_id="${id}"}[15m])`;

/** Waits until Prometheus has the run's first epoch. */
function pushed({ id }: ExtraRun): Promise<true> {
    return eventually(`metrics of ${id}`, async () =>
        ((await value(`training_epoch{job="ml-training",run_id="${id}"}`)) ?? 0) > 0 ? true : undefined,
    );
}

async function groupsOf(id: string): Promise<string[]> {
    const text = await (await apis.pushgateway("/metrics")).text();
    return text.split("\n").filter((line) => line.startsWith("push_time_seconds{") && line.includes(`"${id}"`));
}

/** Waits until a run that died counts as failed, an alert says so, nothing says that it runs, and its group is gone. */
async function counted(id: string): Promise<void> {
    let seen = {};
    const failed = async () => {
        seen = {
            running: (await apis.query(`training_status{run_id="${id}"} == 0`)).length,
            status: await value(lastPushed("training_status", id)),
            hasFinished: (await value(lastPushed("training_finished_timestamp_seconds", id))) !== undefined,
            groups: (await groupsOf(id)).length,
            alerts: (await apis.query(`ALERTS{alertname="TrainingFailed",alertstate="firing",run_id="${id}"}`)).length,
        };
        const wanted = { running: 0, status: 2, hasFinished: true, groups: 0, alerts: 1 };
        return JSON.stringify(seen) === JSON.stringify(wanted) ? true : undefined;
    };
    await eventually(`${id} counts as failed`, failed, DEAD_WITHIN_SECONDS).catch((error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
    });
}

/** How to end a run without letting it say so, or with its own last words. */
const DEATHS: [string, (run: ExtraRun) => Promise<unknown>][] = [
    ["a kill -9 of its process", ({ container }) => mustDocker("kill", "--signal", "KILL", container)],
    ["the removal of its container", ({ container }) => mustDocker("rm", "-f", container)],
    ["nomad job stop", ({ job }) => apis.nomad(`/v1/job/${job}`, "DELETE")],
    ["nomad job stop -purge", ({ job }) => apis.nomad(`/v1/job/${job}?purge=true`, "DELETE")],
    [
        "a kill -9 of its process and of the sweeper",
        async ({ container }) => {
            const [sweeper] = await apis.allocations(SWEEPER_JOB);
            await mustDocker("kill", "--signal", "KILL", container, await containerOf(sweeper?.ID ?? ""));
        },
    ],
];

test.each(DEATHS)("%s makes a run failed, and leaves none that seems to run", async (_how, die) => {
    const victim = await runs.start(`victim-${DEATHS.findIndex(([, how]) => how === die)}`, { parameters: ENDLESS });
    await pushed(victim);
    expect(await groupsOf(victim.id)).toHaveLength(1);
    await die(victim);
    await counted(victim.id);
});

test("running out of memory makes a run failed", async () => {
    const layers = { HIDDEN_LAYERS: "8192,8192,8192,8192", DATASET: "digits" };
    await runs.submit("glutton", { parameters: { ...ENDLESS, ...layers }, memoryMiB: 160 });
    const { ID, ClientStatus } = await apis.ended("glutton");
    expect(ClientStatus).toBe("failed");
    await counted(ID);
});

test("runs at the same time are series of their own, pushed and scraped from their tasks", async () => {
    const other = await runs.start("other", { parameters: ENDLESS });
    await pushed(other);
    const both = [witness.id, other.id].sort();
    for (const job of ["ml-training", "training-tasks"]) {
        const ids = await eventually(`both runs under ${job}`, async () => {
            const series = await apis.query(`training_status{job="${job}"} == 0`);
            return series.length === 2 ? series.map(({ metric }) => metric.run_id).sort() : undefined;
        });
        expect(ids).toEqual(both);
    }
    await apis.nomad("/v1/job/other?purge=true", "DELETE");
    await counted(other.id);
    const targets = await eventually("its target is gone", async () => {
        const up = await apis.query(`up{job="training-tasks"}`);
        return up.length === 1 ? up : undefined;
    });
    expect(targets[0]?.value[1]).toBe("1");
});

test("a run with epochs shorter than a scrape shows its final values, also when its group is gone", async () => {
    await runs.submit("quick", { parameters: QUICK });
    const { ID, ClientStatus } = await apis.ended("quick");
    expect(ClientStatus).toBe("complete");
    await eventually("its group leaves", async () => ((await groupsOf(ID)).length === 0 ? true : undefined));
    for (const [metric, expected] of [
        ["training_status", 1],
        ["training_epoch", 3],
        ["training_epochs", 3],
    ] as const) {
        expect([metric, await value(lastPushed(metric, ID))]).toEqual([metric, expected]);
    }
    expect(await value(lastPushed("training_validation_accuracy", ID))).toBeGreaterThan(0);
    await eventually("its series end", async () =>
        (await apis.query(`training_status{run_id="${ID}"}`)).length === 0 ? true : undefined,
    );
});

test("a run that hangs is neither called failed nor removed, and goes on", async () => {
    const sleeper = await runs.start("sleeper", { parameters: ENDLESS });
    await pushed(sleeper);
    const beat = `training_heartbeat_timestamp_seconds{job="ml-training",run_id="${sleeper.id}"}`;
    await mustDocker("kill", "--signal", "STOP", sleeper.container);
    await eventually("its heartbeat is stale", async () =>
        ((await value(`time() - ${beat}`)) ?? 0) > 20 ? true : undefined,
    );
    await mustDocker("kill", "--signal", "CONT", sleeper.container);
    await eventually("it beats again", async () => (((await value(`time() - ${beat}`)) ?? 99) < 5 ? true : undefined));
    expect(await value(`max_over_time(training_status{job="ml-training",run_id="${sleeper.id}"}[15m])`)).toBe(0);
    await apis.nomad("/v1/job/sleeper?purge=true", "DELETE");
    await counted(sleeper.id);
});

test("what others push cannot spoil the metrics of a run", async () => {
    const push = async (path: string, body: string) => (await apis.pushgateway(path, "PUT", body)).status;
    const gauge = (text: string) => `# TYPE training_status gauge\n${text}\n`;
    expect(await push("/metrics/job/hostile/run_id/type", "# TYPE training_status counter\ntraining_status 1\n")).toBe(
        400,
    );
    expect(await push("/metrics/job/hostile/run_id/labels", gauge('training_status{0bad="x"} 0'))).toBe(400);
    expect(await push("/metrics/job/hostile/0bad/x", gauge("training_status 0"))).toBe(400);
    const huge = "x".repeat(200_000);
    const others = [`/metrics/job/hostile/run_id/odd/note@base64/${Buffer.from('a"b\n\\{}=/').toString("base64url")}`];
    expect(await push(others[0] as string, gauge(`training_status{note2="${huge}"} NaN`))).toBe(200);
    const many = Array.from({ length: 20_000 }, (_, at) => `training_flood{at="${at}"} 0`).join("\n");
    expect(await push("/metrics/job/hostile", `# TYPE training_flood gauge\n${many}\n`)).toBe(200);
    await eventually("the dead hostile run leaves", async () =>
        (await groupsOf("odd")).length === 0 ? true : undefined,
    );
    const victim = await runs.start("beside-hostile", { parameters: ENDLESS });
    await pushed(victim);
    await mustDocker("kill", "--signal", "KILL", victim.container);
    await counted(victim.id);
    expect((await apis.pushgateway("/metrics/job/hostile", "DELETE")).status).toBe(202);
});

test("a Pushgateway that is away neither stops nor fails a training, and nothing is lost but that time", async () => {
    const epoch = `training_epoch{job="ml-training",run_id="${witness.id}"}`;
    const victim = await runs.start("dies-meanwhile", { parameters: ENDLESS });
    await pushed(victim);
    const before = (await value(lastPushed("training_epoch", witness.id))) ?? 0;
    await mustDocker("stop", `${stack.prefix}-pushgateway`);
    await mustDocker("kill", "--signal", "KILL", victim.container);
    await eventually("Prometheus misses it for ten seconds", async () =>
        (await value(`max_over_time(up{job="pushgateway"}[10s])`)) === 0 ? true : undefined,
    );
    await mustDocker("start", `${stack.prefix}-pushgateway`);
    await eventually("the metrics resume", async () => (((await value(epoch)) ?? 0) > before ? true : undefined));
    await counted(victim.id);
    expect((await apis.running("witness")).ID).toBe(witness.id);
});

test("a restart of Nomad's server touches no run", async () => {
    await mustDocker("restart", `${stack.prefix}-nomad`);
    const victim = await eventually("a new run", () =>
        runs.start("after-restart", { parameters: ENDLESS }).catch(() => undefined),
    );
    await pushed(victim);
    await mustDocker("kill", "--signal", "KILL", victim.container);
    await counted(victim.id);
});

test("the runs of a lost node are failed", async () => {
    const victim = await runs.start("on-lost-node", { parameters: ENDLESS });
    await pushed(victim);
    await mustDocker("kill", "--signal", "KILL", `${stack.prefix}-nomad-client`, victim.container);
    await counted(victim.id);
});

test("all the while the run that is fine was never called anything but running", async () => {
    expect(await value(`max_over_time(training_status{job="ml-training",run_id="${witness.id}"}[30m])`)).toBe(0);
    expect(await value(`training_status{job="ml-training",run_id="${witness.id}"}`)).toBe(0);
});

test("a client that was away has its runs back", async () => {
    await mustDocker("start", `${stack.prefix}-nomad-client`);
    expect((await apis.running("witness")).ID).toBe(witness.id);
    expect(await containerOf(witness.id)).toBe(witness.container);
});
