import { createServer } from "node:http";
import { connectEngine } from "../../components/engine";
import { STACK_LABEL } from "../../components/labels";
import { Finished } from "../command";
import { freePorts } from "../free-ports";
import { CommandLine } from "./command-line";
import { TestStack } from "./test-stack";

jest.setTimeout(300_000);

const commandLine = new CommandLine();
afterAll(() => commandLine.forget());

/** `npm run up` with a configuration and surroundings of its own. */
function up(config: Record<string, string>, environment: Record<string, string> = {}): Promise<Finished> {
    commandLine.configure(config);
    return commandLine.run(["up"], environment);
}

async function nothingMade(): Promise<void> {
    const engine = await connectEngine(undefined);
    const filters = { label: [`${STACK_LABEL}=${commandLine.prefix}`] };
    expect(await engine.listContainers({ all: true, filters })).toEqual([]);
    expect(await engine.listNetworks({ filters })).toEqual([]);
}

test("a wrong value: one sentence, nothing made", async () => {
    const { code, stdout, stderr } = await up({ nomadPort: "many" });
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(
        'Configuration key nomadPort is "many", but must be a port number from 1 to 65535.',
    );
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
    await nothingMade();
});

test("a published port that is taken is named, with the key that moves it", async () => {
    const [first = 0, ...others] = await freePorts(5);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(first, "127.0.0.1", resolve));
    try {
        const keys = ["consulPort", "prometheusPort", "grafanaPort", "pushgatewayPort"];
        const free = Object.fromEntries(keys.map((key, at) => [key, String(others[at])]));
        const { code, stdout, stderr } = await up({ nomadPort: String(first), ...free });
        expect(code).toBe(1);
        expect(stdout + stderr).toContain(String(first));
        expect(stdout + stderr).toContain("config set nomadPort");
        await nothingMade();
    } finally {
        await new Promise((resolve) => server.close(resolve));
    }
});

test("down of a stack that there is not takes nothing of another one's", async () => {
    const nobody = new CommandLine();
    const { code, stderr } = await nobody.run(["down"]);
    await nobody.forget();
    expect([code, stderr]).toEqual([1, expect.stringContaining(`There is no stack ${nobody.prefix}: `)]);
});

test("an engine that does not answer: one sentence that names it", async () => {
    const address = "tcp://127.0.0.1:1";
    const { code, stdout, stderr } = await up({}, { DOCKER_HOST: address });
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(address);
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
});

test("an engine that is too old: its version and the oldest that is supported", async () => {
    const version = { ApiVersion: "1.38", Version: "18.06.1-ce", Os: "linux", Arch: "amd64" };
    const server = createServer((request, response) => {
        response.setHeader("Api-Version", version.ApiVersion);
        response.end(request.url?.endsWith("/_ping") ? "OK" : JSON.stringify(version));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        const { port } = server.address() as { port: number };
        const { code, stdout, stderr } = await up({}, { DOCKER_HOST: `tcp://127.0.0.1:${port}` });
        expect(code).toBe(1);
        expect(stdout + stderr).toMatch(/18\.06|1\.38/);
        expect(stdout + stderr).toContain("20.10");
    } finally {
        await new Promise((resolve) => server.close(resolve));
    }
});

test("an image that can neither be found, pulled nor built is named", async () => {
    const { code, stdout, stderr } = await up({ pushgatewayImage: "prom/pushgateway:v0.0.0-no-such" });
    expect(code).toBe(1);
    expect(stdout + stderr).toContain("prom/pushgateway:v0.0.0-no-such");
    await nothingMade();
});

test("a service that is not ready in time: which one, and its last log lines; the next up heals it", async () => {
    // Prometheus' image runs and serves, but it is no Pushgateway: it ends at once over the unknown flags' meaning.
    const stack = await TestStack.create({ pushgatewayImage: "debian:bookworm-slim", readyTimeoutSeconds: "10" });
    try {
        const failed = await stack.pulumi("up", "--yes", "--skip-preview");
        expect(failed.code).not.toBe(0);
        expect(failed.stdout + failed.stderr).toContain(`${stack.prefix}-pushgateway`);
        stack.configure({
            pushgatewayImage: "prom/pushgateway:v1.11.1",
            readyTimeoutSeconds: "120",
            trainingEpochs: "1",
        });
        await stack.up();
    } finally {
        await stack.remove();
    }
});
