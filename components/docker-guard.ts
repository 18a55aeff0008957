import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { contextHash, placeExtraCa } from "./build-context";
import { VolumeMount } from "./container-inputs";
import { ServiceContainer } from "./service-container";
import { Settings } from "./settings";

/** Where the guard listens, in a volume that it shares with Nomad's client. */
export const GUARD_DIRECTORY = "/run/docker-guard";
const GUARD_SOCKET = `${GUARD_DIRECTORY}/docker.sock`;
const RULES_DIRECTORY = "/etc/docker-guard";
const RULES_FILE = `${RULES_DIRECTORY}/rules.json`;
/** Nobody else's uid, and the client's gid: so the client may connect, and cannot put a socket of its own there. */
const GUARD_USER = "1001:1000";
/** Makes the shared volume the guard's, and closed to all but the client's group. */
export const GUARD_VOLUME_SCRIPT = `chown ${GUARD_USER} ${GUARD_DIRECTORY} && chmod 0750 ${GUARD_DIRECTORY}`;

/** guard/Dockerfile takes these, and guard/.dockerignore lets nothing else into the build. */
const GUARD_INPUTS = ["Dockerfile", "docker_guard"];
/** Relative to the project, where Pulumi starts programs and plugins: one state for checkouts in different places. */
const GUARD_CONTEXT = path.relative(process.cwd(), path.join(__dirname, "..", "guard"));

/** What the tasks of one node may have. Paths are those of the engine's host. */
export interface GuardRules {
    readonly nodeName: string;
    /** Docker networks that tasks may join. */
    readonly networks: readonly string[];
    /** Nomad's data directory. */
    readonly dataDirectory: string;
    /** Directories of Nomad's host volumes, and whether tasks may write there. */
    readonly volumes: Readonly<Record<string, boolean>>;
}

/** The guard's rules file. */
export function guardFile(rules: GuardRules): string {
    return `${JSON.stringify({ engine: "/var/run/docker.sock", listen: GUARD_SOCKET, ...rules }, undefined, 2)}\n`;
}

export interface DockerGuardArgs {
    readonly settings: Settings;
    readonly rules: { [Rule in keyof GuardRules]: pulumi.Input<GuardRules[Rule]> };
    /** Volume for the guard's socket, made the guard's by `GUARD_VOLUME_SCRIPT` before `socketGroup` resolves. */
    readonly volume: docker.Volume;
    /** Number of the group that may use the engine's socket, as a container sees it. */
    readonly socketGroup: pulumi.Input<string>;
}

/**
 * Stands between Nomad's client and the engine's socket and refuses what no task needs: the docker driver cannot refuse
 * all of it by itself. It has no network, is not root and has no capability.
 */
export class DockerGuard extends pulumi.ComponentResource {
    /**
     * Environment of a client behind the guard. It names the guard's container, because a client that goes on while its
     * guard is replaced would take its tasks for ended: so it is stopped first and started again, and finds them.
     */
    readonly envs: pulumi.Output<string>[];
    /** The guard's socket for a client. */
    readonly mount: VolumeMount;

    constructor(name: string, args: DockerGuardArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:DockerGuard", name, {}, opts);
        const { settings, volume } = args;
        const image = guardImage(name, settings, this);
        const guard = new ServiceContainer(
            name,
            {
                settings,
                part: "nomad-guard",
                image: image.imageName,
                command: [RULES_FILE],
                user: GUARD_USER,
                groupAdds: [args.socketGroup],
                files: {
                    directory: RULES_DIRECTORY,
                    files: [{ path: RULES_FILE, content: pulumi.output(args.rules).apply(guardFile) }],
                },
                volumes: [{ volume, path: GUARD_DIRECTORY }],
                socket: settings.dockerSocket,
                // The kernel's list of sockets; a connection would need a program that the image does not have.
                probe: `grep -qF ${GUARD_SOCKET} /proc/net/unix`,
                memoryMiB: 128,
            },
            { parent: this },
        );
        this.envs = [
            pulumi.output(`DOCKER_HOST=unix://${GUARD_SOCKET}`),
            guard.containerId.apply((id) => `DOCKER_GUARD=${id}`),
        ];
        this.mount = { volume, path: GUARD_DIRECTORY, readOnly: true };
        this.registerOutputs();
    }
}

/** An image of its own: the trainer's changes often, and each change would restart the guard. */
function guardImage(name: string, settings: Settings, parent: pulumi.Resource): docker.Image {
    const base = settings.trainerBaseImage;
    placeExtraCa(GUARD_CONTEXT, settings.extraCaFile);
    return new docker.Image(
        `${name}-image`,
        {
            imageName: `${settings.prefix}-guard:${contextHash(GUARD_CONTEXT, GUARD_INPUTS, [base])}`,
            build: {
                context: GUARD_CONTEXT,
                dockerfile: `${GUARD_CONTEXT}/Dockerfile`,
                builderVersion: docker.BuilderVersion.BuilderBuildKit,
                args: { BASE_IMAGE: base },
            },
            skipPush: true,
        },
        { parent },
    );
}
