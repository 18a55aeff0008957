import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import { Consul } from "./consul";
import { secretOf } from "./consul-token";
import { ENVOY_PROBE, EnvoyBootstrap, envoyBootstrap } from "./mesh-envoy";
import { MeshMember, SIDECAR_FILES, registration, sidecarScript } from "./mesh-sidecar-script";
import { Network } from "./network";
import { PublishedPort, ServiceContainer } from "./service-container";
import { Settings } from "./settings";

/** uid and gid of `envoy` in the official image. */
const ENVOY_USER = "101:101";
const DIRECTORY = "/etc/envoy";
const TOKEN_FILE = `${DIRECTORY}/consul-token`;

export interface MeshSidecarArgs {
    readonly settings: Settings;
    readonly consul: Consul;
    readonly member: MeshMember;
    /** The part of the stack this is; the container is `<prefix>-<part>`. */
    readonly part: string;
    /** The container it stands beside, sharing its network. @default it has an address of its own on `network` */
    readonly beside?: ServiceContainer;
    readonly network?: Network;
    /** Ways into the mesh from outside of it. @default none */
    readonly entrances?: pulumi.Input<Pick<EnvoyBootstrap, "entrances" | "closedTo">>;
    /** @default nothing is published */
    readonly publish?: readonly PublishedPort[];
}

/** An Envoy with an identity of its own in the mesh, in a container of its own. */
export class MeshSidecar extends pulumi.ComponentResource {
    /** Resolves when Envoy serves with what Consul gave it. */
    readonly ready: pulumi.Output<string>;

    constructor(name: string, args: MeshSidecarArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:MeshSidecar", name, {}, opts);
        const { settings, member, beside } = args;
        const { service } = member;
        const consulAddress = args.consul.address;
        const script = { consulAddress, instance: service, port: member.port };
        const container = new ServiceContainer(
            name,
            {
                settings,
                network: args.network,
                networkOf: beside?.containerId,
                part: args.part,
                image: settings.envoyImage,
                entrypoints: ["bash", `${DIRECTORY}/${SIDECAR_FILES.script}`],
                command: [],
                user: ENVOY_USER,
                files: {
                    directory: DIRECTORY,
                    files: [
                        {
                            path: `${DIRECTORY}/${SIDECAR_FILES.bootstrap}`,
                            content: pulumi
                                .output(args.entrances ?? {})
                                .apply((entrances) => envoyBootstrap({ consulAddress, service, ...entrances })),
                        },
                        { path: `${DIRECTORY}/${SIDECAR_FILES.registration}`, content: registration(member) },
                        {
                            path: `${DIRECTORY}/${SIDECAR_FILES.script}`,
                            content: sidecarScript({ ...script, directory: DIRECTORY, tokenFile: TOKEN_FILE }),
                        },
                        {
                            path: TOKEN_FILE,
                            content: identityToken(name, service, args.consul, this),
                            owner: ENVOY_USER,
                            secret: true,
                        },
                    ],
                },
                publish: args.publish,
                probe: ENVOY_PROBE,
                memoryMiB: 128,
                graceSeconds: 10,
            },
            { parent: this },
        );
        this.ready = container.containerId;
        this.registerOutputs();
    }
}

/** A Consul token that may be this service in the mesh and nothing else. */
function identityToken(
    name: string,
    serviceName: string,
    { provider }: Consul,
    parent: pulumi.Resource,
): pulumi.Output<string> {
    const opts = { parent, provider };
    const token = new consul.AclToken(
        `${name}-identity`,
        { description: `Sidecar of ${serviceName}`, serviceIdentities: [{ serviceName }] },
        opts,
    );
    return secretOf(token, opts);
}
