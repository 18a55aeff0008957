import { Engine, findEngine } from "./engine";
import { FailedDownloads } from "./failed-downloads";
import { hasImage } from "./image-pull";
import { Locations } from "./locations";
import { PluginSource, pluginSource, standInsAreCurrent } from "./provider-plugins";
import { findPulumi } from "./pulumi-cli";
import { ProviderPlugin, providerPlugins } from "./versions";

export type ImageName = "consul" | "nomad" | "prometheus" | "pushgateway" | "grafana" | "trainerBase" | "envoy";
/** Image references; Envoy's only where the mesh is on. */
export type Images = Readonly<Record<Exclude<ImageName, "envoy">, string> & { envoy?: string }>;

/** The reference of an image that is wanted. */
export function referenceOf(images: Images, name: ImageName): string {
    const reference = images[name];
    if (reference === undefined) {
        throw new Error(`No ${name} image is wanted.`);
    }
    return reference;
}

/** The provider, and the image, that may be left out: there is no other way to have them than a download. */
export const optional = { plugin: "grafana", image: "grafana" } as const;

/** What this machine has of what the program needs. */
export interface Survey {
    engine: Engine | undefined;
    pulumi: string | undefined;
    plugins: { plugin: ProviderPlugin; source: PluginSource }[];
    missingImages: ImageName[];
    /** whether the stand-ins on disk are exactly those in use */
    standInsAreCurrent: boolean;
}

/** Looks at everything at once and changes nothing. Throws BootstrapError when a named engine is silent or one is too old. */
export async function survey(
    images: Images,
    dockerHost: string | undefined,
    locations: Locations,
    path: string | undefined,
): Promise<Survey> {
    const [engine, pulumi] = await Promise.all([findEngine(dockerHost), findPulumi(locations, path)]);
    const plugins = providerPlugins(locations.checkout).map((plugin) => ({
        plugin,
        source: pluginSource(plugin, locations, path),
    }));
    return {
        engine,
        pulumi,
        plugins,
        missingImages: engine === undefined ? imageNames(images) : await missingImages(engine, images),
        standInsAreCurrent: standInsAreCurrent(standIns(plugins), locations),
    };
}

const imageNames = (images: Images) =>
    (Object.keys(images) as ImageName[]).filter((name) => images[name] !== undefined);

async function missingImages(engine: Engine, images: Images): Promise<ImageName[]> {
    const found = await Promise.all(
        imageNames(images).map(async (name) => ({
            name,
            here: await hasImage(engine.docker, referenceOf(images, name)),
        })),
    );
    return found.filter(({ here }) => !here).map(({ name }) => name);
}

/** The plugins whose stand-ins are in use. */
export function standIns(plugins: Survey["plugins"]): ProviderPlugin[] {
    return plugins.filter(({ source }) => source === "stand-in").map(({ plugin }) => plugin);
}

/** What is still to be done for what a survey found missing. */
export interface Plan {
    engine: boolean;
    pulumi: boolean;
    installPlugins: ProviderPlugin[];
    images: ImageName[];
    writeStandIns: boolean;
}

/** How a failed download is remembered. */
export const downloadOf = {
    plugin: (plugin: ProviderPlugin) => `plugin-${plugin.name}-${plugin.version}`,
    image: (reference: string) => `image-${reference}`,
};

/**
 * Decides what to do. What is there stays as it is; a download that failed within the day is not tried again unless
 * `retry` says so, where a stand-in serves or the thing may be left out.
 */
export function planFor(found: Survey, images: Images, failed: FailedDownloads, retry: boolean): Plan {
    const untried = (what: string) => retry || !failed.isRecent(what);
    return {
        engine: found.engine === undefined,
        pulumi: found.pulumi === undefined,
        installPlugins: found.plugins
            .filter(({ plugin, source }) => {
                const mayWait = source === "stand-in" || plugin.name === optional.plugin;
                return source !== "official" && (!mayWait || untried(downloadOf.plugin(plugin)));
            })
            .map(({ plugin }) => plugin),
        images: found.missingImages.filter(
            (name) => name !== optional.image || untried(downloadOf.image(referenceOf(images, name))),
        ),
        writeStandIns: !found.standInsAreCurrent,
    };
}

/** Whether a plan has nothing to do. */
export function isEmpty(plan: Plan): boolean {
    return (
        !plan.engine &&
        !plan.pulumi &&
        !plan.writeStandIns &&
        plan.installPlugins.length === 0 &&
        plan.images.length === 0
    );
}
