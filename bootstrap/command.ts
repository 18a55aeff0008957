import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";

import { signalGroup, trackGroup } from "./children";

export interface CommandOptions {
    cwd?: string;
    /** the child's whole environment; default: ours */
    env?: NodeJS.ProcessEnv;
    /** where stdout and stderr go, appended */
    log: string;
    /** end the child after this long, in milliseconds; default: never */
    timeout?: number;
}

/** A command that failed; the message carries its last output lines and where the rest is. */
export class CommandError extends Error {
    override readonly name = "CommandError";
    constructor(
        readonly command: string,
        readonly reason: string,
        readonly lastLines: string[],
        readonly log: string,
    ) {
        super([`\`${command}\` ${reason} (log: ${log})`, ...lastLines.map((line) => `    ${line}`)].join("\n"));
    }
}

/** Runs a command to its end with its output in a log file. Throws {@link CommandError} when it fails. */
export async function run(command: string, args: readonly string[], options: CommandOptions): Promise<void> {
    mkdirSync(dirname(options.log), { recursive: true });
    const log = openSync(options.log, "a");
    let reason: string | undefined;
    try {
        reason = await finished(command, args, options, log);
    } finally {
        closeSync(log);
    }
    if (reason !== undefined) {
        throw new CommandError([command, ...args].join(" "), reason, await lastLines(options.log, 8), options.log);
    }
}

/** Resolves with what went wrong, or undefined. The child leads its own group, so that its children end with it. */
function finished(
    command: string,
    args: readonly string[],
    options: CommandOptions,
    log: number,
): Promise<string | undefined> {
    return new Promise((done) => {
        const child = spawn(command, args, {
            cwd: options.cwd,
            env: options.env ?? process.env,
            stdio: ["ignore", log, log],
            detached: true,
        });
        const untrack = child.pid === undefined ? () => undefined : trackGroup(child.pid);
        let timer: NodeJS.Timeout | undefined;
        let timedOut = false;
        if (options.timeout !== undefined) {
            timer = setTimeout(() => {
                timedOut = true;
                signalGroup(child.pid ?? 0, "SIGKILL");
            }, options.timeout);
        }
        const end = (reason: string | undefined) => {
            clearTimeout(timer);
            untrack();
            done(reason);
        };
        child.on("error", (error) => end(`could not be started: ${error.message}`));
        child.on("exit", (code, signal) => {
            if (timedOut) {
                end(`was ended after ${Math.round((options.timeout ?? 0) / 1000)} s`);
            } else {
                end(code === 0 ? undefined : `failed with ${signal ?? `exit code ${code}`}`);
            }
        });
    });
}

/** Runs a short command and returns its trimmed stdout, or undefined when it cannot be run, fails or takes too long. */
export function answerOf(
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<string | undefined> {
    return new Promise((done) => {
        const child = spawn(command, args, {
            cwd: options.cwd,
            env: options.env ?? process.env,
            stdio: ["ignore", "pipe", "ignore"],
        });
        // Not spawn's own timeout: that keeps its timer when the command cannot be started.
        const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 15_000);
        const end = (answer: string | undefined) => {
            clearTimeout(timer);
            done(answer);
        };
        const chunks: Buffer[] = [];
        child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
        child.on("error", () => end(undefined));
        child.on("close", (code) => end(code === 0 ? Buffer.concat(chunks).toString("utf8").trim() : undefined));
    });
}

/** The last lines of a text file that say something; reads only the file's end. */
export async function lastLines(path: string, count: number): Promise<string[]> {
    const file = await open(path, "r").catch(() => undefined);
    if (file === undefined) {
        return [];
    }
    try {
        const { size } = await file.stat();
        const length = Math.min(size, 16_384);
        const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
        return buffer
            .toString("utf8")
            .split("\n")
            .filter((line) => line.trim() !== "")
            .slice(-count);
    } finally {
        await file.close();
    }
}
