import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Docker from "dockerode";

import { Builds } from "../../bootstrap/builds";
import { findEngine } from "../../bootstrap/engine";
import { FailedDownloads } from "../../bootstrap/failed-downloads";
import { builtFromLabel } from "../../bootstrap/image-build";
import { hasImage } from "../../bootstrap/image-pull";
import { Lanes } from "../../bootstrap/lanes";
import { Locations, locationsFor } from "../../bootstrap/locations";
import { Progress } from "../../bootstrap/progress";
import { provideImages, Work } from "../../bootstrap/provide";
import { readModule, toolchainModules } from "../../bootstrap/toolchain-modules";

jest.setTimeout(600_000);

const base = "debian:bookworm-slim";
// A registry name that cannot exist (RFC 2606), so that the pull fails everywhere and the image has to be built.
const reference = `mlops-test-${process.pid}.invalid/prom/pushgateway:v1.11.1`;
const images = {
    consul: base,
    nomad: base,
    prometheus: base,
    pushgateway: reference,
    grafana: base,
    trainerBase: base,
};

let docker: Docker;
let home: string;
let locations: Locations;
let lines: string[];

beforeAll(async () => {
    docker = (await findEngine(undefined))?.docker as Docker;
    home = mkdtempSync(join(tmpdir(), "mlops-bootstrap-"));
    locations = locationsFor({ HOME: home });
    lines = [];
    await build();
});

afterAll(async () => {
    await docker.getImage(reference).remove({ force: true });
    rmSync(home, { recursive: true, force: true });
});

async function build(): Promise<void> {
    const engine = await findEngine(undefined);
    const progress = new Progress((line) => lines.push(line));
    const work: Work = {
        locations,
        progress,
        failed: new FailedDownloads(locations),
        builds: new Builds(locations, progress),
        assembling: new Lanes(1),
    };
    await provideImages(["pushgateway"], images, engine as NonNullable<typeof engine>, work);
}

/** Runs a command in the image without its entry point and returns what it prints. */
async function inImage(...command: string[]): Promise<string> {
    const container = await docker.createContainer({ Image: reference, Entrypoint: [], Cmd: command, Tty: true });
    try {
        const stream = await container.attach({ stream: true, stdout: true, stderr: true });
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        const ended = new Promise((done) => stream.on("end", done));
        await container.start();
        await Promise.all([container.wait(), ended]);
        return Buffer.concat(chunks).toString("utf8").trim();
    } finally {
        await container.remove({ force: true });
    }
}

describe("an image built from its Go module", () => {
    test("has the official configuration and says where it comes from", async () => {
        const { Config } = await docker.getImage(reference).inspect();
        expect(Config).toMatchObject({
            User: "65534",
            WorkingDir: "/pushgateway",
            Entrypoint: ["/bin/pushgateway"],
            ExposedPorts: { "9091/tcp": {} },
        });
        const { version } = readModule(locations.checkout, toolchainModules.pushgateway);
        expect(Config.Labels[builtFromLabel]).toBe(`github.com/prometheus/pushgateway@v${version}`);
    });

    test("runs as its user, with its version, probe tools and CA certificates, in a directory it may write to", async () => {
        expect(await inImage("/bin/pushgateway", "--version")).toMatch(/^pushgateway, version 1\.11\.1 /);
        expect(await inImage("sh", "-c", "id -u; id -g; touch /pushgateway/x && echo writable")).toMatch(
            /^65534\r\n65534\r\nwritable$/,
        );
        expect(await inImage("sh", "-c", "which wget nc ps env")).toBe(
            ["/bin/wget", "/bin/nc", "/bin/ps", "/usr/bin/env"].join("\r\n"),
        );
        expect(await inImage("grep", "-c", "BEGIN CERTIFICATE", "/etc/ssl/certs/ca-certificates.crt")).toMatch(
            /^[1-9]\d+$/,
        );
    });

    test("leaves no stage behind", async () => {
        const stages = await docker.listImages({ filters: { dangling: ["true"], label: ["mlops-infra.stage"] } });
        expect(stages).toEqual([]);
    });

    test("is not compiled twice", async () => {
        expect(lines.filter((line) => line.includes("compiled"))).toHaveLength(1);
        await build();
        expect(lines.filter((line) => line.includes("compiled"))).toHaveLength(1);
        expect(await hasImage(docker, reference)).toBe(true);
    });

    test("is refused, with a remedy, where its version is not the one that can be built", async () => {
        const other = { ...images, pushgateway: reference.replace("v1.11.1", "v9.9.9") };
        const engine = await findEngine(undefined);
        const progress = new Progress(() => undefined);
        const work: Work = {
            locations,
            progress,
            failed: new FailedDownloads(locations),
            builds: new Builds(locations, progress),
            assembling: new Lanes(1),
        };
        await expect(
            provideImages(["pushgateway"], other, engine as NonNullable<typeof engine>, work),
        ).rejects.toMatchObject({ name: "BootstrapError", message: expect.stringMatching(/v9\.9\.9.*docker load/s) });
    });
});
