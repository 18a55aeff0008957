import { extract } from "tar-stream";
import { found } from "./secret-places";
import { Secrets } from "./secret-values";
import { StackContainer } from "./stack-containers";

/** A file that holds secrets: which ones, and who may read it. */
export interface SecretFile {
    readonly path: string;
    readonly mode: number;
    readonly secrets: string[];
}

export interface SearchedFiles {
    readonly searched: number;
    readonly holding: SecretFile[];
}

/** Kinds of a change to a container's own layer (Docker Engine API, "Get changes"): 2 is a removal. */
const REMOVED = 2;

/** Looks into every file that a container has beside those of its image: what was put into it, and what is mounted. */
export async function searchFiles(secrets: Secrets, container: StackContainer): Promise<SearchedFiles> {
    const holding: SecretFile[] = [];
    let searched = 0;
    for (const path of [...(await addedPaths(container)), ...container.mounts]) {
        await eachFile(container, path, ({ name, mode, content }) => {
            searched += 1;
            const inside = found(secrets, content.toString("latin1"));
            if (inside.length > 0) {
                holding.push({ path: `${container.name}:${path} ${name}`, mode, secrets: inside });
            }
        });
    }
    return { searched, holding };
}

/** Paths in the container's own layer below which nothing else has changed: files, and empty directories. */
async function addedPaths({ container, mounts }: StackContainer): Promise<string[]> {
    const answer = (await container.changes()) as unknown;
    // Where nothing has changed, the engine says null, and dockerode hands that on as bytes.
    const changes = Array.isArray(answer) ? (answer as { Path: string; Kind: number }[]) : [];
    const present = changes.filter(({ Kind }) => Kind !== REMOVED).map(({ Path }) => Path);
    return present.filter((path) => !mounts.includes(path) && !present.some((other) => other.startsWith(`${path}/`)));
}

interface File {
    readonly name: string;
    readonly mode: number;
    readonly content: Buffer;
}

async function eachFile({ container }: StackContainer, path: string, take: (file: File) => void): Promise<void> {
    const archive = await container.getArchive({ path });
    const files = archive.pipe(extract());
    for await (const entry of files) {
        const chunks: Buffer[] = [];
        for await (const chunk of entry) {
            chunks.push(chunk as Buffer);
        }
        if (entry.header.type === "file") {
            take({ name: entry.header.name, mode: entry.header.mode ?? 0, content: Buffer.concat(chunks) });
        }
    }
}
