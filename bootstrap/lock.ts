import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { trackLeftover } from "./children";

/** Holders touch their lock this often, and one untouched for `abandoned` is free: both in milliseconds. */
const touchEvery = 5_000;
const abandoned = 60_000;
const askEvery = 250;

interface Holder {
    pid: number;
    host: string;
}

/**
 * Runs work while holding a lock file, so that two bootstraps do not build the same thing side by side.
 * A lock whose holder has died is taken over; on another host or in another container only its age tells.
 * @param onWait called once when somebody else holds it
 */
export async function withLock<T>(path: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
    await acquire(path, onWait);
    const untrack = trackLeftover(path);
    const touch = setInterval(() => touchLock(path), touchEvery);
    try {
        return await work();
    } finally {
        clearInterval(touch);
        rmSync(path, { force: true });
        untrack();
    }
}

async function acquire(path: string, onWait: (pid: number) => void): Promise<void> {
    mkdirSync(dirname(path), { recursive: true });
    let waiting = false;
    while (!create(path)) {
        const content = read(path);
        if (content !== undefined && isStale(path, content)) {
            takeAway(path, content);
            continue;
        }
        if (!waiting && content !== undefined) {
            waiting = true;
            onWait(parse(content)?.pid ?? 0);
        }
        await delay(askEvery);
    }
}

function create(path: string): boolean {
    try {
        writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder), { flag: "wx" });
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") {
            return false;
        }
        throw error;
    }
}

function isStale(path: string, content: string): boolean {
    const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (touched === undefined || Date.now() - touched > abandoned) {
        return true;
    }
    const holder = parse(content);
    return holder?.host === hostname() && !isAlive(holder.pid);
}

/** Removes a stale lock, but puts back one that somebody else has taken over in the meantime. */
function takeAway(path: string, stale: string): void {
    const aside = `${path}.${process.pid}`;
    try {
        renameSync(path, aside);
    } catch {
        return;
    }
    if (read(aside) !== stale) {
        try {
            linkSync(aside, path);
        } catch {
            // A third one has it now; builds are whole or absent, so the worst is double work.
        }
    }
    rmSync(aside, { force: true });
}

function touchLock(path: string): void {
    try {
        utimesSync(path, new Date(), new Date());
    } catch {
        // Taken over after a long suspension: builds are whole or absent, so the worst is double work.
    }
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}

function read(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return undefined;
    }
}

/** The holder a lock names; undefined while it is being written or when it is not ours. */
function parse(content: string): Holder | undefined {
    try {
        return JSON.parse(content) as Holder;
    } catch {
        return undefined;
    }
}
