import * as pulumi from "@pulumi/pulumi";
import { Mesh } from "./mesh";
import { PUSHGATEWAY_SERVICE } from "./mesh-edges";
import { MetricsCredentials, asksForPassword, readyWithPassword } from "./metrics-credentials";
import { Network } from "./network";
import { ServiceContainer } from "./service-container";
import { Settings, publishedUrl } from "./settings";

/** Pushgateway's HTTP port, in the container. */
export const PUSHGATEWAY_PORT = 9091;
/** uid and gid of `nobody` in Prometheus' official images. */
export const NOBODY = "65534:65534";

export interface PushgatewayArgs {
    readonly settings: Settings;
    readonly network: Network;
    readonly credentials: MetricsCredentials;
    /** @default every container of the network can talk to it */
    readonly mesh?: Mesh;
}

/** Pushgateway: keeps the last metrics each training pushed, for Prometheus to scrape. */
export class Pushgateway extends pulumi.ComponentResource {
    /** URL outside Docker; resolves when it accepts the credentials and is ready. */
    readonly ready: pulumi.Output<string>;
    /** `host:port` on the stack's network; in a mesh, beside the sidecar of one of its members. */
    readonly address: string;

    constructor(name: string, args: PushgatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Pushgateway", name, {}, opts);
        const { settings, credentials, mesh } = args;
        const server = new ServiceContainer(
            name,
            {
                settings,
                network: args.network,
                part: "pushgateway",
                image: settings.pushgatewayImage,
                command: [
                    "--web.config.file=/etc/pushgateway/web.yml",
                    ...(mesh ? [`--web.listen-address=127.0.0.1:${PUSHGATEWAY_PORT}`] : []),
                ],
                user: NOBODY,
                files: {
                    directory: "/etc/pushgateway",
                    files: [
                        {
                            path: "/etc/pushgateway/web.yml",
                            content: credentials.pushgatewayWebConfig,
                            owner: NOBODY,
                            secret: true,
                        },
                    ],
                },
                publish: mesh ? undefined : { internal: PUSHGATEWAY_PORT, external: settings.pushgatewayPort },
                probe: asksForPassword(PUSHGATEWAY_PORT),
                memoryMiB: 256,
            },
            { parent: this },
        );
        this.address = `${mesh ? "127.0.0.1" : server.containerName}:${PUSHGATEWAY_PORT}`;
        const url = publishedUrl(settings, "pushgateway");
        this.ready = server.readyOnce(
            "Pushgateway",
            url,
            credentials.password.apply((password) => (signal: AbortSignal) => readyWithPassword(url, password, signal)),
            mesh?.join({ service: PUSHGATEWAY_SERVICE, port: PUSHGATEWAY_PORT }, server, { parent: this }),
        );
        this.registerOutputs({ ready: this.ready });
    }
}
