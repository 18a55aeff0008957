import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Name of the CA bundle in a build context: bound into `RUN` steps, never copied into a layer, never committed. */
export const EXTRA_CA_FILE = ".extra-ca.crt";

/** What the trainer image is made of; trainer/.dockerignore lets nothing else into the build. */
export const TRAINER_INPUTS = ["Dockerfile", "mlops_trainer", "requirements.txt"];

/**
 * Hash of what an image is built from: names and contents of the files among `paths`, and `inputs` (such as the base
 * image). 12 hex digits, the same on every machine.
 *
 * @throws when a path is missing.
 */
export function contextHash(directory: string, paths: readonly string[], inputs: readonly string[]): string {
    const hash = createHash("sha256").update(JSON.stringify(inputs));
    for (const file of [...paths].sort().flatMap((path) => filesOf(join(directory, path)))) {
        hash.update(`\0${relative(directory, file).split(sep).join("/")}\0`).update(readFileSync(file));
    }
    return hash.digest("hex").slice(0, 12);
}

function filesOf(path: string): string[] {
    if (statSync(path).isFile()) {
        return [path];
    }
    return readdirSync(path)
        .filter((name) => name !== "__pycache__")
        .sort()
        .flatMap((name) => filesOf(join(path, name)));
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
