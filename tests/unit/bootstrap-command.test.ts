import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { CommandError, answerOf, run } from "../../bootstrap/command";
import { checkoutDirectory } from "../../bootstrap/locations";

let directory: string;
let log: string;

beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "mlops-command-"));
    log = join(directory, "logs", "command.log");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const isAlive = (pid: number) => {
    try {
        process.kill(pid, 0);
        // A zombie still has an id: only its parent's wait is missing.
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
        return false;
    }
};

/** Waits until a process that was sent SIGKILL is gone: the kernel takes a moment. */
async function ended(pid: number): Promise<void> {
    while (isAlive(pid)) {
        await new Promise((done) => setTimeout(done, 10));
    }
}

describe("commands", () => {
    test("write to their log", async () => {
        await run("sh", ["-c", "echo out; echo err >&2"], { log });
        expect(readFileSync(log, "utf8")).toBe("out\nerr\n");
    });

    test("fail with their last lines and the log's path", async () => {
        const failure = run("sh", ["-c", "seq 100; exit 3"], { log });
        await expect(failure).rejects.toBeInstanceOf(CommandError);
        await expect(failure).rejects.toMatchObject({ reason: "failed with exit code 3" });
        await expect(failure).rejects.toThrow(new RegExp(`exit code 3 \\(log: ${log}\\)\\n(.*\\n)* {4}100$`));
    });

    test("say so when they cannot be started", async () => {
        await expect(run("/nowhere/command", [], { log })).rejects.toThrow(/could not be started: .*ENOENT/);
        expect(await answerOf("/nowhere/command", [])).toBeUndefined();
    });

    test("end with all their children when they take too long", async () => {
        const failure = run("sh", ["-c", "sleep 60 & echo $!; wait"], { log, timeout: 500 });
        await expect(failure).rejects.toThrow(/was ended after/);
        await ended(Number(readFileSync(log, "utf8").split("\n")[0]));
    });

    test("answer with their output, or with nothing when they fail", async () => {
        expect(await answerOf("echo", ["yes"])).toBe("yes");
        expect(await answerOf("false", [])).toBeUndefined();
    });

    test("end with the bootstrap, and half-made files go", async () => {
        const half = join(directory, "half-made");
        const bootstrap = join(checkoutDirectory(), "bootstrap");
        const program = join(directory, "program.ts");
        writeFileSync(
            program,
            `import { existsSync, mkdirSync, readFileSync } from "node:fs";
            import { guarded, trackLeftover } from "${bootstrap}/children";
            import { run } from "${bootstrap}/command";
            const tell = () => {
                const text = existsSync("${log}") ? readFileSync("${log}", "utf8") : "";
                return text.endsWith("\\n") ? console.log(text.trim()) : setTimeout(tell, 10);
            };
            void guarded(async () => {
                mkdirSync("${half}");
                trackLeftover("${half}");
                tell();
                await run("sh", ["-c", "sleep 60 & echo $!; wait"], { log: "${log}" });
            });`,
        );
        const child = spawn(process.execPath, ["--import", "tsx", program], {
            cwd: checkoutDirectory(),
            stdio: ["ignore", "pipe", "inherit"],
        });
        const exit = new Promise((done) => child.on("exit", (_, signal) => done(signal)));
        const { value: pid } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
        expect(isAlive(Number(pid))).toBe(true);
        expect(existsSync(half)).toBe(true);
        child.kill("SIGTERM");
        expect(await exit).toBe("SIGTERM");
        expect(existsSync(half)).toBe(false);
        await ended(Number(pid));
    });
});
