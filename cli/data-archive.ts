import { Stats, createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Pack, pack } from "tar-stream";
import { NOMAD_USER } from "../components/nomad-config";
import { problemOf } from "./data-names";
import { UserError } from "./user-error";

/** What an archive was made of. */
export interface Packed {
    /** Regular files. */
    files: number;
    /** Bytes. */
    size: number;
    /** Local paths of what is neither a file nor a folder, such as links. */
    readonly leftOut: string[];
}

/** A tar stream that is written while it is read. */
export interface Archive {
    readonly stream: Pack;
    /** Rejects when there is something that cannot be read; the stream then never ends. */
    readonly filled: Promise<void>;
}

const [UID, GID] = NOMAD_USER.split(":").map(Number);
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;
const PROGRAM_MODE = 0o755;
const OWNER_EXECUTES = 0o100;

/**
 * A local file or folder as a tar stream in which all of it belongs to the user of the trainings.
 *
 * A link that is named itself stands for what it leads to; links below a folder are left out, as they mean something
 * else in the volume.
 *
 * @param path local, absolute.
 * @param folder the archive's only top folder.
 * @param name what it is called in that folder.
 * @param packed filled while the stream is read.
 */
export function archiveOf(path: string, folder: string, name: string, packed: Packed): Archive {
    const stream = pack();
    const fill = async () => {
        stream.entry({ name: folder, type: "directory", mode: FOLDER_MODE, uid: UID, gid: GID, mtime: new Date() });
        await add(stream, path, `${folder}/${name}`, await stat(path), packed);
        stream.finalize();
    };
    const filled = fill().catch((error: Error) => {
        throw readable(path, error);
    });
    return { stream, filled };
}

async function add(archive: Pack, path: string, name: string, found: Stats, packed: Packed): Promise<void> {
    const owner = { name, uid: UID, gid: GID, mtime: found.mtime };
    if (found.isDirectory()) {
        archive.entry({ ...owner, type: "directory", mode: FOLDER_MODE });
        await addBelow(archive, path, name, packed);
        return;
    }
    const mode = found.mode & OWNER_EXECUTES ? PROGRAM_MODE : FILE_MODE;
    const entry = archive.entry({ ...owner, size: found.size, mode });
    await pipeline(contentOf(path, found.size), entry as unknown as NodeJS.WritableStream);
    packed.files += 1;
    packed.size += found.size;
}

/** As much as was promised, also of a log that grows meanwhile. @throws when there is less */
async function* contentOf(path: string, size: number): AsyncGenerator<Buffer> {
    let left = size;
    // The end is the last byte that is read, and there is none before the first.
    for await (const piece of size === 0 ? [] : createReadStream(path, { end: size - 1 })) {
        left -= (piece as Buffer).length;
        yield piece as Buffer;
    }
    if (left > 0) {
        throw new UserError(`${path} became smaller while it was sent; nothing of it was kept. Try again.`);
    }
}

async function addBelow(archive: Pack, folder: string, name: string, packed: Packed): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
        const path = join(folder, entry.name);
        const problem = problemOf(entry.name);
        if (problem) {
            throw new UserError(`${JSON.stringify(path)} cannot be put into the data volume: its name ${problem}.`);
        }
        if (entry.isFile() || entry.isDirectory()) {
            await add(archive, path, `${name}/${entry.name}`, await stat(path), packed);
        } else {
            packed.leftOut.push(path);
        }
    }
}

function readable(path: string, error: Error): Error {
    if (error instanceof UserError) {
        return error;
    }
    const { code, path: at = path } = error as NodeJS.ErrnoException;
    return new UserError(
        `${at} cannot be read (${code ?? error.message}); nothing of it was put into the data volume.`,
    );
}
