import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { importBusybox } from "./busybox";
import { PluginClient, type ResourceClient } from "./plugin-client";

jest.setTimeout(120_000);

const prefix = `plugtest-${randomBytes(3).toString("hex")}`;
const base = `${prefix}-base:1`;
const built = `${prefix}-built:1`;
const engine = new Docker();

let plugin: PluginClient;
let images: ResourceClient;
let directory: string;

const args = (dockerfile = "Dockerfile") => ({
    imageName: built,
    skipPush: true,
    build: {
        builderVersion: "BuilderBuildKit",
        platform: "linux/amd64",
        context: directory,
        dockerfile: join(directory, dockerfile),
        args: { GREETING: "hello" },
    },
});

beforeAll(async () => {
    await importBusybox(engine, base, ["sh"]);
    plugin = await PluginClient.start("bootstrap/plugins/docker/main.ts", {});
    images = plugin.of("docker:index/image:Image");
});

beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "image-"));
    const bind = "--mount=type=bind,source=secret.txt,target=/mnt/secret.txt";
    const steps = [`FROM ${base}`, "ARG GREETING", `RUN ${bind} echo "$GREETING $(/bin/busybox cat /mnt/secret.txt)"`];
    writeFileSync(join(directory, "Dockerfile"), [...steps, "COPY . /app", "LABEL greeting=$GREETING"].join("\n"));
    writeFileSync(join(directory, "secret.txt"), "one");
    writeFileSync(join(directory, ".dockerignore"), "ignored\n");
});

afterEach(() => rmSync(directory, { recursive: true }));

afterAll(async () => {
    await plugin?.stop();
    await engine.getImage(built).remove({ force: true });
    await engine.getImage(base).remove({ force: true });
});

test("builds from a local base, rebuilds when a file changes and only then, and leaves the image", async () => {
    const { id, state, inputs } = await images.create(args());
    const image = await engine.getImage(built).inspect();
    expect(id).toBe(built);
    expect(state).toMatchObject({
        imageName: built,
        baseImageName: built,
        dockerfile: "Dockerfile",
        // With the containerd image store, the default from engine 29 on, the image's name stands before it.
        repoDigest: expect.stringContaining(image.Id),
    });
    expect(image.Config.Labels).toMatchObject({ greeting: "hello" });

    expect((await images.diff(id, state, inputs, args())).diffs).toEqual([]);
    expect(await images.read(id, state, inputs)).toEqual({ state, inputs });

    writeFileSync(join(directory, "ignored"), "does not matter");
    expect((await images.diff(id, state, inputs, args())).diffs).toEqual([]);

    writeFileSync(join(directory, "secret.txt"), "two");
    const changed = await images.diff(id, state, inputs, args());
    expect(changed).toMatchObject({ diffs: ["build"], replaces: [] });
    const updated = await images.update(id, state, inputs, changed.inputs);
    expect(updated.repoDigest).not.toBe(state.repoDigest);

    await images.delete(id, updated);
    expect(updated.repoDigest).toContain((await engine.getImage(built).inspect()).Id);
});

test("a refresh notices an image that was retagged or removed", async () => {
    const { id, state, inputs } = await images.create(args());
    await engine.getImage(base).tag({ repo: built.split(":")[0] ?? "", tag: "1" });
    const retagged = await images.read(id, state, inputs);
    expect((await images.diff(id, retagged?.state ?? {}, retagged?.inputs ?? {}, args())).diffs).toEqual(["build"]);
    await engine.getImage(built).remove();
    expect(await images.read(id, state, inputs)).toBeUndefined();
    await images.create(args());
});

test("a failed build tells the last lines of its log", async () => {
    writeFileSync(join(directory, "Broken"), `FROM ${base}\nRUN echo the cause; exit 7\n`);
    await expect(images.create(args("Broken"))).rejects.toThrow(/exit code: 7[^]*the cause/);
});

test("refuses a push, a missing Dockerfile and what it cannot do", async () => {
    const refusals = async (inputs: Record<string, unknown>) => (await images.check(inputs)).failures.join();
    expect(await refusals({ ...args(), skipPush: false })).toMatch(/pushes no images/);
    expect(await refusals(args("Absent"))).toMatch(/could not open dockerfile at absolute path/);
    expect(await refusals({ ...args(), buildOnPreview: true })).toMatch(/not supported by this stand-in plugin/);
    expect(await refusals({ ...args(), registry: { server: "example.org" } })).toMatch(/not supported/);
});
