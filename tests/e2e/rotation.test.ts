import { ENDLESS_DISPATCH, containerOf, dispatchedRun } from "./extra-runs";
import { eventually } from "./eventually";
import { secretValues } from "./secret-values";
import { StackApis } from "./stack-apis";
import { TestStack } from "./test-stack";

const MINUTE = 60_000;
jest.setTimeout(15 * MINUTE);

let stack: TestStack;
let apis: StackApis;

beforeAll(async () => {
    stack = await TestStack.create({ trainingDataset: "iris", trainingEpochs: "3" });
    await stack.up();
    apis = new StackApis(await stack.outputs());
});
afterAll(() => stack?.remove());

async function secretsNow(): Promise<ReadonlyMap<string, string>> {
    return secretValues((await stack.mustPulumi("stack", "export", "--show-secrets")).stdout, apis);
}

test("another generation changes every secret and takes the old ones away, while a training goes on", async () => {
    const { job, id, container } = await dispatchedRun(apis, ENDLESS_DISPATCH);
    const heartbeat = async () => {
        const [beat] = await apis.query(`training_heartbeat_timestamp_seconds{job="ml-training", run_id="${id}"}`);
        return Number(beat?.value[1] ?? 0);
    };
    await eventually("the run pushes", async () => ((await heartbeat()) > 0 ? true : undefined));
    const [old, before] = [apis, await secretsNow()];

    stack.configure({ secretsGeneration: "2" });
    await stack.up();
    apis = new StackApis(await stack.outputs());
    const rotated = Date.now() / 1000;

    const kept = [...(await secretsNow())].filter(([value]) => before.has(value)).map(([, name]) => name);
    // A task's own token is that of its identity, which lives as long as the task.
    expect(kept.filter((name) => !/created via login/.test(name))).toEqual([]);
    const doors = [old.nomad("/v1/jobs"), old.consul("/v1/kv/mlops/training/epochs"), old.pushgateway("/metrics")];
    const prometheus = fetch(`${old.out("prometheusUrl")}/api/v1/query?query=up`, {
        headers: old.metricsAuthorization,
    });
    const submit = fetch(`${old.out("nomadUrl")}/v1/jobs`, { headers: { "X-Nomad-Token": old.out("submitToken") } });
    const statuses = (await Promise.all([...doors, prometheus, submit])).map(({ status }) => status);
    expect(statuses).toEqual([403, 403, 401, 401, 403]);

    await eventually("the run pushes with the new password", async () =>
        (await heartbeat()) > rotated ? true : undefined,
    );
    expect([(await apis.running(job)).ID, await containerOf(id)]).toEqual([id, container]);
    expect(await apis.allocations()).toHaveLength(1);
    await stack.mustPulumi("preview", "--expect-no-changes");
});
