import * as docker from "@pulumi/docker";
import * as nomad from "@pulumi/nomad";
import * as pulumi from "@pulumi/pulumi";
import { Consul } from "./consul";
import { DockerGuard, GUARD_DIRECTORY, GUARD_VOLUME_SCRIPT } from "./docker-guard";
import { InitContainer } from "./init-container";
import { Network } from "./network";
import { nodeReady } from "./nomad-api";
import { CLIENT_LEAVE_RULES, CLIENT_SCRIPT, LEAVE_TOKEN_FILE, clientScript } from "./nomad-client-script";
import {
    AGENT_DIRECTORY,
    AGENT_FILE,
    ARTIFACTS_VOLUME,
    DATA_VOLUME,
    NOMAD_USER,
    nomadClientConfig,
} from "./nomad-config";
import { NOMAD_PORT, NOMAD_RPC_PORT, NomadServer } from "./nomad-server";
import { ServiceContainer } from "./service-container";
import { Settings, publishedUrl } from "./settings";
import { stackVolume } from "./stack-volume";

/** Time a leaving client gets to finish the stops asked of it: a task's kill timeout (5 s by default) and some more. */
const LEAVE_SECONDS = 45;

export interface NomadClientArgs {
    readonly settings: Settings;
    readonly network: Network;
    readonly consul: Consul;
    readonly server: NomadServer;
    /** Consul token of Nomad's agents. */
    readonly consulToken: pulumi.Input<string>;
}

/**
 * A Nomad client: runs tasks as containers on the stack's engine, through the socket of its guard, which alone has the
 * engine's; without a guard it has the engine's itself. It is not root, has no capability and publishes nothing.
 */
export class NomadClient extends pulumi.ComponentResource {
    /** Node name; resolves when the node is ready and eligible and its docker driver is healthy. */
    readonly ready: pulumi.Output<string>;
    /** Name of the host on the stack's network. */
    readonly hostName: string;

    constructor(name: string, args: NomadClientArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:NomadClient", name, {}, opts);
        const { settings, server } = args;
        const nodeName = `${settings.prefix}-nomad-client`;
        const data = stackVolume(settings.prefix, "nomad-client-data", { parent: this });
        const shared = {
            [ARTIFACTS_VOLUME]: stackVolume(settings.prefix, ARTIFACTS_VOLUME, { parent: this }),
            [DATA_VOLUME]: stackVolume(settings.prefix, DATA_VOLUME, { parent: this }),
        };
        // At its own mount point a path means the same to Nomad and to Docker.
        const volumes = [data, ...Object.values(shared)].map((volume) => ({ volume, path: volume.mountpoint }));
        const guardVolume = settings.dockerGuard
            ? stackVolume(settings.prefix, "nomad-guard", { parent: this })
            : undefined;
        // The socket's group as a container sees it: it differs from the host's on Docker Desktop and remote engines.
        const socketGroup = new InitContainer(
            `${name}-init`,
            {
                settings,
                part: "nomad-client",
                image: settings.nomadImage,
                script: pulumi
                    .all(volumes.map(({ path }) => path))
                    .apply((paths) =>
                        [
                            `chown ${NOMAD_USER} ${paths.join(" ")}`,
                            ...(guardVolume ? [GUARD_VOLUME_SCRIPT] : []),
                            "stat -c %g /var/run/docker.sock",
                        ].join(" && "),
                    ),
                volumes: guardVolume ? [...volumes, { volume: guardVolume, path: GUARD_DIRECTORY }] : volumes,
                socket: settings.dockerSocket,
            },
            { parent: this },
        ).output.apply(groupNumber);
        const guard =
            guardVolume &&
            new DockerGuard(
                "nomad-guard",
                {
                    settings,
                    volume: guardVolume,
                    socketGroup,
                    rules: {
                        nodeName,
                        networks: [args.network.networkName],
                        dataDirectory: data.mountpoint,
                        volumes: pulumi.all(mountpoints(shared)).apply(writableDirectories),
                    },
                },
                { parent: this },
            );
        const leaveToken = leaveTokenOf(name, server, this);
        const client = new ServiceContainer(
            name,
            {
                settings,
                network: args.network,
                part: "nomad-client",
                image: settings.nomadImage,
                entrypoints: ["/bin/sh", CLIENT_SCRIPT],
                user: NOMAD_USER,
                files: {
                    directory: AGENT_DIRECTORY,
                    files: [
                        {
                            path: AGENT_FILE,
                            content: pulumi
                                .all([args.consulToken, data.mountpoint, pulumi.all(mountpoints(shared))])
                                .apply(([consulToken, dataDirectory, paths]) =>
                                    nomadClientConfig({
                                        name: nodeName,
                                        consulAddress: args.consul.address,
                                        consulToken,
                                        serverAddress: `${server.hostName}:${NOMAD_RPC_PORT}`,
                                        dataDirectory,
                                        volumes: paths,
                                    }),
                                ),
                            owner: NOMAD_USER,
                            secret: true,
                        },
                        { path: LEAVE_TOKEN_FILE, content: leaveToken, owner: NOMAD_USER, secret: true },
                        {
                            path: CLIENT_SCRIPT,
                            content: clientScript(nodeName, server.internalUrl),
                        },
                    ],
                },
                ...(guard
                    ? { volumes: [...volumes, guard.mount], envs: guard.envs }
                    : { volumes, socket: settings.dockerSocket, groupAdds: [socketGroup] }),
                probe: `wget -q -O - 'http://127.0.0.1:${NOMAD_PORT}/v1/agent/health?type=client' | grep -q '"ok":true'`,
                memoryMiB: 1024,
                graceSeconds: LEAVE_SECONDS,
            },
            { parent: this },
        );
        this.hostName = client.containerName;
        const url = publishedUrl(settings, "nomad");
        this.ready = client.readyOnce(
            "Nomad client",
            nodeName,
            server.token.apply((token) => (signal: AbortSignal) => nodeReady({ url, token }, nodeName, signal)),
        );
        this.registerOutputs({ ready: this.ready });
    }
}

function mountpoints(volumes: Readonly<Record<string, docker.Volume>>): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(Object.entries(volumes).map(([name, { mountpoint }]) => [name, mountpoint]));
}

/** Host volumes by directory, and whether tasks may write there. */
function writableDirectories(paths: Readonly<Record<string, string>>): Record<string, boolean> {
    return Object.fromEntries(Object.entries(paths).map(([name, path]) => [path, name !== DATA_VOLUME]));
}

/**
 * The group number in what the init container printed.
 *
 * @throws when there is none.
 */
export function groupNumber(printed: string): string {
    // Some versions of the Docker provider leave the log's frame headers in; the number stands at the end.
    const number = /(\d+)\s*$/.exec(printed)?.[1];
    if (number === undefined) {
        throw new Error(`The group of the Docker socket is not known: the init container printed "${printed}".`);
    }
    return number;
}

/** A Nomad token that can do no more than what a leaving client needs. */
function leaveTokenOf(name: string, server: NomadServer, parent: pulumi.Resource): pulumi.Output<string> {
    const opts = { parent, provider: server.provider };
    const policy = new nomad.AclPolicy(
        `${name}-leave-policy`,
        { name: "client-leave", description: "What a leaving client needs", rulesHcl: CLIENT_LEAVE_RULES },
        opts,
    );
    return new nomad.AclToken(
        `${name}-leave-token`,
        { name: "client-leave", type: "client", policies: [policy.name] },
        opts,
    ).secretId;
}
