import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FailedDownloads } from "../../bootstrap/failed-downloads";
import { Locations, locationsFor } from "../../bootstrap/locations";
import { Survey, downloadOf, isEmpty, planFor } from "../../bootstrap/survey";
import { toolchainOf } from "../../bootstrap/toolchain";

const images = {
    consul: "hashicorp/consul:1.22.0",
    nomad: "hashicorp/nomad:1.11.3",
    prometheus: "prom/prometheus:v3.14.0",
    pushgateway: "prom/pushgateway:v1.11.1",
    grafana: "grafana/grafana:12.3.0",
    trainerBase: "debian:bookworm-slim",
};
const docker = { name: "docker", version: "5.2.0" };
const grafana = { name: "grafana", version: "2.40.0", server: "github://api.example.org/grafana" };
const hour = 3_600_000;

let cache: string;
let locations: Locations;
let failed: FailedDownloads;

beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "mlops-plan-"));
    locations = locationsFor({ HOME: cache });
    failed = new FailedDownloads(locations);
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

function surveyed(changes: Partial<Survey> = {}): Survey & { pulumi: string } {
    return {
        engine: { docker: {} as never, architecture: "amd64" },
        pulumi: join(cache, ".pulumi/versions/3.259.0/bin/pulumi"),
        plugins: [
            { plugin: docker, source: "official" },
            { plugin: grafana, source: "official" },
        ],
        missingImages: [],
        standInsAreCurrent: true,
        ...changes,
    } as Survey & { pulumi: string };
}

describe("the plan", () => {
    test("is empty when everything is there", () => {
        expect(isEmpty(planFor(surveyed(), images, failed, false))).toBe(true);
        expect(isEmpty(planFor(surveyed(), images, failed, true))).toBe(true);
    });

    test("names what is missing", () => {
        const found = surveyed({
            engine: undefined,
            pulumi: undefined,
            plugins: [{ plugin: docker, source: "missing" }],
            missingImages: ["consul", "grafana"],
            standInsAreCurrent: false,
        });
        expect(planFor(found, images, failed, false)).toEqual({
            engine: true,
            pulumi: true,
            installPlugins: [docker],
            images: ["consul", "grafana"],
            writeStandIns: true,
        });
    });

    test("does not repeat a download that failed today where something else serves, unless asked to", () => {
        const found = surveyed({
            plugins: [
                { plugin: docker, source: "stand-in" },
                { plugin: grafana, source: "missing" },
            ],
            missingImages: ["grafana"],
        });
        expect(planFor(found, images, failed, false)).toMatchObject({
            installPlugins: [docker, grafana],
            images: ["grafana"],
        });
        [downloadOf.plugin(docker), downloadOf.plugin(grafana), downloadOf.image(images.grafana)].forEach((what) =>
            failed.remember(what, "no such host"),
        );
        expect(isEmpty(planFor(found, images, failed, false))).toBe(true);
        expect(planFor(found, images, failed, true)).toMatchObject({
            installPlugins: [docker, grafana],
            images: ["grafana"],
        });
    });

    test("always tries for what the program cannot do without", () => {
        failed.remember(downloadOf.plugin(docker), "no such host");
        failed.remember(downloadOf.image(images.consul), "no such host");
        const found = surveyed({ plugins: [{ plugin: docker, source: "missing" }], missingImages: ["consul"] });
        expect(planFor(found, images, failed, false)).toMatchObject({ installPlugins: [docker], images: ["consul"] });
    });

    test("tries again after a day, and a success is not remembered as a failure", () => {
        const what = downloadOf.image(images.grafana);
        failed.remember(what, "no such host");
        expect(failed.isRecent(what)).toBe(true);
        expect(failed.isRecent(what, Date.now() + 25 * hour)).toBe(false);
        const stamp = join(locations.cache, "failed-downloads", "image-grafana_grafana_12.3.0");
        utimesSync(stamp, new Date(0), new Date(0));
        expect(failed.isRecent(what)).toBe(false);
        failed.remember(what, "again");
        failed.forget(what);
        expect(failed.isRecent(what)).toBe(false);
    });
});

describe("the environment of a toolchain", () => {
    const options = { images };

    test("adds nothing that is not needed", () => {
        const found = surveyed({ pulumi: "/usr/bin/pulumi" });
        expect(toolchainOf(found, options, locations, { PATH: "/bin:/usr/bin" })).toEqual({
            pulumi: "/usr/bin/pulumi",
            leftOut: [],
            env: { PATH: "/bin:/usr/bin", PULUMI_SKIP_UPDATE_CHECK: "true" },
        });
    });

    test("puts the pinned CLI and the stand-ins before everything else, once", () => {
        const pinned = join(cache, ".pulumi/versions/3.259.0/bin");
        const found = surveyed({ plugins: [{ plugin: docker, source: "stand-in" }] });
        const once = toolchainOf(found, options, locations, { PATH: "/bin" }).env;
        expect(once.PATH).toBe(`${pinned}:${locations.standIns}:/bin`);
        expect(once.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION).toBe("true");
        expect(toolchainOf(found, options, locations, { PATH: once.PATH }).env.PATH).toBe(once.PATH);
    });

    test("says what to do about Grafana, and tells the program to leave it out", () => {
        const found = surveyed({ plugins: [{ plugin: grafana, source: "missing" }], missingImages: ["grafana"] });
        const { env, leftOut } = toolchainOf(found, options, locations, {});
        expect(env.MLOPS_WITHOUT).toBe("grafana");
        expect(leftOut).toHaveLength(1);
        expect(leftOut[0]).toMatch(/grafana\/grafana:12\.3\.0.*2\.40\.0.*docker load.*plugin install .* --file/);
    });

    test("leaves Grafana out for its image alone, without asking for the plugin", () => {
        const { leftOut } = toolchainOf(surveyed({ missingImages: ["grafana"] }), options, locations, {});
        expect(leftOut[0]).not.toMatch(/plugin/);
    });

    test("refuses to go on without another provider", () => {
        const found = surveyed({ plugins: [{ plugin: docker, source: "missing" }] });
        expect(() => toolchainOf(found, options, locations, {})).toThrow(/docker provider is missing.*bootstrap/);
    });

    test("passes on the engine's address, the CA bundle and a Pulumi home of one's own", () => {
        const environment = { SSL_CERT_FILE: __filename, PULUMI_HOME: join(cache, "home") };
        const own = locationsFor(environment);
        const found = surveyed({ engine: { docker: {} as never, architecture: "arm64", address: "unix:///x.sock" } });
        expect(toolchainOf({ ...found, pulumi: "/p" }, options, own, environment).env).toMatchObject({
            DOCKER_HOST: "unix:///x.sock",
            MLOPS_EXTRA_CA_FILE: __filename,
            PULUMI_HOME: join(cache, "home"),
        });
    });
});
