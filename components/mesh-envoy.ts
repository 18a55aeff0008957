/** Consul's gRPC port: Envoy gets listeners, endpoints, intentions and certificates from it. */
const CONSUL_GRPC_PORT = 8502;
/** Envoy's admin interface, on the loopback address of its network namespace. */
export const ENVOY_ADMIN_PORT = 19000;
/** Stands for the Consul token, which is in a file of its own. */
export const TOKEN_PLACE = "@TOKEN@";

/** Id in Consul of the sidecar of an instance; Consul itself appends the same. */
function proxyId(instance: string): string {
    return `${instance}-sidecar-proxy`;
}

/** Who may enter the mesh through a port of the gateway's: everybody but the network's own containers. */
export interface Entrance {
    /** Port on all of the gateway's addresses; it is the one that is published. */
    readonly port: number;
    /** Port on the gateway's loopback address that leads to the service. */
    readonly upstreamPort: number;
}

/** The network whose containers must not use an entrance. */
export interface ClosedNetwork {
    /** In CIDR notation, such as "172.18.0.0/16". */
    readonly subnet: string;
    /** Address of the host on it: what comes through a published port on a loopback address comes from there. */
    readonly gateway: string;
}

export interface EnvoyBootstrap {
    /** `host:port` of Consul's HTTP API on the stack's network; its gRPC API is on the same host. */
    readonly consulAddress: string;
    readonly service: string;
    /** @default the service's name */
    readonly instance?: string;
    /** @default none */
    readonly entrances?: readonly Entrance[];
    /** Needed where there are entrances. */
    readonly closedTo?: readonly ClosedNetwork[];
}

/**
 * Envoy's bootstrap configuration: everything but the gateway's entrances comes from Consul while it runs, certificates
 * too. Keys are those of Envoy's `config.bootstrap.v3.Bootstrap`; `consul connect envoy -bootstrap` writes the same.
 */
export function envoyBootstrap(args: EnvoyBootstrap): string {
    const fromConsul = { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" };
    const { entrances = [], closedTo = [] } = args;
    const [consulHost = ""] = args.consulAddress.split(":");
    return JSON.stringify({
        admin: { address: address("127.0.0.1", ENVOY_ADMIN_PORT) },
        node: {
            cluster: args.service,
            id: proxyId(args.instance ?? args.service),
            metadata: { namespace: "default", partition: "default" },
        },
        dynamic_resources: {
            lds_config: fromConsul,
            cds_config: fromConsul,
            ads_config: {
                api_type: "DELTA_GRPC",
                transport_api_version: "V3",
                grpc_services: {
                    initial_metadata: [{ key: "x-consul-token", value: TOKEN_PLACE }],
                    envoy_grpc: { cluster_name: "consul" },
                },
            },
        },
        static_resources: {
            listeners: entrances.map((entrance) => entranceListener(entrance, closedTo)),
            clusters: [
                {
                    ...cluster("consul", "STRICT_DNS", consulHost, CONSUL_GRPC_PORT),
                    typed_extension_protocol_options: {
                        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": HTTP2_WITH_KEEPALIVE,
                    },
                },
                ...entrances.map(({ upstreamPort }) =>
                    cluster(`upstream_${upstreamPort}`, "STATIC", "127.0.0.1", upstreamPort),
                ),
            ],
        },
    });
}

/** Consul's gRPC; the keepalive finds out that a Consul is gone that did not say so. */
const HTTP2_WITH_KEEPALIVE = {
    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    explicit_http_config: {
        http2_protocol_options: { connection_keepalive: { interval: "10s", timeout: "5s" } },
    },
};

/** A container of the network gets its connection closed; what comes from the host or from beyond it goes on. */
function entranceListener({ port, upstreamPort }: Entrance, closedTo: readonly ClosedNetwork[]): object {
    if (closedTo.length === 0) {
        throw new Error("An entrance to the mesh needs to know the network it is closed to.");
    }
    const source = (range: object) => ({ direct_remote_ip: range });
    const neighbours = closedTo.map(({ subnet, gateway }) => ({
        and_ids: { ids: [source(cidrRange(subnet)), { not_id: source(hostRange(gateway)) }] },
    }));
    return {
        name: `entrance_${port}`,
        address: address("0.0.0.0", port),
        filter_chains: [
            {
                filters: [
                    {
                        name: "envoy.filters.network.rbac",
                        typed_config: {
                            "@type": "type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC",
                            stat_prefix: "entrance_",
                            rules: {
                                action: "DENY",
                                policies: { neighbours: { permissions: [{ any: true }], principals: neighbours } },
                            },
                        },
                    },
                    {
                        name: "envoy.filters.network.tcp_proxy",
                        typed_config: {
                            "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                            stat_prefix: `entrance_${port}`,
                            cluster: `upstream_${upstreamPort}`,
                        },
                    },
                ],
            },
        ],
    };
}

/** One address. Engines that do not tell the gateway's give an empty text; then nobody of the network comes in. */
function hostRange(host: string): object {
    return { address_prefix: host || "255.255.255.255", prefix_len: host.includes(":") ? 128 : 32 };
}

function cidrRange(cidr: string): object {
    const [prefix, length] = cidr.split("/");
    return { address_prefix: prefix, prefix_len: Number(length) };
}

function address(host: string, port: number): object {
    return { socket_address: { address: host, port_value: port } };
}

function cluster(name: string, type: "STATIC" | "STRICT_DNS", host: string, port: number): object {
    return {
        name,
        type,
        connect_timeout: "1s",
        load_assignment: {
            cluster_name: name,
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(host, port) } }] }],
        },
    };
}

/** Shell command that succeeds when Envoy serves what Consul gave it. The official image has neither curl nor wget. */
export const ENVOY_PROBE = `exec bash -c '${request("127.0.0.1", String(ENVOY_ADMIN_PORT), "GET /ready")}; grep -q LIVE <&3'`;

function request(host: string, port: string, what: string): string {
    const head = `${what} HTTP/1.1\\r\\nHost: envoy\\r\\nConnection: close\\r\\n\\r\\n`;
    return `exec 3<>/dev/tcp/${host}/${port} && printf "${head}" >&3`;
}
