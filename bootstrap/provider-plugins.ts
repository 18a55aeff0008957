import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { causeOf } from "./bootstrap-error";
import { CommandError, run } from "./command";
import { isExecutable, onPath } from "./executables";
import { Locations } from "./locations";
import { ProviderPlugin } from "./versions";

/** Where a provider comes from: the official plugin, a stand-in of ours, or nowhere. */
export type PluginSource = "official" | "stand-in" | "missing";

const executableOf = (plugin: ProviderPlugin) => `pulumi-resource-${plugin.name}`;

/** Where the engine would find a provider now. An official plugin wins: the user's own on PATH, or an installed one. */
export function pluginSource(plugin: ProviderPlugin, locations: Locations, path: string | undefined): PluginSource {
    if (isInstalled(plugin, locations) || isOnPath(plugin, locations, path)) {
        return "official";
    }
    return hasStandIn(plugin, locations) ? "stand-in" : "missing";
}

/** Whether the engine has the plugin at its version; an unfinished download does not count. */
export function isInstalled(plugin: ProviderPlugin, locations: Locations): boolean {
    const directory = join(locations.pulumiHome, "plugins", `resource-${plugin.name}-v${plugin.version}`);
    return !existsSync(`${directory}.partial`) && onPath(executableOf(plugin), directory).length > 0;
}

function isOnPath(plugin: ProviderPlugin, locations: Locations, path: string | undefined): boolean {
    const others = (path ?? "").split(delimiter).filter((directory) => !isStandInDirectory(directory, locations));
    return onPath(executableOf(plugin), others.join(delimiter)).length > 0;
}

/** A shell that evaluated our environment has a stand-in directory on PATH, perhaps another clone's. */
function isStandInDirectory(directory: string, locations: Locations): boolean {
    return resolve(directory) === locations.standIns || directory.endsWith(join(".mlops", "plugins", "bin"));
}

/** Whether this checkout has sources that can stand in for a provider. */
export function hasStandIn(plugin: ProviderPlugin, locations: Locations): boolean {
    return existsSync(standInSource(plugin, locations));
}

function standInSource(plugin: ProviderPlugin, locations: Locations): string {
    return join(locations.checkout, "bootstrap", "plugins", plugin.name, "main.ts");
}

/** Asks the engine to install a plugin. Returns why it could not, or undefined when it did. */
export async function installPlugin(
    plugin: ProviderPlugin,
    pulumi: string,
    locations: Locations,
): Promise<string | undefined> {
    const server = plugin.server === undefined ? [] : ["--server", plugin.server];
    try {
        await run(pulumi, ["plugin", "install", "resource", plugin.name, plugin.version, ...server], {
            env: { ...process.env, PULUMI_HOME: locations.pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
            log: join(locations.cache, "logs", `plugin-${plugin.name}.log`),
            timeout: 300_000,
        });
        return undefined;
    } catch (error) {
        return error instanceof CommandError ? (error.lastLines.at(-1) ?? error.reason) : causeOf(error);
    }
}

/** The script that runs a stand-in from any working directory: every path in it is absolute. */
export function standInScript(plugin: ProviderPlugin, locations: Locations): string {
    const loader = createRequire(join(locations.checkout, "package.json")).resolve("tsx");
    const words = [process.execPath, "--import", pathToFileURL(loader).href, standInSource(plugin, locations)];
    return `#!/bin/sh\nexec ${words.map(quote).join(" ")} "$@"\n`;
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Whether the directory of stand-ins holds exactly those for the given plugins, as they should be. */
export function standInsAreCurrent(plugins: readonly ProviderPlugin[], locations: Locations): boolean {
    const present = existsSync(locations.standIns) ? readdirSync(locations.standIns) : [];
    return (
        present.length === plugins.length &&
        plugins.every((plugin) => {
            const path = join(locations.standIns, executableOf(plugin));
            return isExecutable(path) && readFileSync(path, "utf8") === standInScript(plugin, locations);
        })
    );
}

/**
 * Makes the directory of stand-ins hold exactly those for the given plugins. The engine prefers what is on PATH to what
 * is installed, so one that is no longer needed must go.
 */
export function writeStandIns(plugins: readonly ProviderPlugin[], locations: Locations): void {
    if (standInsAreCurrent(plugins, locations)) {
        return;
    }
    mkdirSync(locations.standIns, { recursive: true });
    const wanted = new Set(plugins.map(executableOf));
    for (const name of readdirSync(locations.standIns)) {
        if (!wanted.has(name)) {
            rmSync(join(locations.standIns, name), { recursive: true, force: true });
        }
    }
    for (const plugin of plugins) {
        const path = join(locations.standIns, executableOf(plugin));
        const partial = `${path}.${process.pid}`;
        writeFileSync(partial, standInScript(plugin, locations), { mode: 0o755 });
        renameSync(partial, path);
    }
}
