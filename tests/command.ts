import { execFile } from "node:child_process";
import { join } from "node:path";

/** The checkout under test. */
export const REPOSITORY = join(__dirname, "..");

export interface Finished {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

const OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a command in the checkout to its end. */
export function run(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<Finished> {
    return new Promise((resolve) => {
        execFile(command, args, { cwd: REPOSITORY, env, maxBuffer: OUTPUT_BYTES }, (error, stdout, stderr) => {
            const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
            resolve({ code, stdout, stderr });
        });
    });
}
