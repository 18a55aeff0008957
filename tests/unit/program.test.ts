import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProgramRun, Registered, redacted, revealed, runUnderMocks } from "../mocks/program";

const REPOSITORY = join(__dirname, "..", "..");
const GOLDEN = join(REPOSITORY, "tests", "golden", "program.json");

const CONTAINER = "docker:index/container:Container";
const SERVICES = ["consul", "grafana", "nomad-client", "nomad-server", "prometheus", "pushgateway"];

/** Secrets as the mocks make them: generated texts, hashes, tokens, and the one UUID. */
const SECRET = /generated-|secret-of-|hashed-|01234567-89ab-4def-8123-456789abcdef/;

interface ContainerInputs {
    name: string;
    user: string;
    networkMode: string;
    volumes?: { hostPath?: string; volumeName?: string; containerPath: string; readOnly?: boolean }[];
    ports?: { ip: string; external: number }[];
    envs?: string[];
    logOpts: Record<string, string>;
    restart: string;
    healthcheck?: object;
    wait?: boolean;
    waitTimeout?: number;
    memory: number;
    privileged?: boolean;
    capabilities: { adds?: string[]; drops: string[] };
    destroyGraceSeconds?: number;
    labels: { label: string; value: string }[];
    readOnly?: boolean;
    tmpfs?: Record<string, string>;
    uploads?: { file: string; content: string; permissions: string }[];
}

function runProgram(config: Record<string, string> = {}, preview = false): Promise<ProgramRun> {
    jest.resetModules();
    return runUnderMocks(() => import("../../index"), { config, preview });
}

function ofType(run: ProgramRun, type: string): Registered[] {
    return run.resources.filter((resource) => resource.type === type);
}

function named(run: ProgramRun, name: string, type?: string): Registered {
    const found = run.resources.filter((resource) => resource.name === name && (!type || resource.type === type));
    expect(found).toHaveLength(1);
    return found[0] as Registered;
}

function serviceContainers(run: ProgramRun): [string, ContainerInputs, Registered][] {
    return SERVICES.map((service) => {
        const resource = named(run, `${service}-container`);
        return [service, revealed<ContainerInputs>(resource.inputs), resource];
    });
}

/** Names of everything `resource` waits for, also through what that waits for. */
function waitsFor(run: ProgramRun, resource: Registered, seen = new Set<string>()): Set<string> {
    for (const urn of resource.dependencies) {
        const dependency = run.resources.find((other) => other.urn === urn);
        if (dependency && !seen.has(dependency.name)) {
            seen.add(dependency.name);
            waitsFor(run, dependency, seen);
        }
    }
    const provider = run.resources.find(({ urn }) => resource.provider.startsWith(`${urn}::`));
    if (provider && !seen.has(provider.name)) {
        seen.add(provider.name);
        waitsFor(run, provider, seen);
    }
    return seen;
}

describe("the whole program", () => {
    let run: ProgramRun;
    beforeAll(async () => {
        run = await runProgram();
    });

    test("registers what the golden file shows", () => {
        const resources = run.resources.map(({ urn, type: _type, name: _name, custom: _custom, ...rest }) => ({
            urn,
            ...(redacted(rest) as object),
        }));
        const text =
            JSON.stringify(resources, null, 2)
                .replaceAll(REPOSITORY, "<checkout>")
                .replaceAll(/(-(?:guard|trainer):)[0-9a-f]{12}/g, "$1<content hash>") + "\n";
        if (process.env.UPDATE_GOLDEN) {
            writeFileSync(GOLDEN, text);
        }
        expect(text).toBe(existsSync(GOLDEN) ? readFileSync(GOLDEN, "utf8") : "");
    });

    test("shows no generated secret in the golden file", () => {
        expect(readFileSync(GOLDEN, "utf8")).not.toMatch(SECRET);
    });

    test("puts every resource under a component, each with the engine that was configured", () => {
        for (const resource of run.resources) {
            if (!resource.type.startsWith("pulumi:providers:docker") && resource.custom) {
                expect([resource.name, resource.parent]).not.toEqual([resource.name, ""]);
            }
            if (resource.type.startsWith("docker:")) {
                expect(resource.provider).toContain("pulumi:providers:docker::docker::");
            }
        }
    });

    test("gives every service a health check it waits for, log rotation, limits, labels and a loopback port", () => {
        for (const [service, inputs, resource] of serviceContainers(run)) {
            expect(inputs).toMatchObject({
                logOpts: { "max-size": "10m", "max-file": "3" },
                restart: "unless-stopped",
                wait: true,
                waitTimeout: 120,
                capabilities: { drops: ["ALL"] },
                securityOpts: ["no-new-privileges:true"],
                networksAdvanced: [{ name: "mlops-network" }],
            });
            expect(inputs.healthcheck).toBeDefined();
            expect(inputs.memory).toBeGreaterThan(0);
            expect(inputs.destroyGraceSeconds).toBeGreaterThanOrEqual(30);
            expect(inputs.privileged).toBeUndefined();
            expect(inputs.user).not.toMatch(/^(0|root)(:|$)/);
            expect(inputs.labels).toContainEqual({ label: "mlops-infra.stack", value: "mlops" });
            expect(inputs.ports?.map(({ ip }) => ip) ?? []).toEqual(service === "nomad-client" ? [] : ["127.0.0.1"]);
            expect(resource.deleteBeforeReplace).toBe(true);
            expect(resource.replaceOnChanges).toEqual(["*"]);
        }
    });

    test("gives the engine's socket to the guard of Nomad's client, and to the one-shot container that reads its group", () => {
        const holders = ofType(run, CONTAINER).filter(({ inputs }) =>
            revealed<ContainerInputs>(inputs).volumes?.some(({ hostPath }) => hostPath === "/var/run/docker.sock"),
        );
        expect(holders.map(({ name }) => name).sort()).toEqual([
            "nomad-client-init-container",
            "nomad-guard-container",
        ]);
        const guard = revealed<ContainerInputs>(named(run, "nomad-guard-container").inputs);
        expect(guard.volumes?.find(({ hostPath }) => hostPath)?.readOnly ?? false).toBe(false);
        expect(guard).toMatchObject({ groupAdds: ["999"], user: "1001:1000", networkMode: "none" });
    });

    test("lets services write to their volumes and to /tmp in memory, but for Grafana, whose image could not be tried", () => {
        for (const [service, inputs, resource] of serviceContainers(run)) {
            const confined = service !== "grafana";
            expect([service, inputs.readOnly]).toEqual([service, confined || undefined]);
            expect(inputs.tmpfs).toEqual(confined ? { "/tmp": "size=64m,mode=1777" } : undefined);
            const placed = named(run, `${service}-files-container`);
            const files = revealed<ContainerInputs>(placed.inputs);
            const volume = files.volumes?.[0]?.volumeName;
            expect(inputs.volumes).toContainEqual(expect.objectContaining({ volumeName: volume, readOnly: true }));
            // A change of its files must be one of the service.
            expect(resource.dependencies).toContain(placed.urn);
            expect(inputs.envs).toContainEqual(expect.stringMatching(/^CONFIGURATION=./));
            expect(files.uploads?.length).toBeGreaterThan(0);
        }
    });

    test("keeps secrets out of container environments and in files only their owner can read", () => {
        for (const resource of ofType(run, CONTAINER)) {
            const inputs = revealed<ContainerInputs>(resource.inputs);
            expect(JSON.stringify(inputs.envs ?? [])).not.toMatch(SECRET);
            for (const upload of inputs.uploads ?? []) {
                const secret = SECRET.test(upload.content);
                expect([upload.file, upload.permissions]).toEqual([upload.file, secret ? "0600" : "0644"]);
            }
        }
    });

    test("starts Consul, then Nomad's server, then its client, then the job", () => {
        const client = named(run, "nomad-client-container");
        expect(waitsFor(run, named(run, "nomad-server-container"))).toContain("consul-container");
        expect(waitsFor(run, client)).toContain("nomad-server-container");
        const before = waitsFor(run, named(run, "training-job"));
        for (const needed of [
            "nomad-client-container",
            "pushgateway-container",
            "training-image",
            "training-defaults",
            "training-credentials",
            "training-identity-tasks",
            "training-job-file-container",
        ]) {
            expect(before).toContain(needed);
        }
    });

    test("lets what can start alone start alone", () => {
        for (const service of ["consul", "pushgateway"]) {
            const others = SERVICES.filter((other) => other !== service).map((other) => `${other}-container`);
            const before = waitsFor(run, named(run, `${service}-container`));
            expect(others.filter((other) => before.has(other))).toEqual([]);
        }
    });

    test("submits the very text that is mounted in Nomad's container", () => {
        const job = revealed<{ jobspec: string }>(named(run, "training-job").inputs);
        const file = revealed<ContainerInputs>(named(run, "training-job-file-container").inputs);
        expect(file.uploads).toMatchObject([{ file: "/nomad/config/mlops.nomad", content: job.jobspec }]);
        const server = revealed<ContainerInputs>(named(run, "nomad-server-container").inputs);
        expect(server.volumes).toContainEqual({
            volumeName: "mlops-nomad-jobs",
            containerPath: "/nomad/config",
            readOnly: true,
        });
    });

    test("exports the contract, secrets as secrets", async () => {
        const secret = ["nomadToken", "submitToken", "consulToken", "metricsPassword", "grafanaPassword"];
        const plain = [
            "nomadUrl",
            "consulUrl",
            "prometheusUrl",
            "grafanaUrl",
            "pushgatewayUrl",
            "metricsUser",
            "grafanaUser",
        ];
        const { outputs } = run;
        for (const name of [...secret, ...plain, "trainerImage", "trainingJob"]) {
            expect([name, outputs[name] !== undefined]).toEqual([name, true]);
        }
        expect(outputs).toMatchObject({ nomadUrl: "http://127.0.0.1:4646", prometheusUrl: "http://127.0.0.1:9090" });
        for (const name of secret) {
            const { isSecret } = outputs[name] as unknown as { isSecret: Promise<boolean> };
            expect([name, await isSecret]).toEqual([name, true]);
        }
    });
});

describe("configuration", () => {
    test("moves names, ports, addresses and images", async () => {
        const run = await runProgram({
            prefix: "other",
            bindAddress: "0.0.0.0",
            nomadPort: "14646",
            consulImage: "mirror.example/hashicorp/consul:1.22.0",
        });
        const consul = revealed<ContainerInputs & { image: string }>(named(run, "consul-container").inputs);
        expect(consul).toMatchObject({ name: "other-consul", image: "mirror.example/hashicorp/consul:1.22.0" });
        const nomad = revealed<ContainerInputs>(named(run, "nomad-server-container").inputs);
        expect(nomad.ports).toMatchObject([{ ip: "0.0.0.0", external: 14646, internal: 4646 }]);
        expect(run.outputs.nomadUrl).toBe("http://127.0.0.1:14646");
        expect(JSON.stringify(run.resources.map(({ inputs }) => inputs))).not.toContain("mlops-consul");
    });

    test("leaves Grafana out when told so", async () => {
        const run = await runProgram({ grafana: "false" });
        expect(run.resources.filter(({ type }) => /grafana|Grafana/.test(type))).toEqual([]);
        expect(run.outputs.grafanaUrl).toBeUndefined();
    });

    test("is refused before any resource exists", async () => {
        jest.resetModules();
        const { runUnderMocks: run } = await import("../mocks/program");
        await expect(run(() => import("../../index"), { config: { nomadPort: "many" } })).rejects.toThrow(
            'Configuration key nomadPort is "many", but must be a port number from 1 to 65535.',
        );
    });
});

test("a preview of a fresh stack gets through with everything unknown and asks no server", async () => {
    const fetched = jest.spyOn(globalThis, "fetch");
    const preview = await runProgram({}, true);
    const up = await runProgram();
    expect(preview.resources.map(({ urn }) => urn)).toEqual(up.resources.map(({ urn }) => urn));
    expect(fetched).not.toHaveBeenCalled();
});
