import { run } from "../command";
import { freePortSettings } from "../free-ports";
import { CommandLine } from "./command-line";

jest.setTimeout(600_000);

const commandLine = new CommandLine();

beforeAll(async () => {
    commandLine.configure({ ...(await freePortSettings()), trainingEpochs: "100000", trainingHiddenLayers: "64" });
});
afterAll(async () => {
    await commandLine.run(["down"]);
    await commandLine.forget();
});

/** Names of containers, volumes and networks that bear the stack's prefix, and of tasks its Nomad client started. */
async function left(): Promise<string> {
    const name = `name=${commandLine.prefix}`;
    const task = `label=com.hashicorp.nomad.node_name=${commandLine.prefix}-nomad-client`;
    const looks = [
        ["ps", "-aq", "--filter", name],
        ["ps", "-aq", "--filter", task],
        ["volume", "ls", "-q", "--filter", name],
        ["network", "ls", "-q", "--filter", name],
    ];
    const answers = await Promise.all(looks.map((args) => run("docker", args)));
    return answers.map(({ stdout }) => stdout).join("");
}

test("Ctrl-C while provisioning: exit code 130, and down leaves nothing", async () => {
    const up = commandLine.start(["up"]);
    await up.until("container");
    up.signalGroup("SIGINT");
    expect((await up.finished).code).toBe(130);
    expect((await commandLine.run(["down"])).code).toBe(0);
    expect(await left()).toBe("");
});

test("killed while provisioning: up goes on from there", async () => {
    const killed = commandLine.start(["up"]);
    await killed.until("container");
    killed.signalGroup("SIGKILL");
    await killed.finished;
    const up = await commandLine.run(["up", "--no-follow"]);
    expect([up.code, up.stderr]).toEqual([0, ""]);
    const preview = await commandLine.run(["preview", "--expect-no-changes"]);
    expect(preview.code).toBe(0);
});

test("Ctrl-C while following leaves the training running, and down takes both away", async () => {
    const up = commandLine.start(["up"]);
    await up.until("epoch ");
    up.signalGroup("SIGINT");
    const { code, stderr, stdout } = await up.finished;
    expect(code).toBe(130);
    expect(stdout + stderr).toContain("The training goes on");
    const status = await commandLine.run(["status"]);
    expect(status.code === 0 ? "" : status.stdout).toBe("");
    expect((await commandLine.run(["down"])).code).toBe(0);
    expect(await left()).toBe("");
});
