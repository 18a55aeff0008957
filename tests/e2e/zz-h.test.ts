import { run } from "../command";
import { eventually } from "./eventually";
import { StackApis } from "./stack-apis";
import { TestStack } from "./test-stack";
jest.setTimeout(15 * 60_000);
let stack: TestStack;
beforeAll(async () => { stack = await TestStack.create({ trainingDataset: "iris", trainingEpochs: "100000" }); await stack.up(); });
afterAll(() => stack?.remove());
test("restarts", async () => {
    const apis = new StackApis(await stack.outputs());
    const before = await apis.running();
    const p = stack.prefix;
    const ready = () => eventually("ready", async () => {
        const a = await apis.nomad("/v1/nodes").catch(() => undefined);
        if (!a?.ok) return undefined;
        const nodes = (await a.json()) as { Status: string; Name: string }[];
        return nodes.length === 1 && nodes[0]?.Status === "ready" ? true : undefined;
    });
    await run("docker", ["stop", `${p}-nomad`, `${p}-nomad-client`]);
    await run("docker", ["start", `${p}-nomad-client`]);
    await new Promise((r) => setTimeout(r, 4000));
    await run("docker", ["start", `${p}-nomad`]);
    await new Promise((r) => setTimeout(r, 12000));
    await ready();
    expect((await apis.running()).ID).toBe(before.ID);
    const { stdout, stderr } = await run("docker", ["logs", "--tail", "400", `${p}-nomad-client`]);
    console.log((stdout + stderr).split("\n").filter((l) => /regist|denied|joiner|heartbeat/i.test(l)).slice(-9).join("\n"));
    stack.configure({ secretsGeneration: "2" });
    await stack.up();
    const later = new StackApis(await stack.outputs());
    expect((await later.running()).ID).toBe(before.ID);
    expect((await apis.nomad("/v1/jobs")).status).toBe(403);
    expect((await apis.consul("/v1/acl/token/self")).status).toBe(403);
    await stack.mustPulumi("preview", "--expect-no-changes");
    await eventually("pushes go on", async () => {
        const [s] = await later.query(`time() - max(training_heartbeat_timestamp_seconds{run_id="${before.ID}"}) < 5`);
        return s ? true : undefined;
    });
});
