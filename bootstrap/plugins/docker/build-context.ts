import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { ignoreFilter } from "./dockerignore";

/** Name under which a Dockerfile from outside the context travels. */
const OUTSIDE_DOCKERFILE = ".dockerfile.outside-of-context";

interface ContextFile {
    /** Relative to the context, with forward slashes. */
    path: string;
    mode: number;
    content?: Buffer;
    /** Target of a symbolic link. */
    link?: string;
}

export interface BuildContext {
    /** SHA-256 over the paths, modes and contents that the build sees; times and owners do not count. */
    digest: string;
    /** Path of the Dockerfile in the archive. */
    dockerfile: string;
    /** The same bytes for the same digest. */
    archive(): Promise<Buffer>;
}

/**
 * Reads a build context as the builder shall see it: without what `.dockerignore` (or `<Dockerfile>.dockerignore`, which
 * wins) leaves out, but always with the Dockerfile itself.
 *
 * @param directory the context, absolute or relative to the working directory.
 * @param dockerfile likewise; may lie outside of the context.
 */
export async function readBuildContext(directory: string, dockerfile: string): Promise<BuildContext> {
    const root = resolve(directory);
    const relativeDockerfile = relative(root, resolve(dockerfile)).split(sep).join("/");
    const outside = relativeDockerfile.startsWith("../");
    const ignored = ignoreFilter(ignoreText(root, resolve(dockerfile)));
    const keep = (path: string) => path === relativeDockerfile || path === ".dockerignore" || !ignored(path);
    const files = await walk(root, "", keep);
    if (outside) {
        files.push({ path: OUTSIDE_DOCKERFILE, mode: 0o644, content: await readFile(dockerfile) });
    }
    files.sort((left, right) => (left.path < right.path ? -1 : 1));
    return {
        digest: digest(files),
        dockerfile: outside ? OUTSIDE_DOCKERFILE : relativeDockerfile,
        archive: () => archive(files),
    };
}

function ignoreText(root: string, dockerfile: string): string {
    const found = [`${dockerfile}.dockerignore`, join(root, ".dockerignore")].find((path) => existsSync(path));
    return found ? readFileSync(found, "utf8") : "";
}

async function walk(root: string, directory: string, keep: (path: string) => boolean): Promise<ContextFile[]> {
    const files: ContextFile[] = [];
    for (const name of await readdir(join(root, directory))) {
        const path = directory ? `${directory}/${name}` : name;
        const stats = await lstat(join(root, path));
        const mode = stats.mode & 0o777;
        if (stats.isDirectory()) {
            // An ignored directory is still walked: a later "!" may take back what is in it.
            const inside = await walk(root, path, keep);
            files.push(...(keep(path) || inside.length > 0 ? [{ path: `${path}/`, mode }] : []), ...inside);
        } else if (keep(path) && stats.isSymbolicLink()) {
            files.push({ path, mode: 0o777, link: await readlink(join(root, path)) });
        } else if (keep(path) && stats.isFile()) {
            files.push({ path, mode, content: await readFile(join(root, path)) });
        }
    }
    return files;
}

function digest(files: readonly ContextFile[]): string {
    const hash = createHash("sha256");
    for (const { path, mode, content, link } of files) {
        const size = content?.length ?? -1;
        hash.update(JSON.stringify([path, mode, link ?? null, size])).update(content ?? "");
    }
    return hash.digest("hex");
}

function archive(files: readonly ContextFile[]): Promise<Buffer> {
    const tar = pack();
    for (const { path, mode, content, link } of files) {
        const type = link !== undefined ? "symlink" : path.endsWith("/") ? "directory" : "file";
        tar.entry({ name: path, mode, type, linkname: link, mtime: new Date(0), uid: 0, gid: 0 }, content ?? "");
    }
    tar.finalize();
    return buffer(tar);
}
