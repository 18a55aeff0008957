import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/** Log settings of every container: at most 30 MiB of log each. */
export const logRotation = { logDriver: "json-file", logOpts: { "max-size": "10m", "max-file": "3" } };

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

/**
 * `wait` is honoured at creation only: a container that never became healthy would pass the next `up` unseen. "*" makes
 * the engine replace what failed to initialise (Pulumi resource options, replaceOnChanges); a fixed name can only be
 * taken once, so the old container goes first.
 */
export const replacedWhenBroken = { replaceOnChanges: ["*"], deleteBeforeReplace: true };

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
