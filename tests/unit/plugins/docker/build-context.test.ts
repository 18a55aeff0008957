import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { extract } from "tar-stream";
import { readBuildContext } from "../../../../bootstrap/plugins/docker/build-context";
import { ignoreFilter } from "../../../../bootstrap/plugins/docker/dockerignore";

let directory: string;

beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "build-context-"));
    await writeFile(join(directory, "Dockerfile"), "FROM scratch\n");
    await mkdir(join(directory, "src/deep"), { recursive: true });
    await writeFile(join(directory, "src/a.py"), "a");
    await writeFile(join(directory, "src/deep/b.pyc"), "b");
});

afterEach(() => rm(directory, { recursive: true }));

async function names(dockerfile = join(directory, "Dockerfile")): Promise<string[]> {
    const context = await readBuildContext(directory, dockerfile);
    const found: string[] = [];
    const tar = extract();
    Readable.from([await context.archive()]).pipe(tar);
    for await (const entry of tar) {
        found.push(entry.header.name);
        entry.resume();
    }
    return found;
}

const digest = async () => (await readBuildContext(directory, join(directory, "Dockerfile"))).digest;

test("sends everything, sorted", async () => {
    expect(await names()).toEqual(["Dockerfile", "src/", "src/a.py", "src/deep/", "src/deep/b.pyc"]);
});

test("leaves out what .dockerignore names, but never the Dockerfile", async () => {
    await writeFile(join(directory, ".dockerignore"), "*\n!src\n**/*.pyc\n");
    expect(await names()).toEqual([".dockerignore", "Dockerfile", "src/", "src/a.py", "src/deep/"]);
});

test("a Dockerfile's own ignore file wins over the context's", async () => {
    await writeFile(join(directory, ".dockerignore"), "src\n");
    await writeFile(join(directory, "Dockerfile.dockerignore"), "**/deep\nDockerfile.dockerignore\n");
    expect(await names()).toEqual([".dockerignore", "Dockerfile", "src/", "src/a.py"]);
});

test("takes a Dockerfile from outside of the context along", async () => {
    const outside = join(directory, "Dockerfile");
    const context = await readBuildContext(join(directory, "src"), outside);
    expect(context.dockerfile).toBe(".dockerfile.outside-of-context");
});

test("the digest changes with contents, modes, names and links, not with times", async () => {
    const first = await digest();
    await utimes(join(directory, "src/a.py"), 1, 1);
    expect(await digest()).toBe(first);
    await writeFile(join(directory, "src/a.py"), "changed");
    const second = await digest();
    await chmod(join(directory, "src/a.py"), 0o755);
    const third = await digest();
    await symlink("a.py", join(directory, "src/link"));
    const fourth = await digest();
    expect(new Set([first, second, third, fourth]).size).toBe(4);
});

test("what is ignored does not change the digest", async () => {
    await writeFile(join(directory, ".dockerignore"), "**/*.pyc\n");
    const before = await digest();
    await writeFile(join(directory, "src/deep/b.pyc"), "changed");
    expect(await digest()).toBe(before);
});

test("the same context makes the same archive", async () => {
    const archives = await Promise.all(
        [1, 2].map(async () => (await readBuildContext(directory, join(directory, "Dockerfile"))).archive()),
    );
    expect(archives[0]?.equals(archives[1] as Buffer)).toBe(true);
});

test.each([
    ["node_modules", "node_modules/a/b.js", true],
    ["node_modules", "src/node_modules/a.js", false],
    ["**/node_modules", "src/node_modules/a.js", true],
    ["**/node_modules", "node_modules/a.js", true],
    ["*.md", "README.md", true],
    ["*.md", "docs/README.md", false],
    ["/docs/", "docs/a", true],
    ["a?c", "abc", true],
    ["[ab].txt", "b.txt", true],
    ["# a comment", "# a comment", false],
    ["*\n!keep.txt", "keep.txt", false],
    ["!keep.txt\n*", "keep.txt", true],
    ["docs\n!docs/keep", "docs/keep", false],
    ["a.b", "axb", false],
])("pattern %j on %s: ignored is %s", (patterns, path, ignored) => {
    expect(ignoreFilter(patterns)(path)).toBe(ignored);
});
