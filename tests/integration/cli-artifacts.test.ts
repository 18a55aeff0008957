import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchArtifacts } from "../../cli/artifacts";
import { Allocation, Nomad } from "../../cli/nomad";
import { DevServer, MANAGEMENT_TOKEN, freePort, startNomad, until } from "./plugins-servers";

jest.setTimeout(120_000);

const BYTES = 5 * 1024 * 1024 + 7;
/** Writes artifacts as a trainer would, with a content that a test can make for itself. */
const WRITES = `
const fs = require("node:fs");
const { createHash } = require("node:crypto");
const to = process.env.NOMAD_ALLOC_DIR + "/data/artifacts/";
fs.mkdirSync(to + "plots/of epoch #1", { recursive: true });
fs.writeFileSync(to + "metrics.json", "{}");
fs.writeFileSync(to + "empty", "");
fs.writeFileSync(to + "plots/of epoch #1/ä & b?.svg", "<svg/>");
const out = fs.openSync(to + "model.bin", "w");
let block = createHash("sha512").update("seed").digest();
for (let left = ${BYTES}; left > 0; left -= block.length) {
    fs.writeSync(out, block, 0, Math.min(left, block.length));
    block = createHash("sha512").update(block).digest();
}
fs.symlinkSync("/etc/passwd", to + "link");
`;

let server: DevServer;
let nomad: Nomad;
let root: string;
let full: Allocation;

beforeAll(async () => {
    server = await startNomad();
    nomad = new Nomad(`http://${server.address}`, MANAGEMENT_TOKEN);
    await submit("full", process.execPath, "-e", WRITES);
    full = await allocation("full", "complete");
});
afterAll(() => server?.stop());

beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "cli-artifacts-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function submit(id: string, command: string, ...args: string[]): Promise<void> {
    const task = { Name: "train", Driver: "raw_exec", Config: { command, args }, Resources: { CPU: 50, MemoryMB: 64 } };
    const group = {
        Name: "training",
        RestartPolicy: { Attempts: 0, Mode: "fail" },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        Tasks: [{ ...task, KillTimeout: 1_000_000_000 }],
    };
    const body = JSON.stringify({
        Job: { ID: id, Name: id, Type: "batch", Datacenters: ["dc1"], TaskGroups: [group] },
    });
    const answer = await fetch(`http://${server.address}/v1/jobs`, {
        method: "POST",
        headers: { "X-Nomad-Token": MANAGEMENT_TOKEN },
        body,
    });
    expect([answer.status, answer.ok ? "" : await answer.text()]).toEqual([200, ""]);
}

async function allocation(job: string, status: Allocation["ClientStatus"]): Promise<Allocation> {
    let found: Allocation | undefined;
    await until(server.address, `the ${status} run of ${job}`, async () => {
        [found] = await nomad.allocations(job);
        return found?.ClientStatus === status;
    });
    return found as Allocation;
}

async function fetched(wanted?: string, address = server.address): Promise<string[]> {
    const lines: string[] = [];
    const access = { url: `http://${address}`, token: MANAGEMENT_TOKEN };
    await fetchArtifacts(access, root, wanted, (line) => lines.push(line));
    return lines;
}

function hashOfModel(): string {
    const whole = createHash("sha256");
    let block = createHash("sha512").update("seed").digest();
    for (let left = BYTES; left > 0; left -= block.length) {
        whole.update(block.subarray(0, Math.min(left, block.length)));
        block = createHash("sha512").update(block).digest();
    }
    return whole.digest("hex");
}

const everything = ["empty", "metrics.json", "model.bin", "plots", "plots/of epoch #1", "plots/of epoch #1/ä & b?.svg"];

function below(folder: string): string[] {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

test("all that a run left arrives as it is, a link aside", async () => {
    const lines = await fetched(full.ID);
    const folder = join(root, full.ID);
    expect(lines).toEqual([
        "✓ empty – 0 B",
        "• link – 11 B, left out because it is no regular file",
        "✓ metrics.json – 2 B",
        "✓ model.bin – 5.2 MB",
        "✓ plots/of epoch #1/ä & b?.svg – 6 B",
        expect.stringMatching(new RegExp(`^✓ 4 artifacts of run ${full.ID.slice(0, 8)} in .*${full.ID}$`)),
    ]);
    expect(below(folder)).toEqual(everything);
    expect(
        createHash("sha256")
            .update(readFileSync(join(folder, "model.bin")))
            .digest("hex"),
    ).toBe(hashOfModel());
    expect(readFileSync(join(folder, "plots/of epoch #1/ä & b?.svg"), "utf8")).toBe("<svg/>");
});

test("what is there already is kept, what differs is replaced", async () => {
    await fetched(full.ID);
    writeFileSync(join(root, full.ID, "metrics.json"), "[]");
    const lines = await fetched(full.ID);
    expect(lines.filter((line) => line.endsWith(", was there already"))).toHaveLength(3);
    expect(lines).toContain("✓ metrics.json – 2 B, replaces another content");
    expect(readFileSync(join(root, full.ID, "metrics.json"), "utf8")).toBe("{}");
    expect(below(join(root, full.ID))).toEqual(everything);
});

test("a link in the way of a directory is not followed", async () => {
    const outside = mkdtempSync(join(tmpdir(), "cli-artifacts-outside-"));
    try {
        mkdirSync(join(root, full.ID));
        symlinkSync(outside, join(root, full.ID, "plots"));
        await expect(fetched(full.ID)).rejects.toThrow(/plots is a link that leads out of .*; remove it/);
        expect(readdirSync(outside)).toEqual([]);
    } finally {
        rmSync(outside, { recursive: true });
    }
});

test("a directory in the place of a file is not touched, and nothing half stays", async () => {
    mkdirSync(join(root, full.ID, "metrics.json"), { recursive: true });
    await expect(fetched(full.ID)).rejects.toThrow(/metrics\.json cannot be written \(EISDIR\); /);
    expect(below(join(root, full.ID))).toEqual(["empty", "metrics.json"]);
});

test("the newest run is meant when none is named; one that left nothing says so", async () => {
    await submit("nothing", "/bin/true");
    const { ID } = await allocation("nothing", "complete");
    await expect(fetched()).rejects.toThrow(`Run ${ID} left no artifacts: it ended (complete) before it wrote any.`);
});

test("a run that goes on and has nothing yet says so", async () => {
    await submit("goes-on", "/bin/sleep", "600");
    const { ID } = await allocation("goes-on", "running");
    await expect(fetched(ID.slice(0, 13))).rejects.toThrow(
        `Run ${ID} is still running and has written no artifacts yet; try again when it is over.`,
    );
    await nomad.purge({ ID: "goes-on", Status: "running" });
});

test("a file that changes meanwhile is not kept", async () => {
    const grows = 'cd "$NOMAD_ALLOC_DIR/data" && mkdir artifacts && while :; do echo x >> artifacts/log; done';
    await submit("grows", "/bin/sh", "-c", grows);
    const { ID } = await allocation("grows", "running");
    await until(server.address, "its file", () => fetchesAtAll(ID));
    await expect(fetched(ID)).rejects.toThrow(/artifacts\/log changed while it was copied; try again/);
    expect(below(join(root, ID))).toEqual([]);
    await nomad.purge({ ID: "grows", Status: "running" });
});

async function fetchesAtAll(id: string): Promise<boolean> {
    return fetched(id).then(
        () => true,
        (error: Error) => !/no artifacts yet/.test(error.message),
    );
}

test("a run that is not known is refused with those that are", async () => {
    await expect(fetched("zz")).rejects.toThrow(
        /^Nomad knows no run whose id starts with "zz"; it knows .*full, complete/,
    );
});

test("files that Nomad has collected are said to be gone", async () => {
    await submit("old", process.execPath, "-e", WRITES);
    const { ID } = await allocation("old", "complete");
    const answer = await fetch(`http://${server.address}/v1/client/allocation/${ID}/gc`, {
        headers: { "X-Nomad-Token": MANAGEMENT_TOKEN },
    });
    expect(answer.status).toBe(200);
    await expect(fetched(ID)).rejects.toThrow(`The files of run ${ID} are gone: Nomad has collected them`);
});

test("a Nomad that does not answer is said to be silent", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await expect(fetched(undefined, address)).rejects.toThrow(`Nomad at http://${address} does not answer (`);
});
