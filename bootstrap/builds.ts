import { totalmem } from "node:os";

import { Target, build, findBuild, prefetch, sourceDirectory } from "./go-build";
import { GoToolchain, provideGo } from "./go-toolchain";
import { Lanes } from "./lanes";
import { Locations } from "./locations";
import { Progress } from "./progress";
import { ToolchainModule, readModule, toolchainModules } from "./toolchain-modules";
import { compareVersions } from "./versions";

/** A build of a module: where its executables and its sources are. */
export interface Built {
    executables: string;
    sources: string;
}

/** Big packages take up to 2 GB to compile, so two builds at once need a machine that has room for them. */
const roomForTwo = 7 * 2 ** 30;

/** The Go builds of one bootstrap: they share a compiler, and few run at once. */
export class Builds {
    private readonly compiling = new Lanes(totalmem() >= roomForTwo ? 2 : 1);
    private readonly downloading = new Lanes(1);
    private go: Promise<GoToolchain> | undefined;

    constructor(
        private readonly locations: Locations,
        private readonly progress: Progress,
    ) {}

    /** The executables of a module for a target, compiled unless the cache has them. */
    async provide(module: ToolchainModule, target: Target): Promise<Built> {
        const go = await (this.go ??= this.provideGo());
        const { release } = readModule(this.locations.checkout, module);
        if (findBuild(module, target, this.locations) === undefined) {
            // A failed download shows in the build, with the same words.
            await this.downloading.run(() => prefetch(module, target, go, this.locations)).catch(() => undefined);
        }
        const executables = await this.compiling.run(async () => {
            const found = findBuild(module, target, this.locations);
            return (
                found ??
                (await this.progress.step(
                    `compiling ${module.title}`,
                    () => build(module, target, go, this.locations),
                    (_, took) => `${module.title} ${release} – compiled in ${took} from its Go module`,
                ))
            );
        });
        return { executables, sources: await sourceDirectory(module, go, this.locations) };
    }

    private provideGo(): Promise<GoToolchain> {
        const needed = Object.values(toolchainModules)
            .map((module) => readModule(this.locations.checkout, module).go)
            .sort(compareVersions);
        return provideGo(needed.at(-1) ?? "", this.locations, this.progress);
    }
}
