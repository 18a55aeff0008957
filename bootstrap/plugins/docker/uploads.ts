import { readFile } from "node:fs/promises";
import { pack } from "tar-stream";

export interface Upload {
    file: string;
    content?: string;
    contentBase64?: string;
    source?: string;
    executable?: boolean;
    permissions?: string;
    owner?: string;
    group?: string;
}

/** A tar archive of `uploads`, to be unpacked at `/` of a container. `source` is a path on this machine. */
export async function uploadArchive(uploads: readonly Upload[]): Promise<Buffer> {
    const archive = pack();
    for (const upload of uploads) {
        const header = {
            name: upload.file.replace(/^\/+/, ""),
            mode: upload.permissions ? parseInt(upload.permissions, 8) : upload.executable ? 0o744 : 0o644,
            uid: Number(upload.owner ?? 0),
            gid: Number(upload.group ?? 0),
            mtime: new Date(),
        };
        archive.entry(header, await content(upload));
    }
    archive.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of archive) {
        chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
}

async function content(upload: Upload): Promise<Buffer> {
    if (upload.source) {
        return readFile(upload.source).catch((error: Error) => {
            throw new Error(`could not read file ${upload.source} for ${upload.file}: ${error.message}`);
        });
    }
    return upload.contentBase64 ? Buffer.from(upload.contentBase64, "base64") : Buffer.from(upload.content ?? "");
}
