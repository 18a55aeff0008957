import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { lastLogLines, runInContainer } from "./engine";
import { stackLabels } from "./labels";
import { Network } from "./network";
import { ReadinessArgs, readyWhen } from "./readiness";
import { Settings } from "./settings";

/**
 * Time between two health probes. `wait` looks once a second, so probing faster would not be noticed. There is no start
 * period: in one, engines from 25 on probe every 5 s, and a shorter start interval is refused for older engines.
 */
const PROBE_INTERVAL = "1s";
const PROBE_TIMEOUT = "5s";
/** Probes that may fail in a row, also while a server starts: half a minute. `wait` goes by its own deadline. */
const PROBE_RETRIES = 30;

/** Time a server gets to write its state before it is killed. */
const GRACE_SECONDS = 30;

/** Log rotation of every container: at most 30 MiB of log each. */
const LOG_ROTATION = { "max-size": "10m", "max-file": "3" };

/** A text file placed in a container before it starts. */
export interface ContainerFile {
    readonly path: string;
    readonly content: pulumi.Input<string>;
    /** `uid:gid` that owns the file. @default "0:0" */
    readonly owner?: string;
    /** Octal mode. @default "0644", or "0600" where `secret` is set */
    readonly mode?: string;
    /** The content is a secret: encrypted in state, readable by its owner only. @default false */
    readonly secret?: boolean;
}

/** A named volume of the stack mounted into a container. */
export interface VolumeMount {
    readonly volume: docker.Volume;
    readonly path: pulumi.Input<string>;
    /** @default false */
    readonly readOnly?: boolean;
}

/** Port in a container and the port on `bindAddress` that leads to it. */
export interface PublishedPort {
    readonly internal: number;
    readonly external: number;
}

export interface ServiceContainerArgs {
    readonly settings: Settings;
    /** @default no network at all */
    readonly network?: Network;
    /** Id of a container whose network it shares, in place of `network`. @default it has its own */
    readonly networkOf?: pulumi.Input<string>;
    readonly image: pulumi.Input<string>;
    /** The part of the stack this is, such as "consul"; the container is `<prefix>-<part>`. */
    readonly part: string;
    /** Shell command that succeeds when the service serves. */
    readonly probe: string;
    /** @default nothing is published */
    readonly publish?: PublishedPort | readonly PublishedPort[];
    readonly command?: pulumi.Input<pulumi.Input<string>[]>;
    readonly entrypoints?: string[];
    readonly envs?: pulumi.Input<string>[];
    /** `uid:gid` of the service. */
    readonly user: string;
    /** Supplementary groups by number. */
    readonly groupAdds?: pulumi.Input<string>[];
    readonly files?: ContainerFile[];
    readonly volumes?: VolumeMount[];
    /** Path of the engine's socket on its own host, mounted writable at /var/run/docker.sock. @default not mounted */
    readonly socket?: string;
    /** Memory limit in MiB. */
    readonly memoryMiB: number;
    /** Seconds between SIGTERM and SIGKILL. @default 30 */
    readonly graceSeconds?: number;
}

/**
 * A long-running server on Docker. Every rule that all of them share lives here and nowhere else: log rotation, health
 * check and the wait for it, loopback ports, restart policy, grace period, labels, privileges, replacement.
 */
export class ServiceContainer extends pulumi.ComponentResource {
    /** Docker's id of the container; resolves when its health check passes. */
    readonly containerId: pulumi.Output<string>;
    /** The container's name, which is also its host name on the stack's network. */
    readonly containerName: string;
    private readonly settings: Settings;

    constructor(name: string, args: ServiceContainerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:ServiceContainer", name, {}, opts);
        this.containerName = `${args.settings.prefix}-${args.part}`;
        const container = new docker.Container(
            `${name}-container`,
            {
                name: this.containerName,
                image: args.image,
                command: args.command,
                entrypoints: args.entrypoints,
                envs: args.envs,
                user: args.user,
                groupAdds: args.groupAdds,
                ...placement(args),
                ...uploads(args.files),
                ...lifecycle(args),
                ...confinement(args),
                labels: stackLabels(args.settings.prefix, args.part),
            },
            { parent: this, dependsOn: args.network?.network, ...replacedWhenBroken },
        );
        this.containerId = container.id;
        this.settings = args.settings;
        this.registerOutputs();
    }

    /**
     * A readiness output: resolves to `result` once the container is healthy and `ask` misses nothing any more.
     *
     * @param service the service as people know it, such as "Nomad server"; named when it is not ready in time.
     * @param way what has to be there besides, for `ask` to reach it. @default nothing
     */
    readyOnce(
        service: string,
        result: string,
        ask: pulumi.Input<ReadinessArgs["ask"]>,
        way?: pulumi.Output<unknown>,
    ): pulumi.Output<string> {
        const { dockerHost, readyTimeoutSeconds: timeoutSeconds } = this.settings;
        const logs = () => lastLogLines(this.containerName, dockerHost);
        const readiness = pulumi.output(ask).apply((asks) => ({ service, ask: asks, timeoutSeconds, logs }));
        const started = way ? pulumi.all([this.containerId, way]).apply(([id]) => id) : this.containerId;
        return readyWhen(started, result, readiness);
    }

    /** Runs a shell command in the container as its own user; for readiness, when a service wants one more step. */
    run(script: string): Promise<void> {
        return runInContainer(this.containerName, ["/bin/sh", "-c", script], this.settings.dockerHost);
    }
}

/**
 * `wait` is honoured at creation only: a container that never became healthy would pass the next `up` unseen. "*" makes
 * the engine replace what failed to initialise (Pulumi resource options, replaceOnChanges); a fixed name can only be
 * taken once, so the old container goes first.
 */
export const replacedWhenBroken = { replaceOnChanges: ["*"], deleteBeforeReplace: true };

function placement(args: ServiceContainerArgs): Partial<docker.ContainerArgs> {
    return {
        // Explicit, because its default differs between operating systems (pulumi/pulumi-docker#1272).
        networkMode: args.networkOf
            ? pulumi.interpolate`container:${args.networkOf}`
            : args.network
              ? "bridge"
              : "none",
        networksAdvanced: args.network && [{ name: args.network.networkName }],
        ports: args.publish && published(args.publish, args.settings),
        ...mounts(args.volumes, args.socket),
    };
}

function published(ports: PublishedPort | readonly PublishedPort[], { bindAddress }: Settings) {
    return [ports].flat().map(({ internal, external }) => ({ internal, external, ip: bindAddress, protocol: "tcp" }));
}

/** Volumes and the engine's socket as container inputs. */
export function mounts(volumes: VolumeMount[] = [], socket?: string): Pick<docker.ContainerArgs, "volumes"> {
    const named = volumes.map(({ volume, path, readOnly }) => ({
        volumeName: volume.name,
        containerPath: path,
        readOnly: readOnly ?? false,
    }));
    const engine = socket === undefined ? [] : [{ hostPath: socket, containerPath: "/var/run/docker.sock" }];
    return named.length + engine.length > 0 ? { volumes: [...named, ...engine] } : {};
}

/** Files as container inputs. */
export function uploads(files: ContainerFile[] = []): Pick<docker.ContainerArgs, "uploads"> {
    if (files.length === 0) {
        return {};
    }
    return {
        uploads: files.map((file) => {
            const [owner, group] = (file.owner ?? "0:0").split(":");
            return {
                file: file.path,
                content: file.secret ? pulumi.secret(file.content) : file.content,
                permissions: file.mode ?? (file.secret ? "0600" : "0644"),
                owner,
                group,
            };
        }),
    };
}

function lifecycle(args: ServiceContainerArgs): Partial<docker.ContainerArgs> {
    return {
        healthcheck: {
            tests: ["CMD-SHELL", args.probe],
            interval: PROBE_INTERVAL,
            timeout: PROBE_TIMEOUT,
            retries: PROBE_RETRIES,
        },
        wait: true,
        waitTimeout: args.settings.readyTimeoutSeconds,
        mustRun: true,
        restart: "unless-stopped",
        destroyGraceSeconds: args.graceSeconds ?? GRACE_SECONDS,
        logDriver: "json-file",
        logOpts: LOG_ROTATION,
    };
}

/** No root, no capability, no new privileges, and a bound on memory without swap. */
function confinement(args: ServiceContainerArgs): Partial<docker.ContainerArgs> {
    return {
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        memory: args.memoryMiB,
        memorySwap: args.memoryMiB,
    };
}

/** Log settings for containers that are not services. */
export const logRotation = { logDriver: "json-file", logOpts: LOG_ROTATION };
