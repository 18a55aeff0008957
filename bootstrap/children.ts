import { rmSync } from "node:fs";

/** Process groups to end and paths to remove when this process ends before their owner has done so. */
const groups = new Set<number>();
const leftovers = new Set<string>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let guards = 0;

/** A child that leads its own process group; returns the call that says it has ended. */
export function trackGroup(pid: number): () => void {
    groups.add(pid);
    return () => void groups.delete(pid);
}

/** A half-made file or directory; returns the call that says it is whole, moved or gone. */
export function trackLeftover(path: string): () => void {
    leftovers.add(path);
    return () => void leftovers.delete(path);
}

/** Sends a signal to a whole process group; one that has ended already is fine. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
    try {
        process.kill(-pid, signal);
    } catch {
        // ESRCH: the group is gone, which is what was wanted.
    }
}

/** Runs work during which Ctrl-C, a termination signal or an exit leaves neither children nor half-made files. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
    if (guards++ === 0) {
        process.on("exit", cleanUp);
        signals.forEach((signal) => process.on(signal, onSignal));
    }
    try {
        return await work();
    } finally {
        if (--guards === 0) {
            process.off("exit", cleanUp);
            signals.forEach((signal) => process.off(signal, onSignal));
        }
    }
}

function cleanUp(): void {
    groups.forEach((pid) => signalGroup(pid, "SIGKILL"));
    groups.clear();
    leftovers.forEach((path) => rmSync(path, { recursive: true, force: true }));
    leftovers.clear();
}

function onSignal(signal: NodeJS.Signals): void {
    cleanUp();
    signals.forEach((each) => process.off(each, onSignal));
    // Die of the signal, as a shell expects, unless someone else has taken it over.
    if (process.listenerCount(signal) === 0) {
        process.kill(process.pid, signal);
    }
}
