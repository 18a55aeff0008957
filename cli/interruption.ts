import { ChildProcess, execFileSync } from "node:child_process";
import { Interrupted } from "./user-error";

/** npm passes Ctrl-C on to a child that the terminal has told already: two signals this close are one key press. */
const SAME_PRESS_MILLISECONDS = 800;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * What Ctrl-C does: the first one lets a running Pulumi finish its current step, so that the state stays true; the second
 * ends everything at once. Where no Pulumi is running, the first one ends at once.
 */
export class Interruption {
    private child: ChildProcess | undefined;
    private told = false;
    private firstAt: number | undefined;
    /** What is said when nothing has to be finished first. */
    hint = "Interrupted.";

    constructor(private readonly say: (line: string) => void) {
        SIGNALS.forEach((signal) => process.on(signal, () => this.onSignal()));
    }

    /** @throws Interrupted when a signal came while a child was ending. */
    check(): void {
        if (this.firstAt !== undefined) {
            throw new Interrupted();
        }
    }

    /**
     * Makes a child the one that gets to finish its step; call the result when it has ended.
     *
     * @param told whether the terminal tells the child itself, because it is in our process group.
     */
    guard(child: ChildProcess, told: boolean): () => void {
        this.child = child;
        this.told = told;
        return () => {
            this.child = undefined;
        };
    }

    private onSignal(): void {
        const now = Date.now();
        if (this.firstAt !== undefined && now - this.firstAt < SAME_PRESS_MILLISECONDS) {
            return;
        }
        if (this.child === undefined) {
            this.say(this.hint);
            process.exit(130);
        }
        if (this.firstAt === undefined) {
            this.firstAt = now;
            this.say("Stopping: Pulumi finishes its current step. Press Ctrl-C again to end at once.");
            if (!this.told) {
                this.child.kill("SIGINT");
            }
            return;
        }
        killTree(this.child.pid);
        this.say("Ended at once. npm run up and npm run down clean up what was interrupted.");
        process.exit(130);
    }
}

/** Kills a process and all below it: Pulumi gives its plugins process groups of their own, and they outlive it. */
function killTree(root: number | undefined): void {
    if (root === undefined) {
        return;
    }
    for (const pid of [root, ...descendants(root)]) {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            // It has ended in the meantime.
        }
    }
}

function descendants(root: number): number[] {
    let table: string;
    try {
        table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
    } catch {
        return [];
    }
    const rows = table.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
    const found = [root];
    for (const parent of found) {
        found.push(...rows.filter(([, ppid]) => ppid === parent).map(([pid]) => pid as number));
    }
    return found.slice(1);
}
