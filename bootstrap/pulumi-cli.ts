import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { causeOf } from "./bootstrap-error";
import { trackLeftover } from "./children";
import { CommandError, answerOf, run } from "./command";
import { isExecutable, isNodeScript, onPath } from "./executables";
import { Locations } from "./locations";
import { compareVersions, oldestPulumiVersion, pulumiVersion } from "./versions";

const languageHost = "pulumi-language-nodejs";

/** Where npm's `pulumi` package, the Automation API and this bootstrap all look for the pinned CLI. */
export function pinnedPulumi(locations: Locations): string {
    const file = process.platform === "win32" ? "pulumi.exe" : "pulumi";
    return join(locations.pulumiHome, "versions", pulumiVersion(locations.checkout), "bin", file);
}

/** The path of a Pulumi CLI that runs the program, with its Node language host: the pinned one, else a new enough one on PATH. */
export async function findPulumi(locations: Locations, path: string | undefined): Promise<string | undefined> {
    const pinned = pinnedPulumi(locations);
    if (isExecutable(pinned) && hasLanguageHost(pinned, path)) {
        return pinned;
    }
    for (const candidate of onPath("pulumi", path)) {
        if (isNodeScript(candidate) || !hasLanguageHost(candidate, path)) {
            continue;
        }
        const version = await answerOf(candidate, ["version"], {
            env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
        });
        if (version !== undefined && compareVersions(version, oldestPulumiVersion(locations.checkout)) >= 0) {
            return candidate;
        }
    }
    return undefined;
}

function hasLanguageHost(pulumi: string, path: string | undefined): boolean {
    return onPath(languageHost, dirname(pulumi)).length > 0 || onPath(languageHost, path).length > 0;
}

/**
 * Downloads the pinned CLI the way npm's `pulumi` package does, whole or not at all.
 * @returns why it could not be downloaded, or undefined when it was
 */
export async function downloadPulumi(locations: Locations): Promise<string | undefined> {
    const version = pulumiVersion(locations.checkout);
    const partialHome = join(locations.pulumiHome, "versions", `.partial-${process.pid}`);
    const untrack = trackLeftover(partialHome);
    const runner = createRequire(join(locations.checkout, "package.json")).resolve("pulumi/run.js");
    try {
        await run(process.execPath, [runner, "version"], {
            env: {
                ...process.env,
                PULUMI_HOME: partialHome,
                PULUMI_VERSION: version,
                PULUMI_SKIP_UPDATE_CHECK: "true",
            },
            log: join(locations.cache, "logs", "download-pulumi.log"),
            timeout: 600_000,
        });
        const target = dirname(dirname(pinnedPulumi(locations)));
        rmSync(target, { recursive: true, force: true });
        renameSync(join(partialHome, "versions", version), target);
        return undefined;
    } catch (error) {
        return error instanceof CommandError ? (error.lastLines.at(-1) ?? error.reason) : causeOf(error);
    } finally {
        rmSync(partialHome, { recursive: true, force: true });
        untrack();
    }
}

/**
 * Puts a compiled CLI and language host where the pinned CLI belongs.
 * @param sdkSources the language host's module: the scripts that start dynamic providers and policy packs are in its dist
 */
export function placePulumi(cliBuild: string, hostBuild: string, sdkSources: string, locations: Locations): void {
    const pinned = pinnedPulumi(locations);
    const directory = dirname(pinned);
    mkdirSync(directory, { recursive: true });
    for (const script of ["pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"]) {
        place(join(sdkSources, "nodejs", "dist", script), join(directory, script));
    }
    place(join(hostBuild, languageHost), join(directory, languageHost));
    // The CLI last: where it is, everything is.
    place(join(cliBuild, "pulumi"), pinned);
}

function place(source: string, target: string): void {
    if (!existsSync(source)) {
        return;
    }
    const partial = `${target}.partial-${process.pid}`;
    const untrack = trackLeftover(partial);
    copyFileSync(source, partial, constants.COPYFILE_FICLONE);
    chmodSync(partial, 0o755);
    renameSync(partial, target);
    untrack();
}
