import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { ContainerFile, VolumeMount, logRotation, mounts, replacedWhenBroken, uploads } from "./container-inputs";
import { stackLabels } from "./labels";
import { Settings } from "./settings";

export interface InitContainerArgs {
    readonly settings: Settings;
    readonly image: pulumi.Input<string>;
    /** The part of the stack it prepares; the container is `<prefix>-<part>-init`. */
    readonly part: string;
    /** Shell script to run once. */
    readonly script: pulumi.Input<string>;
    /** Files placed before the script runs, also inside volumes. */
    readonly files?: ContainerFile[];
    readonly volumes: VolumeMount[];
    /** Path of the engine's socket on its own host. @default not mounted */
    readonly socket?: string;
}

/**
 * A container that runs once, as root without a network, before a service starts: it gives a fresh volume its owner or
 * puts files into it. It stays behind, exited, as the record that this was done.
 */
export class InitContainer extends pulumi.ComponentResource {
    /** What the script printed; resolves when it has ended. */
    readonly output: pulumi.Output<string>;
    readonly container: docker.Container;

    constructor(name: string, args: InitContainerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:InitContainer", name, {}, opts);
        const part = `${args.part}-init`;
        this.container = new docker.Container(
            `${name}-container`,
            {
                name: `${args.settings.prefix}-${part}`,
                image: args.image,
                entrypoints: ["/bin/sh", "-c"],
                command: [args.script],
                user: "0:0",
                networkMode: "none",
                ...mounts(args.volumes, args.socket),
                ...uploads(args.files),
                mustRun: false,
                attach: true,
                logs: true,
                restart: "no",
                ...logRotation,
                capabilities: { adds: ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"], drops: ["ALL"] },
                securityOpts: ["no-new-privileges:true"],
                memory: 64,
                memorySwap: 64,
                labels: stackLabels(args.settings.prefix, part),
            },
            { parent: this, ...replacedWhenBroken },
        );
        this.output = pulumi
            .all([this.container.exitCode, this.container.containerLogs])
            .apply(([exitCode, logs]) => outputOf(part, exitCode, logs));
        this.registerOutputs();
    }
}

/** @throws when the script failed, with what it printed. */
function outputOf(part: string, exitCode: number | undefined, logs: string | undefined): string {
    // Both are unknown in a preview of a fresh stack, and some engines leave the code out once the container is old.
    if (exitCode !== undefined && exitCode !== 0) {
        throw new Error(`Container ${part} ended with exit code ${exitCode}: ${logs ?? "no output"}`);
    }
    return (logs ?? "").trim();
}
