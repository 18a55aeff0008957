import type Docker from "dockerode";

/**
 * A client of the Docker engine at `address` (unix://, npipe://, tcp://, ssh://; undefined: DOCKER_HOST, then the
 * platform's default socket).
 */
export async function connectEngine(address: string | undefined): Promise<Docker> {
    // Loaded when used: a program that starts well never needs an engine client of its own.
    const { default: Engine } = await import("dockerode");
    return address === undefined ? new Engine() : new Engine(engineOptions(address));
}

/** dockerode's options for an engine address as Docker's own tools write it. */
export function engineOptions(address: string): Docker.DockerOptions {
    const local = /^(?:unix|npipe):\/\/(.+)$/.exec(address);
    if (local) {
        return { socketPath: local[1] };
    }
    const { protocol, hostname, port, username } = new URL(address);
    if (protocol === "ssh:") {
        return { protocol: "ssh", host: hostname, port: port || 22, username: username || undefined };
    }
    return { protocol: "http", host: hostname, port: port || 2375 };
}

/** How many of a container's last log lines a failure shows. */
export const LOG_LINES = 15;

/** The last log lines of a container, read from the engine that runs it. */
export async function lastLogLines(containerName: string, dockerHost: string | undefined): Promise<string> {
    const engine = await connectEngine(dockerHost);
    const log = await engine.getContainer(containerName).logs({ stdout: true, stderr: true, tail: LOG_LINES });
    return plainLog(log);
}

/**
 * Runs a command in a container, as the container's own user. Its arguments are seen by others: no secrets.
 *
 * @throws when it fails, with what it printed.
 */
export async function runInContainer(
    containerName: string,
    command: string[],
    dockerHost: string | undefined,
): Promise<void> {
    const engine = await connectEngine(dockerHost);
    const container = engine.getContainer(containerName);
    const exec = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
    const printed: Buffer[] = [];
    for await (const chunk of await exec.start({})) {
        printed.push(chunk as Buffer);
    }
    const { ExitCode: code } = await exec.inspect();
    if (code !== 0) {
        const output = plainLog(Buffer.concat(printed)).trim();
        throw new Error(`"${command.join(" ")}" in ${containerName} ended with exit code ${code}: ${output}`);
    }
}

const FRAME_HEADER_BYTES = 8;

/** Takes the frame headers out of an engine's multiplexed log (Docker Engine API, "Attach to a container": 8 bytes, the last 4 the length). */
export function plainLog(log: Buffer): string {
    const parts: string[] = [];
    for (let at = 0; at + FRAME_HEADER_BYTES <= log.length;) {
        const start = at + FRAME_HEADER_BYTES;
        at = start + log.readUInt32BE(at + 4);
        parts.push(log.subarray(start, at).toString());
    }
    return parts.join("");
}
