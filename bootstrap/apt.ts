import { existsSync } from "node:fs";

import { BootstrapError } from "./bootstrap-error";
import { answerOf, run } from "./command";

/** Whether this process may install Debian packages: root on a system with apt. */
export function canInstallDebianPackages(): boolean {
    return process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

/** Installs Debian or Ubuntu packages. Throws {@link BootstrapError} where that is not ours to do, and when apt fails. */
export async function installDebianPackages(packages: readonly string[], log: string): Promise<void> {
    if (!canInstallDebianPackages()) {
        throw new BootstrapError(`${packages.join(", ")} is missing. Install it and run this again.`);
    }
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    if (!(await allKnown(packages))) {
        await run("apt-get", ["update", "-q"], { env, log, timeout: 300_000 });
    }
    const install = ["install", "-q", "-y", "--no-install-recommends", ...packages];
    try {
        await run("apt-get", install, { env, log, timeout: 600_000 });
    } catch {
        // Lists that are older than the mirror's packages name files that are gone: refresh them and ask once more.
        await run("apt-get", ["update", "-q"], { env, log, timeout: 300_000 });
        await run("apt-get", install, { env, log, timeout: 600_000 });
    }
}

async function allKnown(packages: readonly string[]): Promise<boolean> {
    const known = await answerOf("apt-cache", ["show", "--no-all-versions", ...packages]);
    return packages.every((name) => known?.includes(`Package: ${name}\n`) ?? false);
}
