import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type Docker from "dockerode";

/** Lines of a failed container's log that go into the error. */
const TAIL = 10;

/** Standard output and standard error of a container in the order they were written. */
export async function wholeLog(container: Docker.Container, tty: boolean): Promise<string> {
    return plainLog(await container.logs({ stdout: true, stderr: true, follow: false }), tty);
}

/** The log's last lines, for an error; empty when the engine's log driver keeps none. */
export async function lastLines(container: Docker.Container): Promise<string> {
    try {
        const { Config } = await container.inspect();
        return plainLog(await container.logs({ stdout: true, stderr: true, follow: false, tail: TAIL }), Config.Tty);
    } catch {
        return "";
    }
}

const HEADER_BYTES = 8;

/** Takes out the frame headers that the engine puts before each piece of output, unless a terminal was allocated. */
export function plainLog(log: Buffer, tty: boolean): string {
    if (tty) {
        return log.toString();
    }
    const pieces: Buffer[] = [];
    for (let at = 0; at + HEADER_BYTES <= log.length;) {
        const end = at + HEADER_BYTES + log.readUInt32BE(at + 4);
        pieces.push(log.subarray(at + HEADER_BYTES, end));
        at = end;
    }
    return Buffer.concat(pieces).toString();
}

/** Follows the log from the start until the container ends, so that nothing is lost when the engine removes it then. */
export async function followLog(engine: Docker, container: Docker.Container, tty: boolean): Promise<string> {
    const chunks: Buffer[] = [];
    const sink = new Writable({
        write(chunk: Buffer, _encoding, done) {
            chunks.push(chunk);
            done();
        },
    });
    const stream = await container.logs({ stdout: true, stderr: true, follow: true });
    if (tty) {
        stream.pipe(sink);
    } else {
        engine.modem.demuxStream(stream, sink, sink);
    }
    await finished(stream as NodeJS.ReadableStream);
    return Buffer.concat(chunks).toString();
}
