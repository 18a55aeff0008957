import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { withLock } from "../../bootstrap/lock";

let directory: string;
let path: string;
const nobody = () => {
    throw new Error("nobody holds it");
};

beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "mlops-lock-"));
    path = join(directory, "sub", "bootstrap.lock");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A process id that is certainly free: the highest one Linux ever gives is below it. */
const deadPid = 2 ** 22 + 1;

describe("the lock", () => {
    test("is there during the work, names its holder, and is gone after it, also when the work fails", async () => {
        await withLock(path, nobody, async () => {
            expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ pid: process.pid, host: hostname() });
        });
        expect(existsSync(path)).toBe(false);
        await expect(withLock(path, nobody, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
        expect(existsSync(path)).toBe(false);
    });

    test("makes a second one wait, and says for whom", async () => {
        const events: string[] = [];
        let release: () => void = () => undefined;
        const held = new Promise<void>((done) => (release = done));
        const first = withLock(path, nobody, async () => {
            await held;
            events.push("first");
        });
        const second = withLock(
            path,
            (pid) => {
                events.push(`waiting for ${pid}`);
                release();
            },
            async () => void events.push("second"),
        );
        await Promise.all([first, second]);
        expect(events).toEqual([`waiting for ${process.pid}`, "first", "second"]);
    });

    test.each([
        ["whose holder has died", JSON.stringify({ pid: deadPid, host: hostname() }), new Date()],
        ["nobody has touched for long", JSON.stringify({ pid: process.pid, host: "elsewhere" }), new Date(0)],
        ["cut off while it was written", "", new Date(0)],
    ])("one %s is taken over", async (_, content, touched) => {
        await withLock(path, nobody, async () => undefined);
        writeFileSync(path, content);
        utimesSync(path, touched, touched);
        let ran = false;
        await withLock(path, nobody, async () => void (ran = true));
        expect(ran).toBe(true);
    });

    test("one held on another host is respected, whatever its process id", async () => {
        await withLock(path, nobody, async () => undefined);
        writeFileSync(path, JSON.stringify({ pid: deadPid, host: "elsewhere" }));
        const waited: number[] = [];
        await withLock(
            path,
            (pid) => {
                waited.push(pid);
                rmSync(path);
            },
            async () => undefined,
        );
        expect(waited).toEqual([deadPid]);
    });
});
