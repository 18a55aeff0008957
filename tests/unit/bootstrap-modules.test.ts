import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { buildArguments, buildDirectory, goArchitecture } from "../../bootstrap/go-build";
import { canBuild, dockerfileOf, imageRecipes, tagOf } from "../../bootstrap/image-recipes";
import { checkoutDirectory, locationsFor } from "../../bootstrap/locations";
import { parseGoMod, prometheusReleaseOf, readModule, toolchainModules } from "../../bootstrap/toolchain-modules";
import { compareVersions, oldestPulumiVersion, providerPlugins, pulumiVersion } from "../../bootstrap/versions";

const checkout = checkoutDirectory();
const locations = locationsFor({ HOME: "/home/somebody" });

describe("versions", () => {
    test.each([
        ["3.248.0", "3.248.0", 0],
        ["v3.259.0", "3.248.0", 1],
        ["3.9.0", "3.248.0", -1],
        ["1.26", "1.25.11", 1],
        ["3.248.0-alpha.1", "3.248.0", 0],
    ])("%s against %s", (left, right, sign) => expect(Math.sign(compareVersions(left, right))).toBe(sign));

    test("the CLI that is compiled is the one npm pins, and new enough for the SDK", () => {
        expect(readModule(checkout, toolchainModules.pulumi).release).toBe(pulumiVersion(checkout));
        expect(compareVersions(pulumiVersion(checkout), oldestPulumiVersion(checkout))).toBeGreaterThanOrEqual(0);
    });

    test("the plugins are those of the installed SDKs", () => {
        const plugins = providerPlugins(checkout);
        expect(plugins.map(({ name }) => name).sort()).toEqual(["consul", "docker", "grafana", "nomad", "random"]);
        expect(plugins.find(({ name }) => name === "grafana")?.server).toMatch(/pulumiverse/);
        const { dependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
        expect(plugins.find(({ name }) => name === "docker")?.version).toBe(dependencies["@pulumi/docker"]);
    });
});

describe("toolchain modules", () => {
    test("every directory with a go.mod is used, and has its checksums", () => {
        const used = Object.values(toolchainModules).map(({ name }) => name);
        const directories = readdirSync(join(checkout, "bootstrap/toolchain")).filter((name) => name !== "go");
        expect(directories.sort()).toEqual([...used].sort());
        for (const name of used) {
            expect(readFileSync(join(checkout, "bootstrap/toolchain", name, "go.sum"), "utf8")).toMatch(/ h1:/);
        }
    });

    test("go.mod is read in both of its forms", () => {
        expect(parseGoMod("go 1.25.3\n\nrequire example.org/a v1.2.3\n", "example.org/a")).toEqual({
            go: "1.25.3",
            version: "1.2.3",
        });
        expect(
            parseGoMod("go 1.25\nrequire (\n\texample.org/a/b v0.1.0\n\texample.org/a v2.0.0\n)\n", "example.org/a"),
        ).toHaveProperty("version", "2.0.0");
        expect(() => parseGoMod("go 1.25\n", "example.org/a")).toThrow(/example.org\/a/);
    });

    test.each([
        ["0.314.0", "3.14.0"],
        ["0.302.1", "3.2.1"],
        ["0.55.1", "2.55.1"],
    ])("Prometheus module %s is release %s", (module, release) => expect(prometheusReleaseOf(module)).toBe(release));

    test("builds are reproducible and take nothing but what go.sum covers", () => {
        const args = buildArguments(toolchainModules.nomad, "1.11.3", "example.org/p", "/out");
        expect(args).toEqual(expect.arrayContaining(["-mod=readonly", "-trimpath", "-buildvcs=false", "/out"]));
        expect(args[args.indexOf("-tags") + 1]).toBe("ui,codegen_generated,release,hashicorpmetrics");
        const pulumi = buildArguments(toolchainModules.pulumi, "3.259.0", "p", "/out");
        expect(pulumi[pulumi.indexOf("-ldflags") + 1]).toMatch(/^-s -w -X .*version\.Version=v3\.259\.0$/);
    });

    test("a build has its own place for each processor", () => {
        const place = (arch: string) => buildDirectory(toolchainModules.consul, { os: "linux", arch }, locations);
        expect(place("amd64")).toMatch(
            /^\/home\/somebody\/\.cache\/mlops-infra\/builds\/consul-1\.22\.0-linux-amd64-\w{12}$/,
        );
        expect(place("arm64")).not.toBe(place("amd64"));
    });

    test.each([
        ["x64", "amd64"],
        ["x86_64", "amd64"],
        ["aarch64", "arm64"],
        ["arm64", "arm64"],
    ])("processor %s is Go's %s", (name, go) => expect(goArchitecture(name)).toBe(go));
});

describe("image recipes", () => {
    test.each([
        ["hashicorp/consul:1.22.0", "1.22.0"],
        ["mirror.example.org:5000/prom/prometheus:v3.14.0", "v3.14.0"],
        ["mirror.example.org:5000/prom/prometheus", "latest"],
        ["a/b:1@sha256:abc", "1"],
    ])("the tag of %s is %s", (reference, tag) => expect(tagOf(reference)).toBe(tag));

    test("make the versions the design pins, and no other", () => {
        expect(canBuild(imageRecipes.consul, "hashicorp/consul:1.22.0", locations)).toBe(true);
        expect(canBuild(imageRecipes.nomad, "mirror.example.org/hashicorp/nomad:1.11.3", locations)).toBe(true);
        expect(canBuild(imageRecipes.prometheus, "prom/prometheus:v3.14.0", locations)).toBe(true);
        expect(canBuild(imageRecipes.pushgateway, "prom/pushgateway:v1.11.1", locations)).toBe(true);
        expect(canBuild(imageRecipes.envoy, "envoyproxy/envoy:v1.36.2", locations)).toBe(true);
        expect(canBuild(imageRecipes.consul, "hashicorp/consul:1.21.0", locations)).toBe(false);
        expect(canBuild(imageRecipes.envoy, "envoyproxy/envoy:v1.36.3", locations)).toBe(false);
    });

    test("name one version of Envoy", () => {
        expect(dockerfileOf(imageRecipes.envoy, locations)).toContain(`==${imageRecipes.envoy.package.release} `);
    });

    test("keep the CA bundle in the stage that is dropped", () => {
        for (const recipe of Object.values(imageRecipes)) {
            const text = dockerfileOf(recipe, locations);
            const [first, last] = [text.slice(0, text.lastIndexOf("\nFROM ")), text.slice(text.lastIndexOf("\nFROM "))];
            expect(first).toContain("COPY extra-ca.pem");
            expect(last).not.toContain("extra-ca");
        }
    });
});
