import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { BootstrapError } from "./bootstrap-error";

/** A provider plugin the program needs, as its SDK's package.json names it. */
export interface ProviderPlugin {
    name: string;
    version: string;
    /** where the engine would download it, when that is not Pulumi's own place */
    server?: string;
}

/** The SDKs whose providers the program uses; the versions are those of the installed packages. */
const providerSdks = ["@pulumi/docker", "@pulumi/random", "@pulumi/consul", "@pulumi/nomad", "@pulumiverse/grafana"];

/** The Pulumi CLI version this checkout pins: that of the npm package `pulumi`. */
export function pulumiVersion(checkout: string): string {
    return manifest(checkout, "pulumi").version;
}

/** The oldest Pulumi CLI that runs the program: the version of the SDK it is written with. */
export function oldestPulumiVersion(checkout: string): string {
    return manifest(checkout, "@pulumi/pulumi").version;
}

/** The provider plugins at the versions of the installed SDKs. */
export function providerPlugins(checkout: string): ProviderPlugin[] {
    return providerSdks.map((sdk) => {
        const { pulumi } = manifest(checkout, sdk);
        if (pulumi?.name === undefined || pulumi.version === undefined) {
            throw new Error(`${sdk} names no plugin in its package.json`);
        }
        return { name: pulumi.name, version: pulumi.version, ...(pulumi.server && { server: pulumi.server }) };
    });
}

/** Compares two dotted versions by their numbers; a pre-release counts as its release. */
export function compareVersions(left: string, right: string): number {
    const numbers = (version: string) =>
        version
            .replace(/^v|[-+].*$/g, "")
            .split(".")
            .map(Number);
    const [a, b] = [numbers(left), numbers(right)];
    for (let index = 0; index < Math.max(a.length, b.length); index++) {
        const difference = (a[index] ?? 0) - (b[index] ?? 0);
        if (difference !== 0) {
            return difference;
        }
    }
    return 0;
}

interface Manifest {
    version: string;
    pulumi?: { name?: string; version?: string; server?: string };
}

function manifest(checkout: string, packageName: string): Manifest {
    const resolver = createRequire(join(checkout, "package.json"));
    const directory = resolver.resolve
        .paths(packageName)
        ?.map((modules) => join(modules, packageName, "package.json"))
        .find((path) => {
            try {
                return readFileSync(path).length > 0;
            } catch {
                return false;
            }
        });
    if (directory === undefined) {
        throw new BootstrapError(`The npm package ${packageName} is not installed. Run npm ci.`);
    }
    return JSON.parse(readFileSync(directory, "utf8")) as Manifest;
}
