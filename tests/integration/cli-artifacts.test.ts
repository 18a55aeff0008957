import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { fetchArtifacts } from "../../cli/artifacts";
import { KnownRun, RunState } from "../../cli/known-runs";
import { VolumeFiles } from "../../cli/volume-files";
import { PART_LABEL, STACK_LABEL } from "../../components/labels";
import { ARTIFACTS_VOLUME } from "../../components/nomad-config";
import { REPOSITORY } from "../command";
import { eventually } from "../e2e/eventually";
import { freePort } from "./plugins-servers";
import { StackVolumes } from "./stack-volumes";

jest.setTimeout(120_000);

const volumes = new StackVolumes("cli-artifacts-");
const FULL = "0f000000-0000-4000-8000-000000000001";
const BYTES = 5 * 1024 * 1024 + 7;

let root: string;

beforeAll(async () => {
    await volumes.start();
    await writes(
        FULL,
        `mkdir -p 'plots/of epoch #1'
        printf '{}' > metrics.json
        : > empty
        printf '<svg/>' > 'plots/of epoch #1/ä & b?.svg'
        head -c ${BYTES} /dev/urandom > model.bin
        ln -s /etc/passwd link
        ln model.bin plots/model-again.bin
        mkfifo pipe`,
    );
});
afterAll(() => volumes.remove());

beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "cli-artifacts-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes a run's artifacts as its task would. */
function writes(id: string, script: string): Promise<string> {
    return volumes.shell(`mkdir -p /somewhere/artifacts/${id} && cd /somewhere/artifacts/${id} && ${script}`);
}

function run(id: string, state: RunState = "succeeded"): KnownRun {
    const isOver = ["succeeded", "failed"].includes(state);
    return { id, job: "ml-train/dispatch-1-5eed0001", state, nomadStatus: state, isOver, meta: {}, index: 1 };
}

async function fetched(wanted?: string, known = [run(FULL)]): Promise<string[]> {
    const lines: string[] = [];
    await VolumeFiles.use(volumes.access(ARTIFACTS_VOLUME), (files) =>
        fetchArtifacts(known, files, root, wanted, (line) => lines.push(line)),
    );
    return lines;
}

function sha256(text: Buffer): string {
    return createHash("sha256").update(text).digest("hex");
}

const everything = [
    "empty",
    "metrics.json",
    "model.bin",
    "plots",
    "plots/model-again.bin",
    "plots/of epoch #1",
    "plots/of epoch #1/ä & b?.svg",
];

function below(folder: string): string[] {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

test("all that a run left arrives as it is, what is no file aside", async () => {
    const lines = await fetched();
    const folder = join(root, FULL);
    expect(lines).toEqual([
        "✓ empty – 0 B",
        "• link – 0 B, left out because it is no regular file",
        "✓ metrics.json – 2 B",
        "✓ model.bin – 5.2 MB",
        "• pipe – 0 B, left out because it is no regular file",
        "✓ plots/model-again.bin – 5.2 MB",
        "✓ plots/of epoch #1/ä & b?.svg – 6 B",
        expect.stringMatching(new RegExp(`^✓ 5 artifacts of run ${FULL.slice(0, 8)} in .*${FULL}$`)),
    ]);
    expect(below(folder)).toEqual(everything);
    const [there = ""] = (await writes(FULL, "sha256sum model.bin")).split(" ");
    expect(sha256(readFileSync(join(folder, "model.bin")))).toBe(there);
    expect(sha256(readFileSync(join(folder, "plots/model-again.bin")))).toBe(there);
    expect(readFileSync(join(folder, "plots/of epoch #1/ä & b?.svg"), "utf8")).toBe("<svg/>");
});

test("what is there already is kept, what differs is replaced", async () => {
    await fetched();
    writeFileSync(join(root, FULL, "metrics.json"), "[]");
    const lines = await fetched();
    expect(lines.filter((line) => line.endsWith(", was there already"))).toHaveLength(4);
    expect(lines).toContain("✓ metrics.json – 2 B, replaces another content");
    expect(readFileSync(join(root, FULL, "metrics.json"), "utf8")).toBe("{}");
    expect(below(join(root, FULL))).toEqual(everything);
});

test("a link in the way of a directory is not followed", async () => {
    const outside = mkdtempSync(join(tmpdir(), "cli-artifacts-outside-"));
    try {
        mkdirSync(join(root, FULL));
        symlinkSync(outside, join(root, FULL, "plots"));
        await expect(fetched()).rejects.toThrow(/plots is a link that leads out of .*; remove it/);
        expect(readdirSync(outside)).toEqual([]);
    } finally {
        rmSync(outside, { recursive: true });
    }
});

test("a directory in the place of a file is not touched, and nothing half stays", async () => {
    mkdirSync(join(root, FULL, "metrics.json"), { recursive: true });
    await expect(fetched()).rejects.toThrow(/metrics\.json cannot be written \(EISDIR\); /);
    expect(below(join(root, FULL))).toEqual(["empty", "metrics.json"]);
});

test("a name that could lead elsewhere is refused", async () => {
    const id = "0f000000-0000-4000-8000-000000000002";
    await writes(id, "touch 'C:x' a");
    await expect(fetched(id, [run(id)])).rejects.toThrow(/There is an artifact named "C:x", which could lead out of /);
    expect(() => readdirSync(join(root, id))).toThrow("ENOENT");
});

test.each([
    ["starting", "has not started yet, so there are no artifacts."],
    ["running", "is still running and has written no artifacts yet; try again when it is over."],
    ["failed", "left no artifacts: it ended (failed) before it wrote any."],
] as const)("a %s run without artifacts says so", async (status, sentence) => {
    const id = "aa000000-0000-4000-8000-000000000001";
    await expect(fetched(id, [run(id, status)])).rejects.toThrow(`Run ${id} ${sentence}`);
});

test("a run that has no place has not started", async () => {
    const waiting = { ...run("", "waiting"), id: undefined };
    await expect(fetched(undefined, [waiting])).rejects.toThrow(`Run ${waiting.job} has not started yet`);
});

test("a run may be named by the end of its job's id", async () => {
    expect((await fetched("5eed0001")).at(-1)).toMatch(/^✓ 5 artifacts of run 0f000000 /);
});

test("an empty folder is no artifact, nor is a link in its place", async () => {
    const id = "aa000000-0000-4000-8000-000000000002";
    await writes(id, "true");
    await expect(fetched(id, [run(id)])).rejects.toThrow("left no artifacts");
    await volumes.shell(`cd /somewhere/artifacts && rmdir ${id} && ln -s /etc ${id}`);
    await expect(fetched(id, [run(id)])).rejects.toThrow("left no artifacts");
    await volumes.shell(`rm /somewhere/artifacts/${id}`);
});

test("of a run that goes on, what is being written is left out and the rest comes", async () => {
    const id = "bb000000-0000-4000-8000-000000000001";
    await writes(id, "echo done > model.bin && echo begun > grows.log");
    const writer = writes(id, "while [ ! -e stop ]; do date +%N >> grows.log; done");
    try {
        let lines: string[] = [];
        while (!lines[0]?.startsWith("•")) {
            rmSync(join(root, id), { recursive: true, force: true });
            lines = await fetched(id, [run(id, "running")]);
        }
        expect(lines).toEqual([
            expect.stringMatching(/^• grows\.log – .*, left out because it is being written; try again$/),
            "✓ model.bin – 5 B",
            expect.stringMatching(/^✓ 1 artifact of run bb000000 so far \(it is not over yet\) in /),
        ]);
        expect(below(join(root, id))).toEqual(["model.bin"]);
    } finally {
        await writes(id, "touch stop");
        await writer;
    }
});

test("a file that shrinks while it is read gives a sentence and nothing half", async () => {
    const id = "bb000000-0000-4000-8000-000000000002";
    await writes(id, "touch go; (while [ -e go ]; do truncate -s 20M big; truncate -s 0 big; done) & ");
    let message = "";
    while (message === "") {
        message = await fetched(id, [run(id)]).then(
            () => "",
            (error: Error) => error.message,
        );
        expect(below(root).filter((name) => name.endsWith(".part"))).toEqual([]);
    }
    await writes(id, "rm go");
    expect(message).toBe("A file became smaller while it was read; try again.");
});

describe("a run that Nomad has forgotten", () => {
    test("is found by the beginning of its id", async () => {
        expect((await fetched("0F000000-0000-4000-8000-000000000001", [run("cc")])).at(-1)).toMatch(/^✓ 5 artifacts/);
    });

    test("needs as much of its id as tells it from others", async () => {
        await writes("0f000000-0000-4000-8000-000000000009", "touch a");
        await expect(fetched("0f", [run("cc")])).rejects.toThrow(
            /^"0f" is the beginning of \d runs, give more of it: /,
        );
    });

    test("and that left nothing is not known", async () => {
        await expect(fetched("ee", [run("cc")])).rejects.toThrow(/^Nomad knows no run "ee"; it knows cc/);
    });
});

describe("without", () => {
    const nothing = () => Promise.resolve();

    test("the volume, it says how to make one", async () => {
        const access = { ...volumes.access(ARTIFACTS_VOLUME), prefix: "nonesuch" };
        await expect(VolumeFiles.use(access, nothing)).rejects.toThrow(
            "There is no volume nonesuch-artifacts; npm run up makes it.",
        );
        const { Volumes } = await volumes.engine.listVolumes({ filters: { name: ["nonesuch-artifacts"] } });
        expect(Volumes).toEqual([]);
    });

    test("an engine, it says so", async () => {
        const engine = new Docker({ host: "127.0.0.1", port: await freePort() });
        await expect(VolumeFiles.use({ ...volumes.access(ARTIFACTS_VOLUME), engine }, nothing)).rejects.toThrow(
            /^Docker does not answer \(.*ECONNREFUSED/,
        );
    });
});

describe("the container that files are copied through", () => {
    const filters = { label: [`${STACK_LABEL}=${volumes.prefix}`, `${PART_LABEL}=files`] };
    const present = async () => (await volumes.engine.listContainers({ all: true, filters })).length;

    test("is not there any more when the copy has failed", async () => {
        const failing = VolumeFiles.use(volumes.access(ARTIFACTS_VOLUME), async () => {
            expect(await present()).toBe(1);
            throw new Error("enough");
        });
        await expect(failing).rejects.toThrow("enough");
        expect(await present()).toBe(0);
    });

    test("ends with a process that is killed", async () => {
        const access = JSON.stringify({ ...volumes.access(ARTIFACTS_VOLUME), engine: undefined });
        const program = `const Docker = require("dockerode");
            const { VolumeFiles } = require("./cli/volume-files");
            VolumeFiles.use({ ...${access}, engine: new Docker() }, () => { console.log("in"); return new Promise(() => setInterval(() => {}, 1000)); });`;
        const child = spawn(process.execPath, ["--require", "tsx/cjs", "-e", program], { cwd: REPOSITORY });
        await once(child.stdout, "data");
        expect(await present()).toBe(1);
        child.kill("SIGKILL");
        await eventually("the container is gone", async () => ((await present()) === 0 ? true : undefined));
    });
});
