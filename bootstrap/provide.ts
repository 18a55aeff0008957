import { join } from "node:path";

import { BootstrapError, detailsOf } from "./bootstrap-error";
import { Builds } from "./builds";
import { extraCaFile } from "./certificates";
import { makeDebianImage } from "./debian-image";
import { slimSuiteOf } from "./debian-sources";
import { Engine } from "./engine";
import { FailedDownloads } from "./failed-downloads";
import { machineTarget } from "./go-build";
import { buildImage, removeStages } from "./image-build";
import { pullImage } from "./image-pull";
import { ImageRecipe, canBuild, imageRecipes } from "./image-recipes";
import { Lanes } from "./lanes";
import { Locations } from "./locations";
import { Progress } from "./progress";
import { hasStandIn, installPlugin } from "./provider-plugins";
import { downloadPulumi, pinnedPulumi, placePulumi } from "./pulumi-cli";
import { ImageName, Images, downloadOf, optional, referenceOf } from "./survey";
import { toolchainModules } from "./toolchain-modules";
import { ProviderPlugin, pulumiVersion } from "./versions";

/** What the steps of one bootstrap share. */
export interface Work {
    locations: Locations;
    progress: Progress;
    failed: FailedDownloads;
    builds: Builds;
    /** image builds, one at a time */
    assembling: Lanes;
}

/** The pinned Pulumi CLI: downloaded, else compiled. Returns its path. */
export async function providePulumi({ locations, progress, builds }: Work): Promise<string> {
    const title = `Pulumi CLI ${pulumiVersion(locations.checkout)}`;
    const refusal = await progress.step(
        `downloading the ${title}`,
        () => downloadPulumi(locations),
        (reason, took) => (reason === undefined ? `${title} – downloaded in ${took}` : undefined),
    );
    if (refusal !== undefined) {
        progress.note(`${title} cannot be downloaded (${refusal}): compiling it`);
        try {
            const [cli, host] = await Promise.all([
                builds.provide(toolchainModules.pulumi, machineTarget()),
                builds.provide(toolchainModules.languageHost, machineTarget()),
            ]);
            placePulumi(cli.executables, host.executables, host.sources, locations);
        } catch (error) {
            throw new BootstrapError(
                `The ${title} can be neither downloaded (${refusal}) nor compiled. Install it where ` +
                    `${pinnedPulumi(locations)} is expected or put it on PATH.\n${detailsOf(error)}`,
            );
        }
    }
    return pinnedPulumi(locations);
}

/** Installs the official provider plugins that can be downloaded; stand-ins serve for the others. */
export async function providePlugins(plugins: readonly ProviderPlugin[], pulumi: string, work: Work): Promise<void> {
    await Promise.all(
        plugins.map(async (plugin) => {
            const title = `${plugin.name} provider ${plugin.version}`;
            const refusal = await work.progress.step(
                `downloading the ${title}`,
                () => installPlugin(plugin, pulumi, work.locations),
                (reason, took) => (reason === undefined ? `${title} – downloaded in ${took}` : undefined),
            );
            if (refusal === undefined) {
                work.failed.forget(downloadOf.plugin(plugin));
                return;
            }
            work.failed.remember(downloadOf.plugin(plugin), refusal);
            if (hasStandIn(plugin, work.locations)) {
                work.progress.note(`${title} cannot be downloaded: this checkout's own stand-in serves instead`);
            } else if (plugin.name !== optional.plugin) {
                throw new BootstrapError(
                    `The ${title} plugin is neither here nor can it be downloaded (${refusal}). Bring it with ` +
                        `pulumi plugin install resource ${plugin.name} ${plugin.version} --file <archive>.`,
                );
            }
        }),
    );
}

/** Pulls the missing images, and builds those that cannot be pulled. */
export async function provideImages(
    names: readonly ImageName[],
    images: Images,
    engine: Engine,
    work: Work,
): Promise<void> {
    const refusals = new Map<ImageName, string>();
    await Promise.all(
        names.map(async (name) => {
            const refusal = await work.progress.step(
                `pulling ${referenceOf(images, name)}`,
                () => pullImage(engine.docker, referenceOf(images, name)),
                (reason, took) =>
                    reason === undefined ? `image ${referenceOf(images, name)} – pulled in ${took}` : undefined,
            );
            if (refusal !== undefined) {
                refusals.set(name, refusal);
            }
        }),
    );
    const optionalRefusal = refusals.get(optional.image);
    if (optionalRefusal === undefined) {
        work.failed.forget(downloadOf.image(images[optional.image]));
    } else {
        work.failed.remember(downloadOf.image(images[optional.image]), optionalRefusal);
        refusals.delete(optional.image);
    }
    await buildImages(refusals, images, engine, work);
}

async function buildImages(
    refusals: ReadonlyMap<ImageName, string>,
    images: Images,
    engine: Engine,
    work: Work,
): Promise<void> {
    for (const [name, refusal] of refusals) {
        if (!isBuildable(name, referenceOf(images, name), work.locations)) {
            throw new BootstrapError(
                `The image ${referenceOf(images, name)} is not here, cannot be pulled (${refusal}) and is not a version that can be ` +
                    `built here. Bring it with docker load.`,
            );
        }
    }
    const base = refusals.has("trainerBase") ? makeBase(images.trainerBase, engine, work) : Promise.resolve();
    const longestFirst = recipesOf(refusals).sort((a, b) => compileSeconds(b.recipe) - compileSeconds(a.recipe));
    // All to their end, so that one failure does not leave the others working unseen.
    const results = await Promise.allSettled([
        base,
        ...longestFirst.map(({ name, recipe }) =>
            buildOne(referenceOf(images, name), recipe, base, images.trainerBase, engine, work),
        ),
    ]);
    await removeStages(engine.docker);
    const failure = results.find((result) => result.status === "rejected");
    if (failure !== undefined) {
        throw failure.reason;
    }
}

const compileSeconds = (recipe: ImageRecipe) => ("module" in recipe ? recipe.module.coldSeconds : 0);

const recipes: Partial<Record<ImageName, ImageRecipe>> = imageRecipes;

function recipesOf(refusals: ReadonlyMap<ImageName, string>): { name: ImageName; recipe: ImageRecipe }[] {
    return [...refusals.keys()].flatMap((name) => {
        const recipe = recipes[name];
        return recipe === undefined ? [] : [{ name, recipe }];
    });
}

function isBuildable(name: ImageName, reference: string, locations: Locations): boolean {
    const recipe = recipes[name];
    return recipe === undefined
        ? name === "trainerBase" && slimSuiteOf(reference) !== undefined
        : canBuild(recipe, reference, locations);
}

function makeBase(reference: string, engine: Engine, { locations, progress }: Work): Promise<void> {
    return progress.step(
        `making ${reference} with debootstrap`,
        () => makeDebianImage(engine.docker, reference, slimSuiteOf(reference) ?? "", locations),
        (_, took) => `image ${reference} – made in ${took} from Debian packages`,
    );
}

async function buildOne(
    reference: string,
    recipe: ImageRecipe,
    baseIsThere: Promise<void>,
    base: string,
    engine: Engine,
    { builds, assembling, locations, progress }: Work,
): Promise<void> {
    const caFile = extraCaFile(process.env);
    try {
        const [built] = await Promise.all([
            "module" in recipe ? builds.provide(recipe.module, { os: "linux", arch: engine.architecture }) : undefined,
            baseIsThere,
        ]);
        // One at a time: three of them share their first stage, which the engine then makes once.
        await assembling.run(() =>
            progress.step(
                `building ${reference}`,
                () => buildImage(engine.docker, { recipe, reference, base, ...built, extraCaFile: caFile }, locations),
                (_, took) => `image ${reference} – built in ${took}`,
            ),
        );
    } catch (error) {
        throw new BootstrapError(
            `The image ${reference} can be neither pulled nor built. Bring it with docker load, or see ` +
                `${join(locations.cache, "logs")}.\n${detailsOf(error)}`,
        );
    }
}
