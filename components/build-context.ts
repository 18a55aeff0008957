import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Name of the CA bundle in a build context: bound into `RUN` steps, never copied into a layer, never committed. */
export const EXTRA_CA_FILE = ".extra-ca.crt";

/** Not part of the image: caches, tests and what belongs to this machine. Kept in step with trainer/.dockerignore. */
const NOT_IN_IMAGE = /^(tests|\.venv|\.extra-ca\.crt|requirements-dev\.(in|txt))$|^(\.|__pycache__$)|\.egg-info$|\.md$/;

/**
 * Hash of what an image is built from: file names, contents and `inputs` (such as the base image). 12 hex digits, the
 * same on every machine.
 *
 * @throws when the directory is missing.
 */
export function contextHash(directory: string, inputs: readonly string[]): string {
    const hash = createHash("sha256").update(JSON.stringify(inputs));
    for (const file of filesOf(directory)) {
        hash.update(`\0${relative(directory, file).split(sep).join("/")}\0`).update(readFileSync(file));
    }
    return hash.digest("hex").slice(0, 12);
}

function filesOf(directory: string): string[] {
    return readdirSync(directory, { withFileTypes: true })
        .filter((entry) => !NOT_IN_IMAGE.test(entry.name))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => {
            const path = join(directory, entry.name);
            return entry.isDirectory() ? filesOf(path) : [path];
        });
}

/**
 * Puts the CA bundle beside the Dockerfile, or takes an old one away. Builds behind a proxy that re-signs TLS need it.
 *
 * @throws when `caFile` does not exist.
 */
export function placeExtraCa(directory: string, caFile: string | undefined): void {
    const target = join(directory, EXTRA_CA_FILE);
    if (caFile === undefined) {
        rmSync(target, { force: true });
        return;
    }
    if (!existsSync(caFile) || !statSync(caFile).isFile()) {
        throw new Error(`Configuration key extraCaFile is "${caFile}", but there is no such file; name a PEM file.`);
    }
    if (!existsSync(target) || !readFileSync(target).equals(readFileSync(caFile))) {
        copyFileSync(caFile, target);
    }
}
