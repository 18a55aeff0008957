import { join } from "node:path";

import { BootstrapError } from "./bootstrap-error";
import { Builds } from "./builds";
import { guarded } from "./children";
import { engineInstruction, provideEngine } from "./engine";
import { onPath } from "./executables";
import { FailedDownloads } from "./failed-downloads";
import { Lanes } from "./lanes";
import { Locations, locationsFor } from "./locations";
import { withLock } from "./lock";
import { Progress } from "./progress";
import { provideImages, providePlugins, providePulumi } from "./provide";
import { writeStandIns } from "./provider-plugins";
import { Images, Plan, Survey, isEmpty, planFor, standIns, survey } from "./survey";
import { Toolchain, toolchainOf } from "./toolchain";

export { BootstrapError } from "./bootstrap-error";
export type { ImageName } from "./survey";
export type { Toolchain } from "./toolchain";

export interface BootstrapOptions {
    /** image references the program will run, tags pinned: { consul: "hashicorp/consul:1.22.0", … } */
    images: Images;
    /** engine address; undefined: DOCKER_HOST, then the default socket */
    dockerHost?: string;
    /** one call a finished step, and a heartbeat for long ones */
    report: (line: string) => void;
    /** also try downloads that failed within the last day; default false */
    retry?: boolean;
}

/**
 * Makes everything the program needs available: already there, else downloaded, else built. Idempotent; it takes under a
 * second when nothing is missing. Throws {@link BootstrapError} saying what, why and what to do.
 */
export async function bootstrap(options: BootstrapOptions): Promise<Toolchain> {
    const locations = locationsFor(process.env);
    const failed = new FailedDownloads(locations);
    const look = () => survey(options.images, options.dockerHost, locations, process.env.PATH);
    const plan = (found: Survey, retry: boolean) => planFor(found, options.images, failed, retry);
    const progress = new Progress(options.report);

    let found = await look();
    if (!isEmpty(plan(found, options.retry ?? false))) {
        const lock = join(locations.cache, "bootstrap.lock");
        const wait = (pid: number) => progress.note(`waiting for another bootstrap (process ${pid})`);
        found = await guarded(() =>
            withLock(lock, wait, async () => {
                const before = await look();
                await carryOut(plan(before, options.retry ?? false), before, options, locations, failed, progress);
                const after = await look();
                writeStandIns(standIns(after.plugins), locations);
                return after;
            }),
        );
    }
    return toolchainOf(complete(found), options, locations);
}

/** Looks only and changes nothing. Throws {@link BootstrapError} when the CLI, a provider or the engine is missing. */
export async function findToolchain(options: Omit<BootstrapOptions, "report">): Promise<Toolchain> {
    const locations = locationsFor(process.env);
    const found = await survey(options.images, options.dockerHost, locations, process.env.PATH);
    if (!found.standInsAreCurrent) {
        throw new BootstrapError("The provider plugins are not set up for this checkout. Run npm run bootstrap.");
    }
    return toolchainOf(complete(found), options, locations);
}

async function carryOut(
    plan: Plan,
    found: Survey,
    options: BootstrapOptions,
    locations: Locations,
    failed: FailedDownloads,
    progress: Progress,
): Promise<void> {
    const work = { locations, progress, failed, builds: new Builds(locations, progress), assembling: new Lanes(1) };
    const engine = found.engine ?? (await provideEngine(options.dockerHost, locations, progress));
    const images = plan.engine
        ? (await survey(options.images, options.dockerHost, locations, process.env.PATH)).missingImages
        : plan.images;
    // Both to their end, so that a failure of one does not leave the other working unseen.
    const results = await Promise.allSettled([
        provideImages(images, options.images, engine, work),
        (async () => {
            const pulumi = plan.pulumi ? await providePulumi(work) : found.pulumi;
            await providePlugins(plan.installPlugins, pulumi as string, work);
        })(),
    ]);
    const failure = results.find((result) => result.status === "rejected");
    if (failure !== undefined) {
        throw failure.reason;
    }
}

/** A survey without which no Pulumi command works is refused in a sentence. */
function complete(found: Survey): Survey & { engine: object; pulumi: string } {
    const { engine, pulumi } = found;
    if (engine === undefined) {
        throw new BootstrapError(engineInstruction(process.platform, onPath("dockerd", process.env.PATH).length > 0));
    }
    if (pulumi === undefined) {
        throw new BootstrapError("The Pulumi CLI is missing. Run npm run bootstrap.");
    }
    return { ...found, engine, pulumi };
}
