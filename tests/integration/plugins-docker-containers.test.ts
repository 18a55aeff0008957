import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { importBusybox } from "./busybox";
import { InitFailed, PluginClient, type ResourceClient } from "./plugin-client";
import { freePort } from "./plugins-servers";
import { type Properties, UNKNOWN } from "../../bootstrap/plugins/values";

jest.setTimeout(120_000);

const prefix = `plugtest-${randomBytes(3).toString("hex")}`;
const image = `${prefix}-busybox:1`;
const engine = new Docker();

/** Stays until it is told to end, and ends at once then. */
const STAYS = ["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"];

let plugin: PluginClient;
let networks: ResourceClient;
let volumes: ResourceClient;
let containers: ResourceClient;

beforeAll(async () => {
    await importBusybox(engine, image, ["sh", "cat", "sleep", "stat", "echo", "true", "false", "nslookup"]);
    plugin = await PluginClient.start("bootstrap/plugins/docker/main.ts", {});
    networks = plugin.of("docker:index/network:Network");
    volumes = plugin.of("docker:index/volume:Volume");
    containers = plugin.of("docker:index/container:Container");
});

afterEach(async () => {
    const filters = { name: [prefix] };
    for (const { Id } of await engine.listContainers({ all: true, filters })) {
        await engine.getContainer(Id).remove({ force: true, v: true });
    }
    for (const { Id } of await engine.listNetworks({ filters })) {
        await engine.getNetwork(Id).remove();
    }
    for (const { Name } of (await engine.listVolumes({ filters })).Volumes) {
        await engine.getVolume(Name).remove();
    }
});

afterAll(async () => {
    await plugin?.stop();
    await engine.getImage(image).remove({ force: true });
});

async function run(id: string, ...command: string[]): Promise<string> {
    const child = spawn("docker", ["exec", id, ...command]);
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await once(child, "close");
    return output.trim();
}

const failure = async (promise: Promise<unknown>): Promise<InitFailed> =>
    promise.then(
        () => Promise.reject(new Error("succeeded")),
        (error: unknown) => error as InitFailed,
    );

test("a service container is what its inputs say, shows no difference, and goes without a trace", async () => {
    const port = await freePort();
    const network = await networks.create({ name: `${prefix}-net`, labels: [{ label: "a", value: "b" }] });
    const volume = await volumes.create({ name: `${prefix}-data` });
    const args = {
        name: `${prefix}-app`,
        image,
        command: STAYS,
        user: "1000:1000",
        groupAdds: ["4242"],
        networkMode: "bridge",
        networksAdvanced: [{ name: `${prefix}-net`, aliases: ["app"] }],
        ports: [{ internal: 80, external: port, ip: "127.0.0.1", protocol: "tcp" }],
        volumes: [{ volumeName: volume.state.name, containerPath: "/data", readOnly: true }],
        mounts: [{ type: "tmpfs", target: "/scratch", tmpfsOptions: { sizeBytes: 1048576 } }],
        tmpfs: { "/run": "size=64k" },
        uploads: [{ file: "/etc/app/secret", content: "hunter2", permissions: "0600", owner: "1000", group: "1000" }],
        healthcheck: { tests: ["CMD", "cat", "/etc/app/secret"], interval: "500ms", timeout: "1m0s", retries: 3 },
        wait: true,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        memory: 64,
        memorySwap: 64,
        logDriver: "json-file",
        logOpts: { "max-size": "10m", "max-file": "3" },
        ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }],
        hosts: [{ host: "elsewhere", ip: "10.0.0.1" }],
        sysctls: { "net.ipv4.ip_unprivileged_port_start": "0" },
        labels: [{ label: "owner", value: prefix }],
        envs: ["A=b"],
        restart: "unless-stopped",
        stopTimeout: 7,
        init: true,
        destroyGraceSeconds: 5,
    };
    const { id, state, inputs } = await containers.create(args);

    const inspected = await engine.getContainer(id).inspect();
    expect(inspected.State.Health?.Status).toBe("healthy");
    expect(Object.keys(inspected.NetworkSettings.Networks)).toEqual([`${prefix}-net`]);
    expect(inspected.NetworkSettings.Networks[`${prefix}-net`]?.Aliases).toContain("app");
    expect(inspected.HostConfig.PortBindings["80/tcp"]).toEqual([{ HostIp: "127.0.0.1", HostPort: String(port) }]);
    expect(inspected.HostConfig.Memory).toBe(64 * 1024 * 1024);
    expect(inspected.Config).toMatchObject({ StopTimeout: 7 });
    expect(await run(id, "stat", "-c", "%a %u:%g", "/etc/app/secret")).toBe("600 1000:1000");
    expect(state.networkDatas).toMatchObject([{ networkName: `${prefix}-net` }]);

    expect((await containers.diff(id, state, inputs, args)).diffs).toEqual([]);
    const refreshed = await containers.read(id, state, inputs);
    expect(refreshed?.inputs).toEqual(inputs);
    expect((await containers.diff(id, refreshed?.state ?? {}, inputs, args)).diffs).toEqual([]);

    await containers.delete(id, state);
    await networks.delete(network.id, network.state);
    await volumes.delete(volume.id, volume.state);
    expect(await containers.read(id, state, inputs)).toBeUndefined();
    expect(await networks.read(network.id, network.state, {})).toBeUndefined();
    expect(await volumes.read(volume.id, volume.state, {})).toBeUndefined();
    // Gone already is fine, as after a removal by hand.
    await containers.delete(id, state);
    await networks.delete(network.id, network.state);
});

test("a changed upload replaces; memory and restart policy change in place", async () => {
    const args = {
        name: `${prefix}-app`,
        image,
        command: STAYS,
        uploads: [{ file: "/a", content: "one" }],
        memory: 64,
        memorySwap: 128,
    };
    const { id, state, inputs } = await containers.create(args);
    const replaced = await containers.diff(id, state, inputs, { ...args, uploads: [{ file: "/a", content: "two" }] });
    expect(replaced).toMatchObject({ diffs: ["uploads[0].content"], replaces: ["uploads"] });

    const updated = await containers.diff(id, state, inputs, { ...args, memory: 32, restart: "always" });
    expect(updated).toMatchObject({ diffs: ["memory", "restart"], replaces: [] });
    const after = await containers.update(id, state, inputs, updated.inputs);
    const inspected = await engine.getContainer(id).inspect();
    expect(inspected.HostConfig.Memory).toBe(32 * 1024 * 1024);
    expect(inspected.HostConfig.RestartPolicy?.Name).toBe("always");
    expect(after).toMatchObject({ memory: 32, restart: "always" });
});

test("a container that never becomes healthy is recorded together with the reason", async () => {
    const error = await failure(
        containers.create({
            name: `${prefix}-sick`,
            image,
            command: ["sh", "-c", "echo no luck; trap 'exit 0' TERM; sleep 1000 & wait"],
            healthcheck: { tests: ["CMD", "false"], interval: "100ms", timeout: "1s", retries: 1 },
            wait: true,
            waitTimeout: 2,
        }),
    );
    expect(error).toBeInstanceOf(InitFailed);
    expect(error.reasons.join()).toMatch(/not healthy within 2 s \(unhealthy.*no luck/s);
    expect(error.state.name).toBe(`${prefix}-sick`);
    expect((await engine.getContainer(error.id).inspect()).State.Running).toBe(true);
});

test("waiting needs a health check, and ends when the container ends", async () => {
    const common = { image, wait: true, waitTimeout: 60 };
    const none = await failure(containers.create({ ...common, name: `${prefix}-none`, command: STAYS }));
    expect(none.reasons.join()).toMatch(/has no health check/);
    const healthcheck = { tests: ["CMD", "true"], interval: "1h0m0s" };
    const command = ["sh", "-c", "echo broken >&2; exit 3"];
    const ended = await failure(containers.create({ ...common, name: `${prefix}-ended`, command, healthcheck }));
    expect(ended.reasons.join()).toMatch(/exit code 3.*broken/s);
});

test("a container that must run but ended is told at once, or at the latest by the next refresh", async () => {
    const command = ["sh", "-c", "echo oops; exit 4"];
    const creation = containers.create({ name: `${prefix}-short`, image, command });
    // Whether it has ended when it is looked at after its start is up to the engine.
    const { id, state } = await creation.catch((error: InitFailed) => {
        expect(error.reasons.join()).toMatch(/exit code 4.*oops/s);
        return error;
    });
    await engine.getContainer(id).wait();
    expect((await containers.read(id, state, {}))?.state).toMatchObject({ mustRun: false, exitCode: 4 });
});

test("an attached container gives its exit code and its log, and stays as it is", async () => {
    const args = {
        name: `${prefix}-once`,
        image,
        command: ["sh", "-c", "echo out; echo err >&2; exit 5"],
        networkMode: "none",
        mustRun: false,
        attach: true,
        logs: true,
    };
    const { id, state, inputs } = await containers.create(args);
    expect(state.exitCode).toBe(5);
    expect((state.containerLogs as string).split("\n").sort()).toEqual(["", "err", "out"]);
    const refreshed = await containers.read(id, state, inputs);
    expect((await containers.diff(id, refreshed?.state ?? {}, refreshed?.inputs ?? {}, args)).diffs).toEqual([]);
    expect(refreshed?.state.containerLogs).toBe(state.containerLogs);
});

test("a container stopped by hand is started again after a refresh", async () => {
    const args = { name: `${prefix}-app`, image, command: STAYS };
    const { id, state, inputs } = await containers.create(args);
    await engine.getContainer(id).stop({ t: 1 });
    const refreshed = await containers.read(id, state, inputs);
    const drift = await containers.diff(id, refreshed?.state ?? {}, refreshed?.inputs ?? {}, args);
    expect(drift).toMatchObject({ diffs: ["mustRun"], replaces: [] });
    await containers.update(id, refreshed?.state ?? {}, refreshed?.inputs ?? {}, drift.inputs);
    expect((await engine.getContainer(id).inspect()).State.Running).toBe(true);
});

test("what the engine refuses is told with the name it is about", async () => {
    const args = { name: `${prefix}-app`, image, command: STAYS };
    await containers.create(args);
    await expect(containers.create(args)).rejects.toThrow(new RegExp(`"/${prefix}-app" is already in use`));
    const absent = { ...args, name: `${prefix}-b`, image: "127.0.0.1:1/absent:1" };
    await expect(containers.create(absent)).rejects.toThrow("Unable to pull image 127.0.0.1:1/absent:1");
    const lost = { ...args, name: `${prefix}-c`, networksAdvanced: [{ name: `${prefix}-lost` }] };
    const error = await failure(containers.create(lost));
    expect(error.reasons.join()).toMatch(new RegExp(`network '?${prefix}-lost`));
});

test("a preview makes nothing and knows the inputs", async () => {
    const args: Properties = { name: `${prefix}-app`, image: UNKNOWN, command: STAYS };
    const { id, state } = await containers.create(args, true);
    expect(id).toBe("");
    expect(state).toMatchObject({ name: `${prefix}-app`, image: UNKNOWN, networkDatas: UNKNOWN, exitCode: UNKNOWN });
    expect(await engine.listContainers({ all: true, filters: { name: [prefix] } })).toEqual([]);
});

test("files come from this machine too", async () => {
    const directory = mkdtempSync(join(tmpdir(), "upload-"));
    writeFileSync(join(directory, "tool"), "from a file");
    const uploads = [
        { file: "/usr/bin/tool", source: join(directory, "tool"), executable: true },
        { file: "/raw", contentBase64: Buffer.from([0, 255]).toString("base64") },
    ];
    const { id } = await containers.create({ name: `${prefix}-app`, image, command: STAYS, uploads });
    rmSync(directory, { recursive: true });
    expect(await run(id, "cat", "/usr/bin/tool")).toBe("from a file");
    expect(await run(id, "stat", "-c", "%a %s", "/usr/bin/tool", "/raw")).toBe("744 11\n644 2");
});
