import { inTheWay } from "../../cli/ports";
import { EDGES, allowing, denyingEverything } from "../../components/mesh-edges";
import { envoyBootstrap } from "../../components/mesh-envoy";
import { registration, sidecarScript } from "../../components/mesh-sidecar-script";
import { MESH_TASK_NETWORK, meshTaskHcl } from "../../components/mesh-task";
import { parseSettings } from "../../components/settings";

const task = { envoyImage: "envoy:1", consulAddress: "c:8500", networkName: "n", upstreams: [] };
const network = { subnet: "172.18.0.0/16", gateway: "172.18.0.1" };

describe("intentions", () => {
    test("are spelled out as Consul gives them back, in one order", () => {
        const entry = JSON.parse(allowing(["b", "a"])) as object;
        const source = { Action: "allow", Precedence: 9, Type: "consul" };
        expect(entry).toEqual({ Sources: ["a", "b"].map((Name) => ({ ...source, Name })) });
        expect(JSON.parse(denyingEverything())).toEqual({
            Sources: [{ Action: "deny", Name: "*", Precedence: 5, Type: "consul" }],
        });
    });

    test("let trainings push, and neither query Prometheus nor be called", () => {
        expect(EDGES.pushgateway).toContain("training");
        expect(EDGES.prometheus).not.toContain("training");
        expect(Object.keys(EDGES).sort()).toEqual(["prometheus", "pushgateway"]);
    });
});

describe("Envoy's bootstrap", () => {
    interface Bootstrap {
        static_resources: { listeners: { address: object; filter_chains: { filters: Filter[] }[] }[] };
        dynamic_resources: { ads_config: { grpc_services: { initial_metadata: object[] } } };
    }
    interface Filter {
        name: string;
        typed_config: { rules: { action: string; policies: { neighbours: { principals: object[] } } } };
    }
    const bootstrap = (args: object) =>
        JSON.parse(envoyBootstrap({ consulAddress: "c:8500", service: "s", ...args })) as Bootstrap;

    test("has a place for the token and not the token", () => {
        expect(bootstrap({}).dynamic_resources.ads_config.grpc_services.initial_metadata).toEqual([
            { key: "x-consul-token", value: "@TOKEN@" },
        ]);
        expect(bootstrap({}).static_resources.listeners).toEqual([]);
    });

    test("closes an entrance to the network's own containers before anything else, and not to its host", () => {
        const entrances = [{ port: 19091, upstreamPort: 9091 }];
        const [listener] = bootstrap({ entrances, closedTo: [network] }).static_resources.listeners;
        const [rbac, proxy] = listener?.filter_chains[0]?.filters ?? [];
        expect([rbac?.name, proxy?.name]).toEqual(["envoy.filters.network.rbac", "envoy.filters.network.tcp_proxy"]);
        expect(rbac?.typed_config.rules.action).toBe("DENY");
        expect(rbac?.typed_config.rules.policies.neighbours.principals).toEqual([
            {
                and_ids: {
                    ids: [
                        { direct_remote_ip: { address_prefix: "172.18.0.0", prefix_len: 16 } },
                        { not_id: { direct_remote_ip: { address_prefix: "172.18.0.1", prefix_len: 32 } } },
                    ],
                },
            },
        ]);
    });

    test("refuses an entrance that would be open to everybody", () => {
        expect(() => bootstrap({ entrances: [{ port: 1, upstreamPort: 2 }] })).toThrow("the network it is closed to");
    });
});

describe("a sidecar", () => {
    test("offers upstreams on its loopback address only", () => {
        const text = registration({ service: "s", port: 80, upstreams: [{ service: "u", port: 81 }] });
        const { Connect, ...service } = JSON.parse(text) as { Connect: { SidecarService: { Proxy: object } } };
        expect(service).toEqual({ ID: "s", Name: "s", Address: "@ADDRESS@", Port: 80 });
        expect(Connect.SidecarService.Proxy).toEqual({
            LocalServiceAddress: "127.0.0.1",
            Upstreams: [{ DestinationName: "u", LocalBindAddress: "127.0.0.1", LocalBindPort: 81 }],
        });
    });

    test("watches the service beside it, where there is one", () => {
        const files = { consulAddress: "c:8500", instance: "s", directory: "/d", tokenFile: "/t" };
        expect(sidecarScript({ ...files, port: 9091 })).toContain("/dev/tcp/127.0.0.1/9091");
        expect(sidecarScript(files)).not.toContain("/dev/tcp/127.0.0.1/");
    });
});

describe("a sidecar task", () => {
    const hcl = meshTaskHcl(task, { service: "training" }, "      # the service\n");

    test("keeps the shell's variables from HCL", () => {
        expect(hcl).toContain("$${#3}");
        expect(hcl.replaceAll("$${", "")).not.toContain("${");
    });

    test("is named for its allocation, starts first and takes no Consul token into its environment", () => {
        expect(hcl).toContain("training-{{ env `NOMAD_ALLOC_ID` }}");
        expect(hcl).toMatch(/hook +?= "prestart"\n +sidecar = true/);
        expect(hcl).toContain("CONSUL_TOKEN=\n");
        expect(hcl).toContain("# the service");
        expect(MESH_TASK_NETWORK).toBe("container:mesh-${NOMAD_ALLOC_ID}");
    });
});

describe("a port that changes hands", () => {
    const holding = (name: string, port: number, prefix = "mlops") => ({
        Names: [`/${name}`],
        Labels: { "mlops-infra.stack": prefix },
        Ports: [{ IP: "127.0.0.1", PrivatePort: 1, PublicPort: port, Type: "tcp" }],
    });
    const plain = [holding("mlops-nomad", 4646), holding("mlops-prometheus", 9090)];
    const meshed = [holding("mlops-nomad", 4646), holding("mlops-mesh-gateway", 9090)];

    test("is given up by the one that has it", () => {
        expect(inTheWay(plain, parseSettings({ mesh: "true" }))).toEqual(["mlops-prometheus"]);
        expect(inTheWay(meshed, parseSettings({}))).toEqual(["mlops-mesh-gateway"]);
    });

    test("stays where it is otherwise, and is nobody else's to give", () => {
        expect(inTheWay(plain, parseSettings({}))).toEqual([]);
        expect(inTheWay(meshed, parseSettings({ mesh: "true" }))).toEqual([]);
        expect(inTheWay([holding("other-prometheus", 9090, "other")], parseSettings({ mesh: "true" }))).toEqual([]);
    });
});
