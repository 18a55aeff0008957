import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { AllocationFiles, FileNotThere, ListedFile } from "./allocation-files";
import { UserError } from "./user-error";

/** What became of one artifact. */
export interface Copied {
    /** Path below the artifacts' directory, with slashes. */
    readonly path: string;
    /** Bytes. */
    readonly size: number;
    readonly outcome: "new" | "replaced" | "kept" | "left out";
}

/**
 * Copies a directory of an allocation with all below it, file by file.
 *
 * A file appears under its name only when all of it has come; one that is there with the same content is kept. What is
 * neither a file nor a directory, such as a link, is left out.
 *
 * @param from directory in the allocation, with slashes.
 * @param to local directory, made when it is missing; nothing is written outside of it.
 * @throws FileNotThere when there is no such directory; UserError for a name that leads elsewhere, for a file that
 * changes meanwhile, and when Nomad or the disk fails.
 */
export async function* copyTree(files: AllocationFiles, from: string, to: string): AsyncGenerator<Copied> {
    yield* copyBelow(files, from, to, []);
}

async function* copyBelow(
    files: AllocationFiles,
    from: string,
    to: string,
    below: readonly string[],
): AsyncGenerator<Copied> {
    const listed = await files.list([from, ...below].join("/"));
    for (const entry of [...listed].sort((left, right) => (left.Name < right.Name ? -1 : 1))) {
        const names = [...below, entry.Name];
        const target = localPath(to, names);
        const path = names.join("/");
        if (entry.IsDir) {
            yield* copyBelow(files, from, to, names);
        } else if (!entry.FileMode.startsWith("-")) {
            yield { path, size: entry.Size, outcome: "left out" };
        } else {
            await onDisk(target, () => makeDirectoryWithin(to, dirname(target)));
            yield { path, size: entry.Size, outcome: await copyFile(files, `${from}/${path}`, entry, target) };
        }
    }
}

/**
 * Where an artifact belongs.
 *
 * @param names the names on the way to it, as Nomad lists them.
 * @throws UserError for a name that is none, and so could lead out of `root`.
 */
export function localPath(root: string, names: readonly string[]): string {
    for (const name of names) {
        // A backslash and a drive's colon mean nothing to the Linux that listed the name, but may mean something here.
        if (name === "" || name === "." || name === ".." || /[/\\\0]|^[A-Za-z]:/.test(name)) {
            throw new UserError(
                `Nomad lists an artifact named ${JSON.stringify(name)}, which could lead out of ${root}: it is not copied, nor is what comes after it.`,
            );
        }
    }
    return join(root, ...names);
}

/** A link in the place of a directory would lead elsewhere just as a name could. */
async function makeDirectoryWithin(root: string, directory: string): Promise<void> {
    await mkdir(root, { recursive: true });
    const realRoot = await realpath(root);
    // From the top, so that nothing is made behind a link.
    let at = root;
    for (const name of directory.slice(root.length).split(sep).filter(Boolean)) {
        at = join(at, name);
        await mkdir(at, { recursive: true });
        if (!(await realpath(at)).startsWith(realRoot + sep)) {
            throw new UserError(`${at} is a link that leads out of ${root}; remove it and try again.`);
        }
    }
}

async function copyFile(
    files: AllocationFiles,
    path: string,
    listed: ListedFile,
    target: string,
): Promise<Copied["outcome"]> {
    const part = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
    try {
        const hash = createHash("sha256");
        let size = 0;
        await onDisk(target, () =>
            pipeline(async function* () {
                for await (const piece of files.read(path)) {
                    hash.update(piece);
                    size += piece.length;
                    yield piece;
                }
            }, createWriteStream(part)),
        );
        await checkUnchanged(files, path, listed, size);
        const there = await onDisk(target, () => hashOf(target));
        if (there === hash.digest("hex")) {
            return "kept";
        }
        await onDisk(target, () => rename(part, target));
        return there === undefined ? "new" : "replaced";
    } finally {
        await rm(part, { force: true });
    }
}

async function checkUnchanged(files: AllocationFiles, path: string, listed: ListedFile, size: number): Promise<void> {
    const now = await files.stat(path).catch((error: unknown) => {
        if (error instanceof FileNotThere) {
            return undefined;
        }
        throw error;
    });
    if (now === undefined) {
        throw new UserError(`${path} was removed while it was copied; nothing of it was kept.`);
    }
    if (now.ModTime !== listed.ModTime || now.Size !== listed.Size) {
        throw new UserError(`${path} changed while it was copied; try again.`);
    }
    if (size !== now.Size) {
        throw new UserError(`Of ${path} ${size} bytes came instead of ${now.Size}; try again.`);
    }
}

/** Content of what is there under a name; undefined when nothing is, "" when it is no regular file. */
async function hashOf(path: string): Promise<string | undefined> {
    const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") {
            return undefined;
        }
        throw error;
    });
    if (!found?.isFile()) {
        return found && "";
    }
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
}

/** Says what the disk refused in a sentence. */
async function onDisk<T>(path: string, act: () => Promise<T>): Promise<T> {
    try {
        return await act();
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (error instanceof UserError || error instanceof FileNotThere || !code) {
            throw error;
        }
        throw new UserError(`${path} cannot be written (${code}); make room for it or move away what is in its place.`);
    }
}
