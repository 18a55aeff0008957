import { readFileSync } from "node:fs";
import type Docker from "dockerode";
import { pack } from "tar-stream";

/** Makes a Docker image `image` (name and tag) that holds nothing but busybox and links to it under the names of `applets`. */
export async function importBusybox(engine: Docker, image: string, applets: string[]): Promise<void> {
    const binary = process.env.BUSYBOX_BINARY;
    if (!binary) {
        throw new Error("BUSYBOX_BINARY must name a statically linked busybox for this test; it is not set.");
    }
    const tar = pack();
    tar.entry({ name: "bin/busybox", mode: 0o755 }, readFileSync(binary));
    for (const applet of applets) {
        tar.entry({ name: `bin/${applet}`, type: "symlink", linkname: "busybox" });
    }
    tar.finalize();
    const [repo, tag] = image.split(":");
    const stream = await engine.importImage(tar as unknown as NodeJS.ReadableStream as never, { repo, tag });
    await new Promise((resolve) => engine.modem.followProgress(stream, resolve));
}
