import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { UserError } from "./user-error";
import { VolumeEntry } from "./volume-files";

/** What became of one artifact. */
export interface Copied {
    /** Path below the run's folder, with slashes. */
    readonly path: string;
    /** Bytes. */
    readonly size: number;
    readonly outcome: "new" | "replaced" | "kept" | "no file" | "changing";
}

/** Content hashes of files by path, with slashes. */
export type Contents = ReadonlyMap<string, string>;

/** Reads everything once: what a second reading finds the same was not being written. */
export async function contentsOf(entries: AsyncIterable<VolumeEntry>): Promise<Contents> {
    const contents = new Map<string, string>();
    for await (const { names, type, linkNames, content } of entries) {
        if (type === "file") {
            contents.set(names.join("/"), await hashOf(content));
        } else if (type === "link") {
            contents.set(names.join("/"), contents.get(linkNames.join("/")) ?? "");
        }
    }
    return contents;
}

/**
 * Copies what a run left behind, file by file.
 *
 * A file appears under its name only when all of it has come; one that is there with the same content is kept. What is
 * neither a file nor a folder, such as a symbolic link, is left out.
 *
 * @param to local folder, made when it is missing; nothing is written outside of it.
 * @param expected only files with this content are copied. @default all
 * @throws UserError for a name that leads elsewhere, and when the disk fails.
 */
export async function* copyTree(
    entries: AsyncIterable<VolumeEntry>,
    to: string,
    expected?: Contents,
): AsyncGenerator<Copied> {
    // By path: what a hard link may be another name of.
    const copied = new Map<string, number>();
    for await (const { names, type, size, linkNames, content } of entries) {
        const target = localPath(to, names);
        const path = names.join("/");
        const linkedSize = copied.get(linkNames.join("/"));
        if (type === "file" || (type === "link" && linkedSize !== undefined)) {
            await onDisk(target, () => makeDirectoryWithin(to, dirname(target)));
            const source = type === "file" ? content : createReadStream(localPath(to, linkNames));
            const outcome = await copyFile(source, target, expected && (expected.get(path) ?? ""));
            if (outcome !== "changing") {
                copied.set(path, linkedSize ?? size);
            }
            yield { path, size: linkedSize ?? size, outcome };
        } else if (type !== "directory") {
            yield { path, size, outcome: type === "link" ? "changing" : "no file" };
        }
    }
}

/**
 * Where an artifact belongs.
 *
 * @param names the names on the way to it, as they are in the volume.
 * @throws UserError for a name that is none, and so could lead out of `root`.
 */
export function localPath(root: string, names: readonly string[]): string {
    for (const name of names) {
        // A backslash and a drive's colon mean nothing to the Linux that has the name, but may mean something here.
        if (name === "" || name === "." || name === ".." || /[/\\\0]|^[A-Za-z]:/.test(name)) {
            throw new UserError(
                `There is an artifact named ${JSON.stringify(name)}, which could lead out of ${root}: it is not copied, nor is what comes after it.`,
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
    source: AsyncIterable<Uint8Array>,
    target: string,
    expected: string | undefined,
): Promise<Copied["outcome"]> {
    const part = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
    try {
        const hash = createHash("sha256");
        await onDisk(target, () =>
            pipeline(async function* () {
                for await (const piece of source) {
                    hash.update(piece);
                    yield piece;
                }
            }, createWriteStream(part)),
        );
        const came = hash.digest("hex");
        if (expected !== undefined && came !== expected) {
            return "changing";
        }
        const there = await onDisk(target, () => contentOf(target));
        if (there === came) {
            return "kept";
        }
        await onDisk(target, () => rename(part, target));
        return there === undefined ? "new" : "replaced";
    } finally {
        await rm(part, { force: true });
    }
}

/** Content of what is there under a name; undefined when nothing is, "" when it is no regular file. */
async function contentOf(path: string): Promise<string | undefined> {
    const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") {
            return undefined;
        }
        throw error;
    });
    return found?.isFile() ? hashOf(createReadStream(path)) : found && "";
}

async function hashOf(content: AsyncIterable<Uint8Array>): Promise<string> {
    const hash = createHash("sha256");
    for await (const piece of content) {
        hash.update(piece);
    }
    return hash.digest("hex");
}

/** Says what the disk refused in a sentence. */
async function onDisk<T>(path: string, act: () => Promise<T>): Promise<T> {
    try {
        return await act();
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (error instanceof UserError || !code) {
            throw error;
        }
        throw new UserError(`${path} cannot be written (${code}); make room for it or move away what is in its place.`);
    }
}
