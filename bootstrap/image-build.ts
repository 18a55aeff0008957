import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import Docker from "dockerode";
import { pack } from "tar-stream";

import { CommandError, lastLines } from "./command";
import { ImageRecipe, dockerfileOf, originOf } from "./image-recipes";
import { Locations } from "./locations";

/** What an image is built from. */
export interface ImageBuild {
    recipe: ImageRecipe;
    /** the name and tag the image gets */
    reference: string;
    /** the Debian image whose packages the first stage installs */
    base: string;
    /** the directory with the recipe's compiled executables */
    executables?: string;
    /** the directory with the sources of the recipe's module */
    sources?: string;
    /** a CA bundle for the package mirror; stays in the dropped first stage */
    extraCaFile?: string;
}

/** Says on the image where it comes from: nothing in the program can tell it from the official one, but people should. */
export const builtFromLabel = "mlops-infra.built-from";

/** Builds and tags an image. Throws {@link CommandError} with the build's last lines when it fails. */
export async function buildImage(docker: Docker, build: ImageBuild, locations: Locations): Promise<void> {
    const { name, title, release, builtFrom } = originOf(build.recipe, locations);
    const stream = await docker.buildImage(contextOf(build, locations), {
        t: build.reference,
        buildargs: { BASE: build.base, ...packageIndex(process.env), ...proxySettings(process.env) },
        labels: {
            [builtFromLabel]: builtFrom,
            "org.opencontainers.image.title": title,
            "org.opencontainers.image.version": release,
        },
        // The engine's own network reaches what its host does, a proxy on localhost too.
        networkmode: "host",
        forcerm: true,
    });
    await followBuild(stream, join(locations.cache, "logs", `image-${name}.log`), build.reference);
}

/** The build context as a tar stream with constant times and owners, so that the engine's layer cache works. */
export function contextOf(build: ImageBuild, locations: Locations): Readable {
    const { recipe } = build;
    const archive = pack();
    const add = (name: string, content: Buffer | string, mode = 0o644) =>
        archive.entry({ name, mode, mtime: new Date(0), uid: 0, gid: 0 }, content);
    add("Dockerfile", dockerfileOf(recipe, locations));
    add("extra-ca.pem", build.extraCaFile === undefined ? "" : readFileSync(build.extraCaFile));
    const { sources = "", executables = "" } = build;
    for (const [name, source] of Object.entries(recipe.sources)) {
        // Module archives carry no file modes.
        add(name, readFileSync(join(sources, source)), name.endsWith(".sh") ? 0o755 : 0o644);
    }
    for (const name of Object.keys("module" in recipe ? recipe.module.executables : {})) {
        add(name, readFileSync(join(executables, name)), 0o755);
    }
    archive.finalize();
    return archive.pipe(new PassThrough());
}

/** pip's own setting, for images that install from its index. */
function packageIndex({ PIP_INDEX_URL }: NodeJS.ProcessEnv): Record<string, string> {
    return PIP_INDEX_URL ? { PIP_INDEX_URL } : {};
}

/** The proxy settings Docker predefines as build arguments: used in the build and kept out of the image. */
export function proxySettings(environment: NodeJS.ProcessEnv): Record<string, string> {
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
    return Object.fromEntries(
        names.flatMap((name) => (environment[name] ? [[name, environment[name] as string]] : [])),
    );
}

/** Removes the dropped first stages of finished builds: they are as large as the images. */
export async function removeStages(docker: Docker): Promise<void> {
    // An engine may keep a parent of what it has just removed: until there is nothing left.
    for (let round = 0; round < 5; round++) {
        const { ImagesDeleted } = await docker.pruneImages({
            filters: { dangling: ["true"], label: ["mlops-infra.stage"] },
        });
        if (!ImagesDeleted?.length) {
            return;
        }
    }
}

interface BuildMessage {
    stream?: string;
    error?: string;
}

/** Writes what the build says to its log; throws when the engine reports an error. */
async function followBuild(stream: NodeJS.ReadableStream, log: string, reference: string): Promise<void> {
    mkdirSync(dirname(log), { recursive: true });
    let failure: string | undefined;
    async function* text(): AsyncGenerator<string> {
        for await (const line of createInterface({ input: stream })) {
            const message = JSON.parse(line) as BuildMessage;
            failure ??= message.error;
            yield message.stream ?? message.error ?? "";
        }
    }
    await pipeline(text, createWriteStream(log));
    if (failure !== undefined) {
        throw new CommandError(`docker build ${reference}`, `failed: ${failure}`, await lastLines(log, 8), log);
    }
}
