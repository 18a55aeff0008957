import { randomBytes } from "node:crypto";
import { PassThrough, Readable } from "node:stream";
import type Docker from "dockerode";
import { Header, extract } from "tar-stream";
import { connectEngine } from "../components/engine";
import { stackLabels } from "../components/labels";
import { NOMAD_USER } from "../components/nomad-config";
import { Settings } from "../components/settings";
import { ignoringGone } from "./containers";
import { Archive } from "./data-archive";
import { UserError, reasonOf } from "./user-error";

/** Something in a volume, with what is in it. */
export interface VolumeEntry {
    /** The names on the way to it, below the folder that is read. */
    readonly names: readonly string[];
    readonly type: Header["type"];
    /** Bytes. */
    readonly size: number;
    /** For a hard link (type "link"): the names on the way to the file, which came before, that it is another name of. */
    readonly linkNames: readonly string[];
    /** Is gone when the next entry comes. */
    readonly content: AsyncIterable<Uint8Array>;
}

/** There is no such file or folder in the volume. */
export class NotInVolume extends Error {}

const NOT_FOUND = 404;
const ROOT = "/volume";
const MEMORY_BYTES = 64 * 1024 * 1024;

/** Which volume, and what is needed to look into it. */
export interface VolumeAccess {
    readonly engine: Docker;
    /** The stack's. */
    readonly prefix: string;
    /** What the volume keeps: "artifacts" or "data". */
    readonly part: string;
    /** An image with a shell that the engine has. */
    readonly image: string;
}

/** A volume of the stack with these settings. */
export async function volumeOf(settings: Settings, part: string): Promise<VolumeAccess> {
    // The image of the container that the volume is there for.
    const { prefix, nomadImage: image } = settings;
    return { engine: await connectEngine(settings.dockerHost), prefix, part, image };
}

/**
 * The files of a volume of the stack, through the engine, so that it does not matter where that runs and who owns them.
 *
 * The engine locks a container while files are copied into or out of it: with Nomad's client its health check would
 * stand still for as long. So there is a container of its own for it, which reads its input and ends when this process
 * does, however that ends.
 */
export class VolumeFiles {
    private constructor(
        private readonly engine: Docker,
        private readonly container: Docker.Container,
        private readonly input: NodeJS.ReadWriteStream,
    ) {}

    /** @throws UserError when there is no such volume, or Docker does not answer; and what `act` throws. */
    static async use<T>(access: VolumeAccess, act: (files: VolumeFiles) => Promise<T>): Promise<T> {
        const files = await VolumeFiles.open(access);
        try {
            return await act(files);
        } finally {
            await files.close();
        }
    }

    private static async open({ engine, prefix, part, image }: VolumeAccess): Promise<VolumeFiles> {
        const volume = `${prefix}-${part}`;
        try {
            await engine.getVolume(volume).inspect();
        } catch (error) {
            throw statusOf(error) === NOT_FOUND
                ? new UserError(`There is no volume ${volume}; npm run up makes it.`)
                : engineFailed(error);
        }
        try {
            const container = await engine.createContainer({
                name: `${prefix}-files-${randomBytes(4).toString("hex")}`,
                Image: image,
                Entrypoint: ["cat"],
                Cmd: [],
                User: NOMAD_USER,
                OpenStdin: true,
                StdinOnce: true,
                Labels: Object.fromEntries(stackLabels(prefix, "files").map(({ label, value }) => [label, value])),
                HostConfig: {
                    Mounts: [{ Type: "volume", Source: volume, Target: ROOT }],
                    AutoRemove: true,
                    NetworkMode: "none",
                    CapDrop: ["ALL"],
                    SecurityOpt: ["no-new-privileges:true"],
                    Memory: MEMORY_BYTES,
                },
            });
            const input = await container.attach({ stream: true, stdin: true, hijack: true });
            await container.start();
            return new VolumeFiles(engine, container, input);
        } catch (error) {
            throw engineFailed(error);
        }
    }

    private async close(): Promise<void> {
        this.input.end();
        await ignoringGone(this.container.remove({ force: true }));
    }

    /**
     * A folder with all below it, each folder before what is in it.
     *
     * What is written meanwhile may come half.
     *
     * @param folder its name in the volume; the folder itself is not among the entries.
     * @throws NotInVolume; UserError when Docker cannot, and for a file that shrinks meanwhile.
     */
    async *read(folder: string): AsyncGenerator<VolumeEntry> {
        const source = await this.container.getArchive({ path: `${ROOT}/${folder}` }).catch((error: unknown) => {
            throw statusOf(error) === NOT_FOUND ? new NotInVolume(folder) : engineFailed(error);
        });
        const entries = extract();
        // The engine promises the size of a file before it reads it, and cannot go on when there is less of it by then.
        const failure = (error: unknown) =>
            (source as Readable).readableEnded
                ? new UserError("A file became smaller while it was read; try again.")
                : engineFailed(error);
        source.on("error", (error) => entries.destroy(error));
        source.pipe(entries);
        try {
            for await (const entry of entries) {
                const { name, type, size = 0, linkname } = entry.header;
                const names = namesIn(name).slice(1);
                if (names.length > 0) {
                    yield {
                        names,
                        type,
                        size,
                        linkNames: namesIn(linkname ?? "").slice(1),
                        content: pieces(entry, failure),
                    };
                }
                entry.resume();
            }
        } catch (error) {
            throw failure(error);
        } finally {
            (source as Readable).destroy();
        }
    }

    /**
     * Unpacks an archive into the volume, with the owners that it tells.
     *
     * @throws UserError when Docker cannot, and what made the archive fail.
     */
    async unpack({ stream, filled }: Archive): Promise<void> {
        const abort = new AbortController();
        let failure: unknown;
        filled.catch((error: unknown) => {
            failure = error;
            abort.abort();
        });
        try {
            // The engine's client sends any readable stream; its type names Node's only.
            const source = stream as unknown as NodeJS.ReadableStream;
            await this.container.putArchive(source, { path: ROOT, abortSignal: abort.signal });
        } catch (error) {
            throw failure ?? engineFailed(error);
        }
    }

    /**
     * Runs a shell script as the owner of the volume's files, in the volume.
     *
     * @param args "$1" and so on of the script.
     * @returns what it printed. @throws UserError when it fails
     */
    async run(script: string, ...args: string[]): Promise<string> {
        try {
            const command = await this.container.exec({
                Cmd: ["/bin/sh", "-c", script, "sh", ...args],
                User: NOMAD_USER,
                WorkingDir: ROOT,
                AttachStdout: true,
                AttachStderr: true,
            });
            const [stdout, stderr] = await this.output(await command.start({}));
            const { ExitCode } = await command.inspect();
            if (ExitCode !== 0) {
                const said = stderr.trim().split("\n").at(-1) || `exit code ${ExitCode}`;
                throw new UserError(`The volume cannot be worked on: ${said}`);
            }
            return stdout;
        } catch (error) {
            throw engineFailed(error);
        }
    }

    private async output(frames: Readable): Promise<[string, string]> {
        const streams = [new PassThrough(), new PassThrough()] as const;
        const texts = streams.map(async (stream) => Buffer.concat(await stream.toArray()).toString());
        this.engine.modem.demuxStream(frames, ...streams);
        frames.on("end", () => streams.forEach((stream) => stream.end()));
        frames.on("error", (error) => streams.forEach((stream) => stream.destroy(error)));
        return (await Promise.all(texts)) as [string, string];
    }
}

async function* pieces(entry: AsyncIterable<unknown>, failure: (error: unknown) => unknown) {
    try {
        yield* entry as AsyncIterable<Uint8Array>;
    } catch (error) {
        throw failure(error);
    }
}

/** "./a/b/" as ["a", "b"]; what is odd about a name is left for who uses it to refuse. */
function namesIn(path: string): string[] {
    return path.replace(/^\.\//, "").replace(/\/$/, "").split("/");
}

function statusOf(error: unknown): number | undefined {
    return (error as { statusCode?: number }).statusCode;
}

function engineFailed(error: unknown): unknown {
    const { statusCode, code } = error as { statusCode?: number; code?: string };
    if (error instanceof UserError || (statusCode === undefined && code === undefined)) {
        return error;
    }
    return new UserError(
        statusCode === undefined
            ? `Docker does not answer (${reasonOf(error)}); npm run status tells how the stack is.`
            : `Docker could not do it: ${reasonOf(error)}.`,
    );
}
