import * as pulumi from "@pulumi/pulumi";
import { alertRules } from "../alerts/alert-rules";
import { Consul } from "./consul";
import { consulToken } from "./consul-token";
import { PROMETHEUS_RULES } from "./consul-config";
import { Mesh } from "./mesh";
import { PROMETHEUS_SERVICE, PUSHGATEWAY_SERVICE } from "./mesh-edges";
import { MetricsCredentials, asksForPassword, readyWithPassword } from "./metrics-credentials";
import { Network } from "./network";
import { CONSUL_TOKEN_FILE, PASSWORD_FILE, RETENTION, RULES_FILE, prometheusConfig } from "./prometheus-config";
import { NOBODY, PUSHGATEWAY_PORT } from "./pushgateway";
import { ServiceContainer } from "./service-container";
import { Settings, publishedUrl } from "./settings";
import { stackVolume } from "./stack-volume";

/** Prometheus' HTTP port, in the container. */
export const PROMETHEUS_PORT = 9090;

export interface PrometheusArgs {
    readonly settings: Settings;
    readonly network: Network;
    readonly credentials: MetricsCredentials;
    readonly consul: Consul;
    /** `host:port` of Pushgateway on the stack's network. */
    readonly pushgatewayAddress: string;
    /** `host:port` of Grafana on the stack's network. @default Grafana is left out */
    readonly grafanaAddress?: string;
    /** `host:port` of every Nomad agent on the stack's network. */
    readonly nomadAddresses: readonly string[];
    /** @default every container of the network can talk to it */
    readonly mesh?: Mesh;
}

/** Prometheus: scrapes everything in the stack and answers queries. */
export class Prometheus extends pulumi.ComponentResource {
    /** URL outside Docker; resolves when it accepts the credentials and is ready. */
    readonly ready: pulumi.Output<string>;
    /** `host:port` on the stack's network; in a mesh, beside the sidecar of one of its members. */
    readonly address: string;

    constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Prometheus", name, {}, opts);
        const { settings, credentials, mesh } = args;
        this.address = `${mesh ? "127.0.0.1" : `${settings.prefix}-prometheus`}:${PROMETHEUS_PORT}`;
        const token = consulToken(name, { description: "Prometheus", rules: PROMETHEUS_RULES }, args.consul, this);
        const data = stackVolume(settings.prefix, "prometheus-data", { parent: this });
        const server = new ServiceContainer(
            name,
            {
                settings,
                network: args.network,
                part: "prometheus",
                image: settings.prometheusImage,
                command: [
                    "--config.file=/etc/prometheus/prometheus.yml",
                    "--storage.tsdb.path=/prometheus",
                    `--storage.tsdb.retention.time=${RETENTION.time}`,
                    `--storage.tsdb.retention.size=${RETENTION.size}`,
                    "--web.config.file=/etc/prometheus/web.yml",
                    ...(mesh ? [`--web.listen-address=${this.address}`] : []),
                ],
                user: NOBODY,
                files: {
                    directory: "/etc/prometheus",
                    files: [
                        {
                            path: "/etc/prometheus/prometheus.yml",
                            content: prometheusConfig({
                                prometheus: this.address,
                                pushgateway: args.pushgatewayAddress,
                                consul: args.consul.address,
                                nomad: args.nomadAddresses,
                                grafana: args.grafanaAddress,
                            }),
                        },
                        { path: RULES_FILE, content: alertRules() },
                        {
                            path: "/etc/prometheus/web.yml",
                            content: credentials.prometheusWebConfig,
                            owner: NOBODY,
                            secret: true,
                        },
                        { path: PASSWORD_FILE, content: credentials.password, owner: NOBODY, secret: true },
                        { path: CONSUL_TOKEN_FILE, content: token, owner: NOBODY, secret: true },
                    ],
                },
                volumes: [{ volume: data, path: "/prometheus" }],
                publish: mesh ? undefined : { internal: PROMETHEUS_PORT, external: settings.prometheusPort },
                probe: asksForPassword(PROMETHEUS_PORT),
                memoryMiB: 1024,
            },
            { parent: this },
        );
        const url = publishedUrl(settings, "prometheus");
        this.ready = server.readyOnce(
            "Prometheus",
            url,
            credentials.password.apply((password) => (signal: AbortSignal) => readyWithPassword(url, password, signal)),
            mesh?.join(
                {
                    service: PROMETHEUS_SERVICE,
                    port: PROMETHEUS_PORT,
                    upstreams: [{ service: PUSHGATEWAY_SERVICE, port: PUSHGATEWAY_PORT }],
                },
                server,
                { parent: this },
            ),
        );
        this.registerOutputs({ ready: this.ready });
    }
}
