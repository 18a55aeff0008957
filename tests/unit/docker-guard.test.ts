import { guardFile } from "../../components/docker-guard";
import { nomadClientConfig } from "../../components/nomad-config";
import { ProgramRun, Registered, revealed, runUnderMocks } from "../mocks/program";

const SOCKET = "/var/run/docker.sock";

interface Inputs {
    networkMode: string;
    user: string;
    envs?: string[];
    groupAdds?: string[];
    volumes: { hostPath?: string; volumeName?: string; containerPath: string; readOnly?: boolean }[];
    uploads?: { file: string; content: string }[];
}

function container(run: ProgramRun, name: string): { inputs: Inputs; resource: Registered } {
    const resource = run.resources.find((each) => each.name === `${name}-container`);
    if (!resource) {
        throw new Error(`The program registers no ${name}-container`);
    }
    return { inputs: revealed<Inputs>(resource.inputs), resource };
}

function program(config: Record<string, string>): Promise<ProgramRun> {
    jest.resetModules();
    return runUnderMocks(() => import("../../index"), { config });
}

test("with a guard, the guard has the socket and no network, and the client has the guard's socket to read", async () => {
    const run = await program({ grafana: "false" });
    const guard = container(run, "nomad-guard");
    const client = container(run, "nomad-client");
    expect(guard.inputs).toMatchObject({ networkMode: "none", user: "1001:1000", groupAdds: ["999"] });
    expect(guard.inputs.volumes.map(({ containerPath, readOnly }) => [containerPath, readOnly])).toEqual([
        ["/run/docker-guard", false],
        ["/etc/docker-guard", true],
        [SOCKET, undefined],
    ]);
    expect(client.inputs.volumes.filter(({ hostPath }) => hostPath)).toEqual([]);
    expect(client.inputs.volumes).toContainEqual({
        volumeName: "mlops-nomad-guard",
        containerPath: "/run/docker-guard",
        readOnly: true,
    });
    expect(client.inputs.groupAdds).toBeUndefined();
    // The second makes the client go before its guard does.
    expect(client.inputs.envs).toEqual([
        "DOCKER_HOST=unix:///run/docker-guard/docker.sock",
        expect.stringMatching(/^DOCKER_GUARD=.+/),
        expect.stringMatching(/^CONFIGURATION=.+/),
    ]);
    expect(client.resource.dependencies).toContain(guard.resource.urn);
});

test("the guard's rules name this stack's network, node and directories", async () => {
    const run = await program({ grafana: "false", prefix: "other" });
    const { inputs } = container(run, "nomad-guard-files");
    const rules = JSON.parse(inputs.uploads?.[0]?.content ?? "{}") as Record<string, unknown>;
    expect(rules).toMatchObject({
        engine: SOCKET,
        listen: "/run/docker-guard/docker.sock",
        nodeName: "other-nomad-client",
        networks: ["other-network"],
    });
    const volumes = Object.entries(rules.volumes as Record<string, boolean>);
    expect(volumes.find(([path]) => path.includes("other-artifacts"))?.[1]).toBe(true);
    expect(volumes.find(([path]) => path.includes("other-data"))?.[1]).toBe(false);
});

test("without a guard, the client has the engine's socket, writable, and its group", async () => {
    const run = await program({ dockerGuard: "false", grafana: "false" });
    expect(run.resources.filter(({ name }) => name.startsWith("nomad-guard"))).toEqual([]);
    const { inputs } = container(run, "nomad-client");
    expect(inputs.volumes.filter(({ hostPath }) => hostPath)).toEqual([{ hostPath: SOCKET, containerPath: SOCKET }]);
    expect(inputs.groupAdds).toEqual(["999"]);
});

test("the rules file is JSON that says all of it", () => {
    const rules = { nodeName: "n", networks: ["a"], dataDirectory: "/d", volumes: { "/v": true } };
    expect(JSON.parse(guardFile(rules))).toEqual({
        engine: SOCKET,
        listen: "/run/docker-guard/docker.sock",
        ...rules,
    });
});

test("Nomad's client refuses what its docker driver can refuse", () => {
    const config = nomadClientConfig({
        name: "n",
        consulAddress: "c:8500",
        consulToken: "t",
        serverAddress: "s:4647",
        dataDirectory: "/d",
        volumes: {},
    });
    for (const line of [
        /^ {4}"driver.allowlist" += "docker"$/m,
        /^ {4}"user.checked_drivers" = "docker"$/m,
        // Begins with the empty name: a task must name its user.
        /^ {4}"user.denylist" += ",root,0,/m,
        /^ {4}allow_privileged = false$/m,
        /^ {4}allow_caps +=\s\[\]$/m,
        /^ {4}allow_runtimes +=\s\["runc"\]$/m,
        /^ {4}pids_limit += [1-9]\d*$/m,
        /^ {4}volumes \{\n {6}enabled = false$/m,
    ]) {
        expect(config).toMatch(line);
    }
});
