import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { ContainerFile, VolumeMount, logRotation, mounts, replacedWhenBroken } from "./container-inputs";
import { lastLogLines, runInContainer } from "./engine";
import { InitContainer } from "./init-container";
import { stackLabels } from "./labels";
import { Network } from "./network";
import { ReadinessArgs, readyWhen } from "./readiness";
import { Settings } from "./settings";
import { stackVolume } from "./stack-volume";

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

/** /tmp of a service counts to its memory limit. */
const TMP_OPTIONS = "size=64m,mode=1777";

/** Port in a container and the port on `bindAddress` that leads to it. */
export interface PublishedPort {
    readonly internal: number;
    readonly external: number;
}

/** Files that a service reads, in one directory that holds nothing else. */
export interface ConfigurationFiles {
    readonly directory: string;
    /** Their paths are below the directory. */
    readonly files: ContainerFile[];
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
    /** Configuration, in a volume of its own: the engine puts no files into a root file system that is read-only. */
    readonly files?: ConfigurationFiles;
    /** The service may write to its root file system. @default false: to its volumes and to /tmp, in memory */
    readonly writableRoot?: boolean;
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
        const configuration = args.files && this.configurationOf(name, args, args.files);
        const container = new docker.Container(
            `${name}-container`,
            {
                name: this.containerName,
                image: args.image,
                command: args.command,
                entrypoints: args.entrypoints,
                envs: configuration ? [...(args.envs ?? []), configuration.generation] : args.envs,
                user: args.user,
                groupAdds: args.groupAdds,
                ...placement(args),
                ...mounts([...(args.volumes ?? []), ...(configuration ? [configuration.mount] : [])], args.socket),
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

    /**
     * Puts files into a volume before the container starts.
     *
     * @returns the volume for the container, and a variable for its environment that is another one when a file is: so
     * it starts anew with it.
     */
    private configurationOf(
        name: string,
        { settings, image, part }: ServiceContainerArgs,
        { directory, files }: ConfigurationFiles,
    ): { mount: VolumeMount; generation: pulumi.Output<string> } {
        const volume = stackVolume(settings.prefix, `${part}-files`, { parent: this });
        const placed = new InitContainer(
            `${name}-files`,
            {
                settings,
                part: `${part}-files`,
                image,
                script: files.map(({ path }) => `test -s ${path}`).join(" && "),
                files,
                volumes: [{ volume, path: directory }],
            },
            { parent: this },
        );
        const generation = pulumi.all([placed.container.id, placed.output]).apply(([id]) => `CONFIGURATION=${id}`);
        return { mount: { volume, path: directory, readOnly: true }, generation };
    }

    /** Runs a shell command in the container as its own user; for readiness, when a service wants one more step. */
    run(script: string): Promise<void> {
        return runInContainer(this.containerName, ["/bin/sh", "-c", script], this.settings.dockerHost);
    }
}

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
    };
}

function published(ports: PublishedPort | readonly PublishedPort[], { bindAddress }: Settings) {
    return [ports].flat().map(({ internal, external }) => ({ internal, external, ip: bindAddress, protocol: "tcp" }));
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
        ...logRotation,
    };
}

/** No root, no capability, no new privileges, and a bound on memory without swap. */
function confinement(args: ServiceContainerArgs): Partial<docker.ContainerArgs> {
    return {
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        ...(args.writableRoot ? {} : { readOnly: true, tmpfs: { "/tmp": TMP_OPTIONS } }),
        memory: args.memoryMiB,
        memorySwap: args.memoryMiB,
    };
}
