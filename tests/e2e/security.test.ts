import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY, run } from "../command";
import { Door, PROMETHEUS_DOORS, PUSHGATEWAY_DOORS, TASK_DOORS, consulDoors } from "./doors";
import { GRAFANA_DOORS, nomadClientDoors, nomadDoors } from "./doors";
import { eventually } from "./eventually";
import { ENDLESS_DISPATCH, ExtraRun, dispatchedRun } from "./extra-runs";
import { Chance, sendGarbage, targets } from "./garbage";
import { searchFiles } from "./secret-files";
import { Place, containerPlaces, found, goldenPlaces, nomadPlaces, serverPlaces } from "./secret-places";
import { Secrets, secretValues } from "./secret-values";
import { StackApis } from "./stack-apis";
import { StackContainer, stackContainers } from "./stack-containers";
import { snapshot } from "./stack-snapshot";
import { foreignClient, foreignServer } from "./foreign-agents";
import { House, Outcome, askFromContainer, askFromHost, listed } from "./strangers";
import { TestStack } from "./test-stack";

const MINUTE = 60_000;
jest.setTimeout(15 * MINUTE);

let stack: TestStack;
let apis: StackApis;
/** A training that runs while secrets are looked for and strangers come by. */
let training: ExtraRun;

beforeAll(async () => {
    stack = await TestStack.create({ trainingDataset: "iris", trainingEpochs: "3" });
    await stack.up();
    apis = new StackApis(await stack.outputs());
    await apis.ended();
    training = await dispatchedRun(apis, ENDLESS_DISPATCH);
});
afterAll(() => stack?.remove());

/** Printed as it is: Jest would put a stack trace under each. */
function show(title: string, lines: string): void {
    process.stdout.write(`\n${title}\n${lines}\n`);
}

describe("secrets", () => {
    let secrets: Secrets;
    let containers: StackContainer[];
    beforeAll(async () => {
        const { stdout } = await stack.mustPulumi("stack", "export", "--show-secrets");
        secrets = await secretValues(stdout, apis);
        containers = await stackContainers(stack.prefix);
    });

    test("are known to this test: every token and password of the outputs, and those that no output has", () => {
        for (const name of ["nomadToken", "submitToken", "consulToken", "metricsPassword"]) {
            expect([name, secrets.has(apis.out(name))]).toEqual([name, true]);
        }
        const names = new Set(secrets.values());
        expect(names).toContain("Consul token Nomad agents");
        expect(names).toContain("Nomad token client-leave");
    });

    test("are in no state, output, inspection, log, process list, job, key or golden file", async () => {
        const plain: Place[] = [
            { name: "exported state", text: (await stack.mustPulumi("stack", "export")).stdout },
            { name: "stack outputs", text: (await stack.mustPulumi("stack", "output", "--json")).stdout },
        ];
        const places = [
            ...plain,
            ...(await containerPlaces(containers)),
            ...(await nomadPlaces(apis)),
            ...(await serverPlaces(apis)),
            ...goldenPlaces(),
        ];
        const findings = places.flatMap(({ name, text }) => found(secrets, text).map((what) => `${name}: ${what}`));
        const lines = places.map(({ name, text }) => `${name} (${text.length} characters)`);
        show(
            `Looked for ${secrets.size} values in ${places.length} places, found ${findings.length}:`,
            lines.join("\n"),
        );
        expect(findings).toEqual([]);
        expect(places.filter(({ name }) => name.startsWith("docker inspect train-"))).toHaveLength(1);
    });

    test("are in no file that others than its owner may read", async () => {
        const searched = await Promise.all(containers.map((container) => searchFiles(secrets, container)));
        const holding = searched.flatMap((one) => one.holding);
        const files = searched.reduce((sum, one) => sum + one.searched, 0);
        const readable = holding.filter(({ mode }) => (mode & 0o077) !== 0);
        show(
            `Looked into ${files} files of ${containers.length} containers; readable by others: ${readable.length}; with secrets:`,
            holding.map(({ path, mode }) => `${(mode & 0o777).toString(8)} ${path}`).join("\n"),
        );
        expect(readable).toEqual([]);
        // Where nothing at all was found, the search is broken and not the stack good.
        expect(holding.length).toBeGreaterThanOrEqual(8);
    });
});

describe("containers", () => {
    /** First column of the table in docs/security.md whose heading says that these are the exceptions. */
    function exceptions(): string[] {
        const text = readFileSync(join(REPOSITORY, "docs", "security.md"), "utf8");
        const table = /<!-- exceptions -->([^]*?)<!-- end -->/.exec(text)?.[1] ?? "";
        const parts = [...table.matchAll(/^\| `mlops-([\w-]+)`/gm)].map(([, part = ""]) => part);
        return parts
            .filter((part) => stack.settings.grafana || !part.startsWith("grafana"))
            .map((part) => `${stack.prefix}-${part}`);
    }

    test("run without root, capabilities and new privileges, but for those that docs/security.md lists", async () => {
        const seen = await Promise.all(
            (await stackContainers(stack.prefix)).map(async ({ name, container }) => {
                const { Config: config, HostConfig: host } = await container.inspect();
                const dropped = ((host.CapDrop ?? []) as string[]).some((one) => /^(CAP_)?ALL$/i.test(one));
                const bound = ((host.SecurityOpt ?? []) as string[]).some((one) => one.startsWith("no-new-privileges"));
                const confined = dropped && bound && !(host.CapAdd as string[] | null)?.length;
                return { name, good: confined && !/^(0|root)?(:|$)/.test(config.User) };
            }),
        );
        expect(seen.filter(({ good }) => good).length).toBeGreaterThanOrEqual(7);
        const bad = seen.filter(({ good }) => !good).map(({ name }) => name);
        expect(bad.sort()).toEqual(exceptions().sort());
    });
});

describe("strangers", () => {
    const unasked = (outcomes: readonly Outcome[]) =>
        outcomes.filter(({ verdict, open }) => verdict === "answered" && open === undefined);

    async function servers(url: (service: keyof typeof PORTS) => string): Promise<House[]> {
        const nodes = (await (await apis.nomad("/v1/nodes")).json()) as { ID: string }[];
        const existing = { allocation: training.id, node: nodes[0]?.ID ?? "" };
        const houses: [keyof typeof PORTS, readonly Door[]][] = [
            ["nomad", nomadDoors(existing)],
            ["consul", consulDoors(`${stack.prefix}-consul`)],
            ["prometheus", PROMETHEUS_DOORS],
            ["pushgateway", PUSHGATEWAY_DOORS],
            ...(stack.settings.grafana ? [["grafana", GRAFANA_DOORS] as ["grafana", readonly Door[]]] : []),
        ];
        return houses.map(([service, doors]) => ({ service, doors, url: url(service) }));
    }

    test("from the host get nothing out of any API", async () => {
        const outcomes = await askFromHost(await servers((service) => apis.out(`${service}Url`)));
        show("From the host, without credentials:", listed(outcomes));
        expect(unasked(outcomes)).toEqual([]);
    });

    test("from a foreign container on the network get nothing out of any API", async () => {
        const { stdout: address } = await run("docker", [
            "inspect",
            "--format",
            "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
            training.container,
        ]);
        const houses: House[] = [
            ...(await servers((service) => `http://${stack.prefix}-${service}:${PORTS[service]}`)),
            {
                service: "nomad-client",
                url: `http://${stack.prefix}-nomad-client:4646`,
                doors: nomadClientDoors({ allocation: training.id, node: "" }),
            },
            { service: "a training", url: `http://${address.trim()}:8000`, doors: TASK_DOORS },
        ];
        const outcomes = await askFromContainer(houses, {
            network: `${stack.prefix}-network`,
            image: apis.out("trainerImage"),
            name: `${stack.prefix}-stranger`,
        });
        show("From a foreign container on the network, without credentials:", listed(outcomes));
        expect(unasked(outcomes)).toEqual([]);
    });

    test("have changed nothing", async () => {
        expect((await apis.running(training.job)).ID).toBe(training.id);
        expect((await apis.nomad("/v1/job/stranger")).status).toBe(404);
        expect((await apis.consul("/v1/kv/stranger")).status).toBe(404);
        expect((await apis.consul("/v1/kv/mlops/training/epochs?raw")).status).toBe(200);
        const groups = (await (await apis.pushgateway("/api/v1/metrics")).json()) as { data: object[] };
        expect(JSON.stringify(groups)).not.toContain("stranger");
    });

    test("cannot add a node that would be given jobs", async () => {
        const tried = await foreignClient(stack.prefix, stack.settings.nomadImage);
        expect(tried).toMatch(/error registering: .*Permission denied/);
        const nodes = (await (await apis.nomad("/v1/nodes")).json()) as { Name: string }[];
        expect(nodes.map(({ Name }) => Name)).toEqual([`${stack.prefix}-nomad-client`]);
    });

    test("cannot make Nomad's server join theirs, nor be let into its own", async () => {
        const { joining, joined } = await foreignServer(stack.prefix, stack.settings.nomadImage, apis);
        expect(joining).toEqual({ error: expect.stringContaining("is not encrypted"), num_joined: 0 });
        expect(joined).toContain("remote state is encrypted");
    });
});

/** Ports on the stack's network. */
const PORTS = { nomad: 4646, consul: 8500, prometheus: 9090, pushgateway: 9091, grafana: 3000 };

describe("least privilege", () => {
    /** Asks Nomad with the token for pipelines. */
    function submit(path: string, method = "GET", body?: object): Promise<Response> {
        const headers = { "X-Nomad-Token": apis.out("submitToken") };
        return fetch(`${apis.out("nomadUrl")}${path}`, { method, headers, body: body && JSON.stringify(body) });
    }

    test("the submit token runs a training and reads how it goes", async () => {
        const dispatched = await submit("/v1/job/ml-train/dispatch", "POST", { Meta: { epochs: "1" } });
        const { DispatchedJobID: job } = (await dispatched.json()) as { DispatchedJobID: string };
        const { ClientStatus: status } = await apis.ended(encodeURIComponent(job));
        expect(status).toBe("complete");
        expect((await submit(`/v1/job/${encodeURIComponent(job)}/allocations`)).status).toBe(200);
        const description = await (await submit("/v1/job/ml-train")).json();
        const variant = { ...description, ID: "ml-train/0badcafe", Name: "ml-train/0badcafe" };
        expect((await submit("/v1/jobs", "POST", { Job: variant })).status).toBe(200);
        for (const id of [job, variant.ID]) {
            await submit(`/v1/job/${encodeURIComponent(id)}?purge=true`, "DELETE");
        }
    });

    test.each([
        ["GET", "/v1/nodes"],
        ["GET", "/v1/var/nomad/jobs"],
        ["GET", "/v1/var/nomad/jobs/mlops-sweeper"],
        ["GET", "/v1/acl/tokens"],
        ["GET", "/v1/agent/self"],
        ["GET", "/v1/operator/raft/configuration"],
        ["PUT", "/v1/system/gc"],
        ["GET", "/v1/jobs?namespace=other"],
    ])("the submit token is refused %s %s", async (method, path) => {
        expect((await submit(path, method)).status).toBe(403);
    });

    test("a training's password opens Pushgateway and not Prometheus", async () => {
        const variable = (await (await apis.nomad("/v1/var/nomad/jobs")).json()) as {
            Items: { username: string; password: string };
        };
        const { username, password } = variable.Items;
        const Authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
        const status = async (url: string) => (await fetch(url, { headers: { Authorization } })).status;
        expect(await status(`${apis.out("pushgatewayUrl")}/metrics`)).toBe(200);
        expect(await status(`${apis.out("prometheusUrl")}/api/v1/query?query=up`)).toBe(401);
    });
});

test("garbage on the published ports leaves every service healthy and every value as it was", async () => {
    await apis.nomad(`/v1/job/${training.job}?purge=true`, "DELETE");
    const ended = await apis.ended();
    expect((await apis.pushgateway("/metrics/job/kept/instance/one", "PUT", "kept_value 1\n")).ok).toBe(true);
    await eventually("nothing is left of the runs but their samples", async () => {
        const groups = await (await apis.pushgateway("/api/v1/metrics")).text();
        const tokens = await (await apis.consul("/v1/acl/tokens")).text();
        return groups.includes("run_id") || tokens.includes("created via login") ? undefined : true;
    });
    const at = Math.floor(Date.now() / 1000);
    const before = await snapshot(stack.prefix, apis, { id: ended.ID, at });
    expect(JSON.stringify(before.prometheus)).toContain("training_status");

    const seed = Date.now() % 1_000_000;
    const sent = await Promise.all(
        targets(stack.settings, apis).map((target) => sendGarbage(target, new Chance(seed))),
    );
    show(`Sent garbage (seed ${seed}) over ${sent.join(" + ")} connections.`, "");

    expect(await snapshot(stack.prefix, apis, { id: ended.ID, at })).toEqual(before);
    expect(Object.values(before.containers)).toHaveLength(7);
    const alive = ["nomadUrl /v1/status/leader", "consulUrl /v1/status/leader"].map((one) => one.split(" "));
    for (const [output = "", path] of alive) {
        expect((await fetch(`${apis.out(output)}${path}`)).status).toBe(200);
    }
});
