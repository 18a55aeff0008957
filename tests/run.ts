import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { serverBinaries } from "./binaries";
import { REPOSITORY } from "./command";

/** Everything `npm test` runs, in the order in which a mistake is found soonest. */
async function main(): Promise<number> {
    const binaries = await serverBinaries();
    const python = join(REPOSITORY, "trainer", ".venv", "bin", "python");
    const steps: [string, string, string[]][] = [
        ["lint", "npx", ["eslint", "."]],
        ["format", "npx", ["prettier", "--check", "--log-level", "warn", "."]],
        ["types", "npx", ["tsc", "--noEmit", "-p", "."]],
        ["unit tests", "npx", ["jest", "--selectProjects=unit"]],
        ...(existsSync(python) ? [] : virtualEnvironment(python)),
        ["trainer lint", python, ["-m", "ruff", "check", "trainer"]],
        ["trainer tests", python, ["-m", "pytest", "-q", "trainer/tests"]],
        ["integration tests", "npx", ["jest", "--selectProjects=integration", "--runInBand"]],
        ["end-to-end tests", "npx", ["jest", "--selectProjects=e2e", "--runInBand"]],
    ];
    const failed: string[] = [];
    for (const [name, command, args] of steps) {
        const started = Date.now();
        console.log(`\n── ${name}`);
        const code = await shown(command, args, { ...process.env, ...binaries });
        console.log(
            `── ${name}: ${code === 0 ? "ok" : `exit code ${code}`}, ${Math.round((Date.now() - started) / 1000)} s`,
        );
        if (code !== 0) {
            failed.push(name);
        }
    }
    console.log(failed.length === 0 ? "\nAll steps passed." : `\nFailed: ${failed.join(", ")}.`);
    console.log(`steps: ${steps.length - failed.length} passed, ${failed.length} failed`);
    return failed.length === 0 ? 0 : 1;
}

/** Steps that make the trainer's virtual environment from its pinned requirements. */
function virtualEnvironment(python: string): [string, string, string[]][] {
    const requirements = join(REPOSITORY, "trainer", "requirements-dev.txt");
    return [
        ["trainer environment", "python3", ["-m", "venv", join(REPOSITORY, "trainer", ".venv")]],
        ["trainer requirements", python, ["-m", "pip", "install", "-q", "--require-hashes", "-r", requirements]],
    ];
}

/** Runs a command with its output shown as it comes. */
function shown(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { cwd: REPOSITORY, env, stdio: "inherit" });
        child.on("error", reject);
        child.on("exit", (code) => resolve(code ?? 1));
    });
}

main().then(
    (code) => process.exit(code),
    (error: Error) => {
        console.error(error.message);
        process.exit(1);
    },
);
