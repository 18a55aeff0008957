import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { trackLeftover } from "./children";
import { answerOf, run } from "./command";
import { GoToolchain } from "./go-toolchain";
import { Locations } from "./locations";
import { ToolchainModule, moduleDirectory, readModule } from "./toolchain-modules";

/** What a build is for: Go's names of system and processor. */
export interface Target {
    os: string;
    arch: string;
}

/** Go's name of this machine's system and processor. */
export function machineTarget(): Target {
    return { os: process.platform === "win32" ? "windows" : process.platform, arch: goArchitecture(process.arch) };
}

/** Go's name of a processor that Node, uname or Docker named. */
export function goArchitecture(name: string): string {
    const names: Record<string, string> = { x64: "amd64", x86_64: "amd64", aarch64: "arm64" };
    return names[name] ?? name;
}

/** The arguments of `go build` for one executable of a module. */
export function buildArguments(
    module: ToolchainModule,
    release: string,
    packagePath: string,
    output: string,
): string[] {
    const linker = ["-s", "-w", ...(module.linkerSettings?.(release) ?? [])].join(" ");
    const tags = module.tags === undefined ? [] : ["-tags", module.tags.join(",")];
    return [
        "build",
        "-mod=readonly",
        "-trimpath",
        "-buildvcs=false",
        ...tags,
        "-ldflags",
        linker,
        "-o",
        output,
        packagePath,
    ];
}

/** The directory of a build: its name changes with everything that changes the executables. */
export function buildDirectory(module: ToolchainModule, target: Target, locations: Locations): string {
    const { release } = readModule(locations.checkout, module);
    const directory = moduleDirectory(locations.checkout, module.name);
    const key = createHash("sha256");
    for (const file of ["go.mod", "go.sum"]) {
        key.update(readFileSync(join(directory, file)));
    }
    for (const packagePath of Object.values(module.executables)) {
        key.update(JSON.stringify(buildArguments(module, release, packagePath, "")));
    }
    const name = `${module.name}-${release}-${target.os}-${target.arch}-${key.digest("hex").slice(0, 12)}`;
    return join(locations.cache, "builds", name);
}

/** The directory with a module's executables, when it has been built. */
export function findBuild(module: ToolchainModule, target: Target, locations: Locations): string | undefined {
    const directory = buildDirectory(module, target, locations);
    return existsSync(directory) ? directory : undefined;
}

/** Compiles a module's executables into a directory of the cache, whole or not at all, and returns it. */
export async function build(
    module: ToolchainModule,
    target: Target,
    toolchain: GoToolchain,
    locations: Locations,
): Promise<string> {
    const directory = buildDirectory(module, target, locations);
    if (existsSync(directory)) {
        return directory;
    }
    const partial = `${directory}.partial-${process.pid}`;
    const untrack = trackLeftover(partial);
    const { release } = readModule(locations.checkout, module);
    try {
        mkdirSync(partial, { recursive: true });
        for (const [executable, packagePath] of Object.entries(module.executables)) {
            await run(toolchain.go, buildArguments(module, release, packagePath, join(partial, executable)), {
                cwd: moduleDirectory(locations.checkout, module.name),
                env: goEnvironment(toolchain, target),
                log: buildLog(module, locations),
            });
        }
        renameSync(partial, directory);
    } finally {
        rmSync(partial, { recursive: true, force: true });
        untrack();
    }
    return directory;
}

/** Downloads what a module's build needs without compiling it, so that the network and the processor work at once. */
export async function prefetch(
    module: ToolchainModule,
    target: Target,
    toolchain: GoToolchain,
    locations: Locations,
): Promise<void> {
    const tags = module.tags === undefined ? [] : ["-tags", module.tags.join(",")];
    await run(toolchain.go, ["list", "-mod=readonly", ...tags, "-deps", ...Object.values(module.executables)], {
        cwd: moduleDirectory(locations.checkout, module.name),
        env: goEnvironment(toolchain, target),
        log: `${buildLog(module, locations)}.download`,
    });
}

/** Where the sources of a module are; the official images' entry points and configurations are among them. */
export async function sourceDirectory(
    module: ToolchainModule,
    toolchain: GoToolchain,
    locations: Locations,
): Promise<string> {
    const directory = await answerOf(toolchain.go, ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module.module], {
        cwd: moduleDirectory(locations.checkout, module.name),
        env: goEnvironment(toolchain),
        timeout: 120_000,
    });
    if (!directory) {
        throw new Error(`the sources of ${module.module} are not in Go's module cache`);
    }
    return directory;
}

function buildLog(module: ToolchainModule, locations: Locations): string {
    return join(locations.cache, "logs", `build-${module.name}.log`);
}

/** go.sum is complete, so nothing here asks a checksum database; a workspace or flags of the user's must not leak in. */
function goEnvironment(toolchain: GoToolchain, target?: Target): NodeJS.ProcessEnv {
    return {
        ...process.env,
        ...toolchain.env,
        ...(target && { GOOS: target.os, GOARCH: target.arch }),
        CGO_ENABLED: "0",
        GOFLAGS: "",
        GOWORK: "off",
        GO111MODULE: "on",
    };
}
