import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_IMAGES } from "../components/settings";
import { REPOSITORY, run } from "./command";

/** Where each server's binary and busybox is in its image, by the variable that tests find it under. */
const BINARIES = {
    CONSUL_BINARY: { image: DEFAULT_IMAGES.consul, path: "/bin/consul" },
    NOMAD_BINARY: { image: DEFAULT_IMAGES.nomad, path: "/bin/nomad" },
    PROMETHEUS_BINARY: { image: DEFAULT_IMAGES.prometheus, path: "/bin/prometheus" },
    PROMTOOL_BINARY: { image: DEFAULT_IMAGES.prometheus, path: "/bin/promtool" },
    // Linked statically, so images made of nothing but it run.
    BUSYBOX_BINARY: { image: DEFAULT_IMAGES.pushgateway, path: "/bin/busybox" },
    PUSHGATEWAY_BINARY: { image: DEFAULT_IMAGES.pushgateway, path: "/bin/pushgateway" },
} as const;

/**
 * The servers' own binaries, taken out of the images the stack runs, so that tests of one part need no container.
 *
 * @returns environment variables that name them; those already set in the environment are kept.
 */
export async function serverBinaries(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const [variable, { image, path }] of Object.entries(BINARIES)) {
        found[variable] = process.env[variable] ?? (await takenOut(image, path));
    }
    return found;
}

async function takenOut(image: string, path: string): Promise<string> {
    const directory = join(REPOSITORY, ".mlops", "test-binaries", image.replaceAll(/[^\w.-]/g, "_"));
    const target = join(directory, path.split("/").pop() as string);
    if (existsSync(target)) {
        return target;
    }
    mkdirSync(directory, { recursive: true });
    const created = await must("docker", "create", image);
    try {
        await must("docker", "cp", `${created}:${path}`, `${target}.part`);
        renameSync(`${target}.part`, target);
    } finally {
        await must("docker", "rm", "-f", created);
    }
    return target;
}

async function must(command: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(command, args);
    if (code !== 0) {
        throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr}`);
    }
    return stdout.trim();
}
