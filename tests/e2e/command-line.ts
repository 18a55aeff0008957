import { ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { Finished, REPOSITORY } from "../command";
import { removeImages } from "./test-stack";

/** The `mlops` command as a user types it, on a stack with a prefix, a configuration file and a state of its own. */
export class CommandLine {
    readonly prefix = `e2e-${randomBytes(3).toString("hex")}`;
    private readonly file = join(REPOSITORY, `Pulumi.${this.prefix}.yaml`);
    private readonly state = mkdtempSync(join(tmpdir(), `${this.prefix}-`));

    /** Writes the stack's configuration file. */
    configure(config: Record<string, string>): void {
        const entries = Object.entries({ prefix: this.prefix, ...config });
        const keyed = Object.fromEntries(entries.map(([key, value]) => [`mlops-infra:${key}`, value]));
        writeFileSync(this.file, stringify({ config: keyed }));
    }

    /** Starts a command in a process group of its own, as a terminal does. */
    start(args: string[], environment: Record<string, string> = {}): RunningCommand {
        const [command = "", ...rest] = args;
        return this.spawn([command, "--stack", this.prefix, ...rest], environment);
    }

    /** Runs a command to its end. */
    run(args: string[], environment: Record<string, string> = {}): Promise<Finished> {
        return this.start(args, environment).finished;
    }

    /** The stack's outputs, secrets in the clear. @throws when there is no stack */
    async outputs(): Promise<Record<string, string>> {
        // Pulumi's own commands take their stack behind them.
        const args = ["pulumi", "stack", "output", "--json", "--show-secrets", "--stack", this.prefix];
        const { code, stdout, stderr } = await this.spawn(args, {}).finished;
        if (code !== 0) {
            throw new Error(`no outputs: ${stderr}`);
        }
        return JSON.parse(stdout) as Record<string, string>;
    }

    private spawn(args: string[], environment: Record<string, string>): RunningCommand {
        const backend = { PULUMI_BACKEND_URL: `file://${this.state}`, PULUMI_CONFIG_PASSPHRASE: "command line" };
        const env = { ...process.env, ...backend, ...environment };
        const argv = ["cli/start.mjs", ...args];
        return new RunningCommand(spawn(process.execPath, argv, { cwd: REPOSITORY, env, detached: true }));
    }

    /** Forgets the stack's configuration, state and images; its containers must be gone by then. */
    async forget(): Promise<void> {
        rmSync(this.file, { force: true });
        rmSync(this.state, { recursive: true, force: true });
        await removeImages(this.prefix);
    }
}

/** A command that was started. */
export class RunningCommand {
    readonly finished: Promise<Finished>;
    private stdout = "";
    private stderr = "";
    private readonly waiting: (() => void)[] = [];

    constructor(private readonly child: ChildProcess) {
        child.stdout?.on("data", (data) => this.said((this.stdout += data)));
        child.stderr?.on("data", (data) => this.said((this.stderr += data)));
        this.finished = new Promise((resolve) => {
            child.on("close", (code, signal) => {
                this.said("");
                resolve({ code: code ?? (signal ? 128 : 1), stdout: this.stdout, stderr: this.stderr });
            });
        });
    }

    /** Resolves once the command has printed `text`. @throws when it ends without. */
    async until(text: string): Promise<void> {
        while (!(this.stdout + this.stderr).includes(text)) {
            if (this.child.exitCode !== null || this.child.signalCode !== null) {
                throw new Error(`ended without "${text}":\n${this.stdout}${this.stderr}`);
            }
            await new Promise<void>((resolve) => this.waiting.push(resolve));
        }
    }

    /** Signals the whole process group: what Ctrl-C in a terminal does, or, with SIGKILL, what a crash does. */
    signalGroup(signal: NodeJS.Signals): void {
        process.kill(-(this.child.pid as number), signal);
    }

    private said(_text: string): void {
        this.waiting.splice(0).forEach((resume) => resume());
    }
}
