import { ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { EngineEvent } from "./engine-events";
import { Interruption } from "./interruption";
import { UserError, reasonOf } from "./user-error";

/** What a finished command left behind. */
export interface Outcome {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

export interface PulumiOptions {
    /** Path of the CLI. */
    readonly executable: string;
    readonly checkout: string;
    readonly stack: string;
    readonly env: NodeJS.ProcessEnv;
    readonly interruption: Interruption;
}

/** The Pulumi CLI, run for one stack of one checkout. */
export class Pulumi {
    constructor(private readonly options: PulumiOptions) {}

    get stack(): string {
        return this.options.stack;
    }

    /** Runs a command to its end and keeps what it printed. `input` becomes its stdin. */
    async capture(args: string[], input?: string): Promise<Outcome> {
        const child = this.spawn(args, "pipe", true);
        child.stdin?.end(input);
        const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), this.ended(child)]);
        this.options.interruption.check();
        return { code, stdout, stderr };
    }

    /** `capture` for commands that must succeed. @throws UserError with what Pulumi said. */
    async ask(args: string[], input?: string): Promise<string> {
        const { code, stdout, stderr } = await this.capture(args, input);
        if (code !== 0) {
            throw new UserError(`pulumi ${args[0]} ${args[1]} failed: ${plain(stderr || stdout)}`);
        }
        return stdout;
    }

    /** Runs up, destroy or refresh without questions and hands over every engine event as it happens. */
    async update(
        args: string[],
        onEvent: (event: EngineEvent) => void,
        onLine?: (line: string) => void,
    ): Promise<Outcome> {
        const { stack } = this.options;
        const child = this.spawn(
            [...args, "--yes", "--skip-preview", "--non-interactive", "--json", "--stack", stack],
            "pipe",
            true,
        );
        child.stdin?.end();
        const strange: string[] = [];
        if (child.stdout) {
            createInterface({ input: child.stdout }).on("line", (line) => {
                onLine?.(line);
                const event = eventOf(line);
                if (event) {
                    onEvent(event);
                } else {
                    strange.push(line);
                }
            });
        }
        const [stderr, code] = await Promise.all([text(child.stderr), this.ended(child)]);
        return { code, stdout: strange.join("\n"), stderr };
    }

    /** Hands the terminal over to a command. @returns its exit code. */
    async handOver(args: string[]): Promise<number> {
        // In our own process group, so that it may ask questions; Ctrl-C reaches it through the terminal.
        return this.ended(this.spawn(args, "inherit", false), process.stdin.isTTY);
    }

    private spawn(args: string[], stdio: "pipe" | "inherit", ownGroup: boolean): ChildProcess {
        const { executable, checkout, stack } = this.options;
        // Where nobody has selected a stack, on a team's second machine say, Pulumi would ask or give up.
        const env = { ...this.options.env, PULUMI_STACK: stack };
        // A group of its own keeps the terminal's Ctrl-C away: Pulumi gets exactly the signals that are meant for it.
        return spawn(executable, args, { cwd: checkout, env, stdio, detached: ownGroup });
    }

    private async ended(child: ChildProcess, told = false): Promise<number> {
        const release = this.options.interruption.guard(child, told);
        try {
            return await new Promise<number>((resolve, reject) => {
                child.on("error", (error) =>
                    reject(new UserError(`${this.options.executable} cannot be run: ${reasonOf(error)}.`)),
                );
                child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
            });
        } finally {
            release();
        }
    }
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream ?? []) {
        chunks.push(Buffer.from(chunk));
    }
    return Buffer.concat(chunks).toString();
}

function eventOf(line: string): EngineEvent | undefined {
    try {
        return JSON.parse(line) as EngineEvent;
    } catch {
        return undefined;
    }
}

/** Pulumi's message without its "error:" prefix. */
export function plain(message: string): string {
    return message.replace(/^error: /gm, "").trim();
}
