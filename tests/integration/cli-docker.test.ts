import Docker from "dockerode";
import { explainSick, stackContainers, sweep, taskContainers } from "../../cli/containers";
import { removeHalfMade, removeStrangers } from "../../cli/half-made";
import { checkPorts } from "../../cli/ports";
import { STACK_LABEL, PART_LABEL } from "../../components/labels";
import { DEFAULT_IMAGES, parseSettings } from "../../components/settings";
import { freePortSettings } from "../free-ports";

jest.setTimeout(60_000);

const engine = new Docker();
const prefix = `mlopscli${process.pid}`;
const Labels = { [STACK_LABEL]: prefix, [PART_LABEL]: "test" };
const Image = DEFAULT_IMAGES.trainerBase;

afterEach(async () => {
    await sweep(engine, prefix);
});

async function start(
    name: string,
    script: string,
    more: Docker.ContainerCreateOptions = {},
): Promise<Docker.Container> {
    const container = await engine.createContainer({ name, Image, Cmd: ["sh", "-c", script], Labels, ...more });
    await container.start();
    return container;
}

test("a sweep removes all that bears the stack's label and its tasks, and nothing else", async () => {
    await engine.createNetwork({ Name: `${prefix}-network`, Labels });
    await engine.createVolume({ Name: `${prefix}-data`, Labels });
    const HostConfig = { Binds: [`${prefix}-data:/data`], NetworkMode: `${prefix}-network` };
    await start(`${prefix}-server`, "sleep 600", { HostConfig });
    const task = { "com.hashicorp.nomad.node_name": `${prefix}-nomad-client` };
    await start(`${prefix}-task`, "sleep 600", { Labels: task, HostConfig: { NetworkMode: `${prefix}-network` } });
    const stranger = await start(`${prefix}x-server`, "sleep 600", { Labels: { [STACK_LABEL]: `${prefix}x` } });
    try {
        expect(await sweep(engine, prefix)).toEqual({
            containers: [`${prefix}-server`, `${prefix}-task`],
            volumes: [`${prefix}-data`],
            networks: [`${prefix}-network`],
        });
        expect(await stackContainers(engine, prefix)).toEqual([]);
        expect(await taskContainers(engine, prefix)).toEqual([]);
        expect((await stranger.inspect()).State.Running).toBe(true);
        expect(await sweep(engine, prefix)).toEqual({ containers: [], volumes: [], networks: [] });
    } finally {
        await stranger.remove({ force: true });
    }
});

test("half-made things go by name, but only ours", async () => {
    await start(`${prefix}-ours`, "sleep 600");
    const theirs = await start(`${prefix}-theirs`, "sleep 600", { Labels: {} });
    try {
        const pending = ["ours", "theirs"].map((part) => ({
            urn: "",
            type: "docker:index/container:Container",
            inputs: { name: `${prefix}-${part}` },
        }));
        await removeHalfMade(engine, prefix, pending);
        expect(await stackContainers(engine, prefix)).toEqual([]);
        expect((await theirs.inspect()).State.Running).toBe(true);
    } finally {
        await theirs.remove({ force: true });
    }
});

test("containers of a stack that no state knows are not touched but named", async () => {
    await start(`${prefix}-nomad`, "sleep 600");
    await expect(removeStrangers(engine, prefix, undefined, "dev")).rejects.toThrow(
        new RegExp(`\\(${prefix}-nomad\\)\\. npm run down removes them`),
    );
    expect(await stackContainers(engine, prefix)).toHaveLength(1);
});

test("a container that failed is explained with its last log lines, one that has done its work is not", async () => {
    const failed = await start(`${prefix}-consul`, "echo the reason >&2; exit 3");
    const done = await start(`${prefix}-consul-init`, "true");
    await Promise.all([failed.wait(), done.wait()]);
    const explained = await explainSick(engine, prefix);
    expect(explained).toHaveLength(1);
    expect(explained[0]).toMatch(new RegExp(`^Container ${prefix}-consul is Exited \\(3\\).*\\n {4}the reason$`));
});

describe("ports", () => {
    test("free ones and those of our own container pass", async () => {
        const ports = await freePortSettings();
        const publish = { "1/tcp": [{ HostIp: "127.0.0.1", HostPort: ports.nomadPort }] };
        await start(`${prefix}-nomad`, "sleep 600", {
            ExposedPorts: { "1/tcp": {} },
            HostConfig: { PortBindings: publish },
        });
        await checkPorts(engine, parseSettings({ prefix, ...ports }), "dev");
    });

    test("one that another container publishes is named with the container", async () => {
        const ports = await freePortSettings();
        const publish = { "1/tcp": [{ HostIp: "127.0.0.1", HostPort: ports.consulPort }] };
        await start(`${prefix}-web`, "sleep 600", {
            ExposedPorts: { "1/tcp": {} },
            HostConfig: { PortBindings: publish },
        });
        await expect(checkPorts(engine, parseSettings({ prefix, ...ports }), "dev")).rejects.toThrow(
            `Port ${ports.consulPort} on 127.0.0.1, wanted for consul, is taken by container ${prefix}-web.`,
        );
    });

    test("one that a process listens on is named with the process", async () => {
        const ports = await freePortSettings();
        const server = await import("node:net").then(({ createServer }) => createServer());
        await new Promise<void>((resolve) => server.listen(Number(ports.nomadPort), "127.0.0.1", resolve));
        try {
            await expect(checkPorts(engine, parseSettings({ prefix, ...ports }), "dev")).rejects.toThrow(
                new RegExp(
                    `Port ${ports.nomadPort} on 127\\.0\\.0\\.1, wanted for nomad, is taken by process ${process.pid} `,
                ),
            );
        } finally {
            server.close();
        }
    });

    test("an address that this machine does not have is told as such", async () => {
        const settings = parseSettings({ prefix, ...(await freePortSettings()), bindAddress: "203.0.113.1" });
        await expect(checkPorts(engine, settings, "dev")).rejects.toThrow(/has no address 203\.0\.113\.1/);
    });
});
