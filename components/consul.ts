import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { settleTokens } from "./consul-api";
import { consulServerConfig } from "./consul-config";
import { generatedToken } from "./generated-token";
import { Network } from "./network";
import { after } from "./readiness";
import { ServiceContainer } from "./service-container";
import { Settings, publishedUrl } from "./settings";
import { stackVolume } from "./stack-volume";

/** Consul's HTTP port, in the container. */
export const CONSUL_PORT = 8500;
/** uid and gid of user `consul` in the official image (its Dockerfile: adduser -S, addgroup, on Alpine). */
const CONSUL_USER = "100:1000";

export interface ConsulArgs {
    readonly settings: Settings;
    readonly network: Network;
}

/** A Consul server: service catalogue, key-value store and access control. */
export class Consul extends pulumi.ComponentResource {
    /** URL outside Docker; resolves when Consul has a leader and accepts the management token. */
    readonly ready: pulumi.Output<string>;
    /** The management token. */
    readonly token: pulumi.Output<string>;
    /** `host:port` on the stack's network. */
    readonly address: string;
    /** Pulumi provider for what lives in Consul, gated by `ready`. */
    readonly provider: consul.Provider;

    constructor(name: string, args: ConsulArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Consul", name, {}, opts);
        const { settings } = args;
        this.token = generatedToken(`${name}-management-token`, this);
        const agentToken = generatedToken(`${name}-agent-token`, this);
        const nodeName = `${settings.prefix}-consul`;
        const gossipKey = new random.RandomBytes(`${name}-gossip-key`, { length: 32 }, { parent: this }).base64;
        const data = stackVolume(settings.prefix, "consul-data", { parent: this });
        const server = new ServiceContainer(
            name,
            {
                settings,
                network: args.network,
                part: "consul",
                image: settings.consulImage,
                // Consul writes its log of changes, with tokens in it, for everybody to read if it may.
                entrypoints: ["/bin/sh", "-c"],
                command: ["umask 077 && exec docker-entrypoint.sh agent"],
                user: CONSUL_USER,
                // The entry point needs root to change owners; the volume inherits the right one from the image.
                envs: ["CONSUL_DISABLE_PERM_MGMT=true"],
                files: {
                    directory: "/consul/config",
                    files: [
                        {
                            path: "/consul/config/server.hcl",
                            content: pulumi
                                .all([gossipKey, this.token, agentToken])
                                .apply(([key, managementToken, secret]) =>
                                    consulServerConfig(nodeName, {
                                        gossipKey: key,
                                        managementToken,
                                        agentToken: secret,
                                    }),
                                ),
                            owner: CONSUL_USER,
                            secret: true,
                        },
                    ],
                },
                volumes: [{ volume: data, path: "/consul/data" }],
                publish: { internal: CONSUL_PORT, external: settings.consulPort },
                probe: `wget -q -O - http://127.0.0.1:${CONSUL_PORT}/v1/status/leader | grep -q :8300`,
                memoryMiB: 512,
            },
            { parent: this },
        );
        this.address = `${server.containerName}:${CONSUL_PORT}`;
        const url = publishedUrl(settings, "consul");
        this.ready = server.readyOnce(
            "Consul",
            url,
            pulumi.all([this.token, agentToken]).apply(
                ([token, secret]) =>
                    (signal: AbortSignal) =>
                        settleTokens({ url, token }, { secret, nodeName }, signal),
            ),
        );
        this.provider = new consul.Provider(
            `${name}-api`,
            { address: `${settings.host}:${settings.consulPort}`, scheme: "http", token: this.token },
            { parent: this, dependsOn: after([this.ready]) },
        );
        this.registerOutputs({ ready: this.ready });
    }
}
