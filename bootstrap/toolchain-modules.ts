import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A program compiled from a pinned Go module: its go.mod and go.sum are in `bootstrap/toolchain/<name>`. */
export interface ToolchainModule {
    name: string;
    /** as it is called in a line for people */
    title: string;
    /** the module whose required version is the program's version */
    module: string;
    /** executables by file name, with the package each is compiled from */
    executables: Readonly<Record<string, string>>;
    tags?: readonly string[];
    /** the release a module version stands for, both without their v; default: the same */
    releaseOf?: (moduleVersion: string) => string;
    /** linker settings besides -s -w, given the release */
    linkerSettings?: (release: string) => string[];
    /** seconds a cold build took on two cores: longest first is the order of building */
    coldSeconds: number;
}

/** How the official builds tell Prometheus programs their version. */
const prometheusVersion = (release: string) => [`-X github.com/prometheus/common/version.Version=${release}`];
const pulumiVersion = (release: string) => [`-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${release}`];

export const toolchainModules = {
    pulumi: {
        name: "pulumi",
        title: "Pulumi CLI",
        module: "github.com/pulumi/pulumi/pkg/v3",
        executables: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
        linkerSettings: pulumiVersion,
        coldSeconds: 260,
    },
    languageHost: {
        name: "pulumi-language-nodejs",
        title: "Pulumi Node language host",
        module: "github.com/pulumi/pulumi/sdk/v3",
        executables: { "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs" },
        linkerSettings: pulumiVersion,
        coldSeconds: 35,
    },
    consul: {
        name: "consul",
        title: "Consul",
        module: "github.com/hashicorp/consul",
        executables: { consul: "github.com/hashicorp/consul" },
        coldSeconds: 270,
    },
    nomad: {
        name: "nomad",
        title: "Nomad",
        module: "github.com/hashicorp/nomad",
        executables: { nomad: "github.com/hashicorp/nomad" },
        // Those of the official release build, without its cgo-only nvml.
        tags: ["ui", "codegen_generated", "release", "hashicorpmetrics"],
        coldSeconds: 385,
    },
    prometheus: {
        name: "prometheus",
        title: "Prometheus",
        module: "github.com/prometheus/prometheus",
        executables: {
            prometheus: "github.com/prometheus/prometheus/cmd/prometheus",
            promtool: "github.com/prometheus/prometheus/cmd/promtool",
        },
        // Only the service discoveries the program uses: the clouds' SDKs would triple the build.
        tags: ["netgo", "remove_all_sd", "enable_nomad_sd", "enable_consul_sd"],
        releaseOf: prometheusReleaseOf,
        linkerSettings: prometheusVersion,
        coldSeconds: 225,
    },
    pushgateway: {
        name: "pushgateway",
        title: "Pushgateway",
        module: "github.com/prometheus/pushgateway",
        executables: { pushgateway: "github.com/prometheus/pushgateway" },
        linkerSettings: prometheusVersion,
        coldSeconds: 11,
    },
} as const satisfies Record<string, ToolchainModule>;

/**
 * The release a Prometheus module version stands for: 0.314.0 is 3.14.0 (and 0.48.0 was 2.48.0).
 * Source: "Prometheus code base as a library" in Prometheus' README.
 */
export function prometheusReleaseOf(moduleVersion: string): string {
    const [, minor = "", patch = ""] = moduleVersion.split(".");
    return minor.length < 3 ? `2.${minor}.${patch}` : `${minor[0]}.${Number(minor.slice(1))}.${patch}`;
}

/** Where a module's go.mod is. */
export function moduleDirectory(checkout: string, name: string): string {
    return join(checkout, "bootstrap", "toolchain", name);
}

/** What a go.mod says: the Go version it needs at least, and the version it requires of a module (without the v). */
export function parseGoMod(text: string, module: string): { go: string; version: string } {
    const go = /^go (\S+)$/m.exec(text)?.[1];
    const escaped = module.replace(/[.\\/]/g, "\\$&");
    const version = new RegExp(`^(?:require|)\\s*${escaped} v(\\S+)$`, "m").exec(text)?.[1];
    if (go === undefined || version === undefined) {
        throw new Error(`go.mod names no Go version or no version of ${module}`);
    }
    return { go, version };
}

/** What a module's go.mod says of its build, and the release that makes. */
export interface PinnedModule {
    /** the Go version the build needs at least */
    go: string;
    /** the module's version, without the v */
    version: string;
    /** the version of the program: what its image's tag and its own output name */
    release: string;
}

/** Reads the go.mod of a module. */
export function readModule(checkout: string, { name, module, releaseOf }: ToolchainModule): PinnedModule {
    const pinned = parseGoMod(readFileSync(join(moduleDirectory(checkout, name), "go.mod"), "utf8"), module);
    return { ...pinned, release: releaseOf?.(pinned.version) ?? pinned.version };
}
