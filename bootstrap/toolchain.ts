import { delimiter, dirname } from "node:path";

import { BootstrapError } from "./bootstrap-error";
import { extraCaFile } from "./certificates";
import { Engine } from "./engine";
import { Locations } from "./locations";
import { pinnedPulumi } from "./pulumi-cli";
import { Images, Survey, optional, standIns } from "./survey";

/** What it takes to run Pulumi for this checkout. */
export interface Toolchain {
    /** what a shell needs on top of its own environment; PATH is the whole new value */
    env: Record<string, string>;
    /** path of the Pulumi CLI */
    pulumi: string;
    /** things left out with the reason and remedy, one sentence each */
    leftOut: string[];
}

/**
 * The environment for what a survey found.
 * @throws BootstrapError when a provider that cannot be left out is missing
 */
export function toolchainOf(
    found: Survey & { pulumi: string },
    options: { images: Images; dockerHost?: string },
    locations: Locations,
    environment: NodeJS.ProcessEnv = process.env,
): Toolchain {
    const missing = found.plugins.filter(({ source }) => source === "missing").map(({ plugin }) => plugin.name);
    const needed = missing.filter((name) => name !== optional.plugin);
    if (needed.length > 0) {
        throw new BootstrapError(`The ${needed.join(" and ")} provider is missing. Run npm run bootstrap.`);
    }
    const leftOut = leftOutSentences(found, options.images, missing.includes(optional.plugin));
    const usesStandIns = standIns(found.plugins).length > 0;
    const caFile = extraCaFile(environment);
    const address = options.dockerHost || (found.engine as Engine | undefined)?.address;
    return {
        pulumi: found.pulumi,
        leftOut,
        env: {
            PATH: searchPath(found.pulumi, usesStandIns, locations, environment.PATH ?? ""),
            ...(environment.PULUMI_HOME && { PULUMI_HOME: locations.pulumiHome }),
            PULUMI_SKIP_UPDATE_CHECK: "true",
            ...(usesStandIns && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
            ...(leftOut.length > 0 && { MLOPS_WITHOUT: optional.image }),
            ...(caFile && { MLOPS_EXTRA_CA_FILE: caFile }),
            ...(address && { DOCKER_HOST: address }),
        },
    };
}

/** PATH with the pinned CLI, beside which its language host is, and the stand-ins before all else. */
function searchPath(pulumi: string, usesStandIns: boolean, locations: Locations, path: string): string {
    const ours = [
        ...(pulumi === pinnedPulumi(locations) ? [dirname(pulumi)] : []),
        ...(usesStandIns ? [locations.standIns] : []),
    ];
    const rest = path.split(delimiter).filter((directory) => directory !== "" && !ours.includes(directory));
    return [...ours, ...rest].join(delimiter);
}

function leftOutSentences(found: Survey, images: Images, pluginIsMissing: boolean): string[] {
    const plugin = found.plugins.find((each) => each.plugin.name === optional.plugin)?.plugin;
    const remedies = [
        ...(found.missingImages.includes(optional.image)
            ? [{ what: `its image ${images[optional.image]}`, remedy: "docker load the image" }]
            : []),
        ...(pluginIsMissing && plugin !== undefined
            ? [
                  {
                      what: `its provider plugin ${plugin.version}`,
                      remedy: `pulumi plugin install resource ${plugin.name} ${plugin.version} --file <archive>`,
                  },
              ]
            : []),
    ];
    if (remedies.length === 0) {
        return [];
    }
    const what = remedies.map((each) => each.what).join(" and ");
    const remedy = remedies.map((each) => each.remedy).join(" and ");
    const verb = remedies.length > 1 ? "are neither here nor downloadable" : "is neither here nor downloadable";
    return [`Grafana is left out: ${what} ${verb}; to have it, ${remedy}, then run npm run up again.`];
}
