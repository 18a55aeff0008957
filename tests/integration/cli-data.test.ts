import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { listData, putData, removeData } from "../../cli/data";
import { VolumeFiles } from "../../cli/volume-files";
import { DATA_VOLUME } from "../../components/nomad-config";
import { StackVolumes } from "./stack-volumes";

jest.setTimeout(120_000);

const volumes = new StackVolumes("cli-data-");
let local: string;

beforeAll(() => volumes.start());
afterAll(() => volumes.remove());

beforeEach(() => {
    local = mkdtempSync(join(tmpdir(), "cli-data-"));
});
afterEach(async () => {
    rmSync(local, { recursive: true, force: true });
    await volumes.shell("find /somewhere/data -mindepth 1 -maxdepth 1 -exec rm -r {} +", "0:0");
});

/** What an action on the data volume says. */
async function said(act: (volume: VolumeFiles, say: (line: string) => void) => Promise<void>): Promise<string[]> {
    const lines: string[] = [];
    await VolumeFiles.use(volumes.access(DATA_VOLUME), (volume) => act(volume, (line) => lines.push(line)));
    return lines;
}

const put = (...names: string[]) => {
    const paths = names.map((name) => resolve(local, name));
    return said((volume, say) => putData(volume, paths, say));
};
const inVolume = (script: string) => volumes.shell(`cd /somewhere/data && ${script}`);

test("files and folders arrive whole, readable and owned by the trainings' user", async () => {
    mkdirSync(join(local, "faces/of two"), { recursive: true });
    writeFileSync(join(local, "iris.csv"), "a,b\n1,2\n", { mode: 0o600 });
    writeFileSync(join(local, "faces/of two/ä & b?.png"), "png");
    writeFileSync(join(local, "faces/load.sh"), "", { mode: 0o700 });
    const long = `${"long".repeat(50)}.csv`;
    writeFileSync(join(local, "faces", long), "x".repeat(100_000));
    symlinkSync("/etc/passwd", join(local, "faces/link"));
    expect(await put("iris.csv", "faces")).toEqual([
        "✓ /data/iris.csv – 1 file, 8 B",
        `• ${join(local, "faces/link")} left out because it is neither a file nor a folder`,
        "✓ /data/faces – 3 files, 100.0 kB",
    ]);
    const there = await inVolume(`find . -mindepth 1 -printf "%u:%g %m %y %p\\n" | LC_ALL=C sort`);
    expect(there.split("\n").filter(Boolean)).toEqual([
        `1000:1000 644 f ./faces/${long}`,
        "1000:1000 644 f ./faces/of two/ä & b?.png",
        "1000:1000 644 f ./iris.csv",
        "1000:1000 755 d ./faces",
        "1000:1000 755 d ./faces/of two",
        "1000:1000 755 f ./faces/load.sh",
    ]);
    expect(await inVolume("cat iris.csv")).toBe("a,b\n1,2\n");
});

test("what has the name already is replaced, whatever it was", async () => {
    writeFileSync(join(local, "x"), "file");
    await put("x");
    rmSync(join(local, "x"));
    mkdirSync(join(local, "x"));
    writeFileSync(join(local, "x/new"), "");
    expect(await put("x")).toEqual(["✓ /data/x – 1 file, 0 B, replaces what was there"]);
    rmSync(join(local, "x"), { recursive: true });
    mkdirSync(join(local, "x"));
    writeFileSync(join(local, "x/newer"), "");
    await put("x");
    expect(await inVolume("find . -mindepth 1 | sort")).toBe("./x\n./x/newer\n");
});

test("what changes while it is sent is not kept, and what was there stays", async () => {
    writeFileSync(join(local, "big"), "before");
    await put("big");
    // More than can have arrived by the time that it shrinks.
    truncateSync(join(local, "big"), 20_000_000_000);
    const sending = put("big");
    const seen = sending.catch(() => undefined);
    while (!(await inVolume("find . -name big -size +100k")).includes("big")) {
        // Some of it has to be on its way.
    }
    truncateSync(join(local, "big"), 10);
    await expect(sending).rejects.toThrow(/big became smaller while it was sent; nothing of it was kept\. Try again\./);
    await seen;
    expect(await inVolume("find . -mindepth 1; cat big")).toBe("./big\nbefore");
});

test("a file that grows while it is sent arrives as long as it was", async () => {
    writeFileSync(join(local, "log"), "x".repeat(30_000_000));
    const sending = put("log");
    appendFileSync(join(local, "log"), "more");
    const [line] = await sending;
    expect(line).toMatch(/^✓ \/data\/log – 1 file, 30\.0 MB/);
});

test("nothing is sent when one of several cannot be", async () => {
    writeFileSync(join(local, "a"), "");
    mkdirSync(join(local, "b"));
    writeFileSync(join(local, "b/a"), "");
    writeFileSync(join(local, ".hidden"), "");
    await expect(put("a", "nothing.csv")).rejects.toThrow(`There is no ${join(local, "nothing.csv")}.`);
    await expect(put("a", "b/a")).rejects.toThrow("Two of them are called a,");
    await expect(put("a", ".hidden")).rejects.toThrow("its name starts with a dot. Rename it");
    await expect(put("a", "/dev/null")).rejects.toThrow("/dev/null is neither a file nor a folder.");
    expect(await inVolume("ls -A")).toBe("");
});

test("the volume is listed, unfinished uploads aside, and what is a day old of these goes with the next put", async () => {
    expect(await said(listData)).toEqual(["The data volume is empty; npm run data -- put <file or folder> fills it."]);
    await inVolume(
        `mkdir -p .put-old .put-new faces/b empty && touch -d '2 days ago' .put-old && printf 123 > faces/b/c
        printf 1234567 > 'a|b' && touch -d '2026-01-02 03:04:05Z' 'a|b' faces/b/c faces/b faces empty`,
    );
    expect(await said(listData)).toEqual([
        "/data/a|b     2026-01-02 03:04 UTC  7 B",
        "/data/empty/  2026-01-02 03:04 UTC  0 files, 0 B",
        "/data/faces/  2026-01-02 03:04 UTC  1 file, 3 B",
    ]);
    writeFileSync(join(local, "x"), "");
    await put("x");
    expect(await inVolume("ls -Ad .put-*")).toBe(".put-new\n");
});

test("what is named is removed, and nothing else can be", async () => {
    await inVolume("mkdir -p faces/b && touch faces/a faces/b/c iris.csv ./-rf");
    const remove = (...names: string[]) => said((volume, say) => removeData(volume, names, say));
    expect(await remove("faces/b/", "/data/iris.csv", "-rf")).toEqual([
        "✓ removed /data/faces/b",
        "✓ removed /data/iris.csv",
        "✓ removed /data/-rf",
    ]);
    expect(await inVolume("find . -mindepth 1 | sort")).toBe("./faces\n./faces/a\n");
    await expect(remove("iris.csv")).rejects.toThrow("There is no iris.csv in the data volume; it has faces.");
    for (const wrong of ["..", "../artifacts", "faces/../../artifacts", "/etc", "", "/data"]) {
        await expect(remove(wrong)).rejects.toThrow(/names nothing in the data volume/);
    }
    expect(await inVolume("find . -mindepth 1 | sort")).toBe("./faces\n./faces/a\n");
});
