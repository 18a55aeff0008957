import { run } from "../command";
import { eventually } from "./eventually";
import { envoyCounts, serialsOf, speaks, startForeigner, startMember } from "./mesh-containers";
import { StackApis } from "./stack-apis";
import { TestStack } from "./test-stack";

const MINUTE = 60_000;
jest.setTimeout(15 * MINUTE);

let stack: TestStack;
let apis: StackApis;
let foreigner: string;
const toPushgateway = [{ service: "pushgateway", port: 9091 }];

beforeAll(async () => {
    stack = await TestStack.create({ mesh: "true", grafana: "false", trainingEpochs: "60" });
    await stack.up();
    apis = new StackApis(await stack.outputs());
    foreigner = await startForeigner(stack);
});
// What the test started bears the stack's prefix, and goes first: a network with a container on it cannot be removed.
afterAll(async () => {
    const members = ["foreigner", "sweeper-member", "stranger-member"].map((name) => `${stack?.prefix}-${name}`);
    await run("docker", ["rm", "-f", ...members]);
    await stack?.remove();
});

const sidecar = (service: string) => `${stack.prefix}-${service}-sidecar`;

test("loopback URLs work: they ask for a password, and answer to the right one", async () => {
    for (const url of [apis.out("prometheusUrl"), apis.out("pushgatewayUrl")]) {
        expect((await fetch(`${url}/-/ready`)).status).toBe(401);
        expect((await fetch(`${url}/-/ready`, { headers: apis.metricsAuthorization })).status).toBe(200);
    }
});

test("declared edges work: the training pushes, Prometheus scrapes, and the task's own metrics are found", async () => {
    expect((await apis.ended()).ClientStatus).toBe("complete");
    await eventually("the run's metrics", async () => {
        const pushed = await apis.query('last_over_time(training_status{job="ml-training"}[15m]) == 1');
        const scraped = await apis.query('max_over_time(up{job="training-tasks"}[15m]) == 1');
        return pushed.length > 0 && scraped.length > 0 ? true : undefined;
    });
    expect(await apis.query('up{job="pushgateway"} == 1')).toHaveLength(1);
});

test("a foreign container cannot talk to a meshed service in the clear", async () => {
    for (const [service, port] of [
        ["prometheus", 9090],
        ["pushgateway", 9091],
    ] as const) {
        const host = `${stack.prefix}-${service}`;
        expect(await speaks(foreigner, `${host}:${port}`, "/-/ready")).toContain("Connection refused");
        expect(await speaks(foreigner, `${host}:19000`, "/certs")).toContain("Connection refused");
        const counter = "listener\\.[0-9.]*_21000\\.ssl\\.connection_error";
        const before = await envoyCounts(sidecar(service), counter);
        expect(await speaks(foreigner, `${host}:21000`, "/-/ready")).not.toContain("HTTP/");
        expect(await envoyCounts(sidecar(service), counter)).toBe(before + 1);
    }
});

test("nor through the gateway, which lets nobody of the network in", async () => {
    const gateway = `${stack.prefix}-mesh-gateway`;
    const before = await envoyCounts(gateway, "entrance_\\.rbac\\.denied");
    expect(await speaks(foreigner, `${gateway}:19090`, "/-/ready")).not.toContain("HTTP/");
    expect(await speaks(foreigner, `${gateway}:19091`, "/-/ready")).not.toContain("HTTP/");
    expect(await envoyCounts(gateway, "entrance_\\.rbac\\.denied")).toBe(before + 2);
    expect(await speaks(foreigner, `${gateway}:9091`, "/-/ready")).toContain("Connection refused");
});

test("an undeclared edge is refused by the service's own sidecar, where a declared one passes", async () => {
    const member = await startMember(stack, apis, { service: "sweeper", upstreams: toPushgateway });
    const stranger = await startMember(stack, apis, { service: "stranger", upstreams: toPushgateway });
    await eventually("the declared edge", async () =>
        (await speaks(member, "127.0.0.1:9091", "/-/ready")).includes("401 Unauthorized") ? true : undefined,
    );
    const before = await envoyCounts(sidecar("pushgateway"), "connect_authz\\.rbac\\.denied");
    await eventually("the refusal of the undeclared edge", async () => {
        expect(await speaks(stranger, "127.0.0.1:9091", "/-/ready")).not.toContain("HTTP/");
        const denied = await envoyCounts(sidecar("pushgateway"), "connect_authz\\.rbac\\.denied");
        return denied > before ? true : undefined;
    });
});

test("certificates rotate while requests go on", async () => {
    const authority = async () => {
        const { ActiveRootID } = (await (await apis.consul("/v1/connect/ca/roots")).json()) as { ActiveRootID: string };
        return ActiveRootID;
    };
    const before = { authority: await authority(), serials: await serialsOf(sidecar("pushgateway")) };
    expect(before.serials.length).toBeGreaterThanOrEqual(2);
    const Config = { LeafCertTTL: "1h", PrivateKeyType: "ec", PrivateKeyBits: 384 };
    const body = JSON.stringify({ Provider: "consul", Config });
    expect((await apis.consul("/v1/connect/ca/configuration", "PUT", body)).status).toBe(200);
    expect(await authority()).not.toBe(before.authority);
    await eventually("a certificate by the new authority", async () => {
        expect((await apis.pushgateway("/-/ready")).status).toBe(200);
        const serials = await serialsOf(sidecar("pushgateway"));
        return serials.some((serial) => !before.serials.includes(serial)) ? true : undefined;
    });
    expect((await apis.pushgateway("/-/ready")).status).toBe(200);
});

test("a restarted service is back in the mesh by itself", async () => {
    expect((await run("docker", ["restart", `${stack.prefix}-pushgateway`])).code).toBe(0);
    await eventually("Pushgateway through the mesh", async () => {
        const answer = await apis.pushgateway("/-/ready").catch(() => undefined);
        return answer?.status === 200 ? true : undefined;
    });
});

test("nothing changes when nothing changed: refresh, up", async () => {
    await stack.mustPulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await stack.mustPulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
});
