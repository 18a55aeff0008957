import { ProgramRun, revealed, runUnderMocks } from "../mocks/program";

interface ContainerInputs {
    name: string;
    user: string;
    command: string[];
    networkMode: string;
    networksAdvanced?: object[];
    ports?: { ip: string; external: number; internal: number }[];
    capabilities: { drops: string[] };
    uploads: { file: string; content: string; permissions: string }[];
}

function runProgram(preview = false): Promise<ProgramRun> {
    jest.resetModules();
    return runUnderMocks(() => import("../../index"), { config: { mesh: "true" }, preview });
}

describe("the program with the mesh on", () => {
    let run: ProgramRun;
    beforeAll(async () => {
        run = await runProgram();
    });
    const inputs = <T>(name: string) => {
        const [found, ...more] = run.resources.filter((resource) => resource.name === name && resource.custom);
        expect([name, found !== undefined, more]).toEqual([name, true, []]);
        return revealed<T>(found?.inputs);
    };

    test.each([
        ["prometheus", 9090],
        ["pushgateway", 9091],
    ])("%s listens on its loopback address and publishes nothing", (service, port) => {
        const container = inputs<ContainerInputs>(`${service}-container`);
        expect(container.command).toContain(`--web.listen-address=127.0.0.1:${port}`);
        expect(container.ports).toBeUndefined();
    });

    test("the gateway publishes their ports on the loopback address of the host", () => {
        expect(inputs<ContainerInputs>("mesh-gateway-container")).toMatchObject({
            name: "mlops-mesh-gateway",
            ports: [
                { internal: 19090, external: 9090, ip: "127.0.0.1" },
                { internal: 19091, external: 9091, ip: "127.0.0.1" },
            ],
        });
        expect(run.outputs).toMatchObject({ prometheusUrl: "http://127.0.0.1:9090" });
    });

    test.each(["grafana", "prometheus", "pushgateway"])("the sidecar of %s is in its network, confined", (service) => {
        const sidecar = inputs<ContainerInputs>(`${service}-sidecar-container`);
        expect(sidecar).toMatchObject({
            networkMode: `container:${service}-container-id`,
            user: "101:101",
            capabilities: { drops: ["ALL"] },
            securityOpts: ["no-new-privileges:true"],
        });
        expect([sidecar.networksAdvanced, sidecar.ports]).toEqual([undefined, undefined]);
        const { uploads } = inputs<ContainerInputs>(`${service}-sidecar-files-container`);
        const secret = uploads.filter(({ content }) => content.includes("secret-of-"));
        expect(secret.map(({ file, permissions }) => [file, permissions])).toEqual([
            ["/etc/envoy/consul-token", "0600"],
        ]);
        expect(inputs(`${service}-sidecar-identity`)).toMatchObject({ serviceIdentities: [{ serviceName: service }] });
    });

    test("everything is denied but the declared edges", () => {
        const entries = run.resources.filter(({ type }) => type === "consul:index/configEntry:ConfigEntry");
        const allowed = entries.map((entry) => {
            const { kind, name, configJson } = revealed<Record<"kind" | "name" | "configJson", string>>(entry.inputs);
            const { Sources } = JSON.parse(configJson) as { Sources: { Name: string; Action: string }[] };
            return `${kind} ${name}: ${Sources.map(({ Name, Action }) => `${Action} ${Name}`).join(", ")}`;
        });
        expect(allowed.sort()).toEqual([
            "service-intentions *: deny *",
            "service-intentions prometheus: allow gateway, allow grafana, allow sweeper",
            "service-intentions pushgateway: allow gateway, allow prometheus, allow sweeper, allow training",
        ]);
    });

    test("tasks share the network of their sidecar, and only sidecars of these jobs get an identity", () => {
        for (const name of ["training-job", "training-dispatch-job", "sweeper-job"]) {
            const { jobspec } = inputs<{ jobspec: string }>(name);
            expect(jobspec).toContain('network_mode = "container:mesh-${NOMAD_ALLOC_ID}"');
            expect(jobspec).toContain("http://127.0.0.1:9091");
        }
        expect(inputs("training-identity-training")).toMatchObject({
            bindType: "service",
            bindName: "training",
            selector: 'value.nomad_task == "mesh" and value.nomad_job_id matches "^(ml-training|ml-train)(/.*)?$"',
        });
    });

    test("a preview of a fresh stack gets through and registers the same", async () => {
        const preview = await runProgram(true);
        expect(preview.resources.map(({ urn }) => urn)).toEqual(run.resources.map(({ urn }) => urn));
    });
});
