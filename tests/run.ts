import { spawn } from "node:child_process";
import { join } from "node:path";
import { serverBinaries } from "./binaries";
import { REPOSITORY } from "./command";

interface Step {
    readonly name: string;
    readonly command: string;
    readonly args: string[];
    /** @default the checkout */
    readonly cwd?: string;
}

/** Everything `npm test` runs, in the order in which a mistake is found soonest. */
async function main(): Promise<number> {
    const binaries = await serverBinaries();
    const steps: Step[] = [
        { name: "lint", command: "npx", args: ["eslint", "."] },
        { name: "format", command: "npx", args: ["prettier", "--check", "--log-level", "warn", "."] },
        { name: "types", command: "npx", args: ["tsc", "--noEmit", "-p", "."] },
        { name: "unit tests", command: "npx", args: ["jest", "--selectProjects=unit"] },
        ...trainerSteps(),
        { name: "integration tests", command: "npx", args: ["jest", "--selectProjects=integration", "--runInBand"] },
        { name: "end-to-end tests", command: "npx", args: ["jest", "--selectProjects=e2e", "--runInBand"] },
    ];
    const failed: string[] = [];
    for (const step of steps) {
        const started = Date.now();
        console.log(`\n── ${step.name}`);
        const code = await shown(step, { ...process.env, ...binaries });
        console.log(
            `── ${step.name}: ${code === 0 ? "ok" : `exit code ${code}`}, ${Math.round((Date.now() - started) / 1000)} s`,
        );
        if (code !== 0) {
            failed.push(step.name);
        }
    }
    console.log(failed.length === 0 ? "\nAll steps passed." : `\nFailed: ${failed.join(", ")}.`);
    console.log(`steps: ${steps.length - failed.length} passed, ${failed.length} failed`);
    return failed.length === 0 ? 0 : 1;
}

/** The trainer's own checks, in a virtual environment of its pinned requirements, which is made first where it is missing. */
function trainerSteps(): Step[] {
    const cwd = join(REPOSITORY, "trainer");
    const python = join(cwd, ".venv", "bin", "python");
    const checks: [string, string[]][] = [
        ["trainer lint", ["-m", "ruff", "check", "."]],
        ["trainer format", ["-m", "ruff", "format", "--check", "."]],
        ["trainer types", ["-m", "mypy", "mlops_trainer", "tests"]],
        ["trainer tests", ["-m", "pytest", "-q"]],
    ];
    const install = ["-m", "pip", "install", "-q", "--require-hashes", "-r", "requirements-dev.txt"];
    return [
        { name: "trainer environment", command: "python3", args: ["-m", "venv", ".venv"], cwd },
        { name: "trainer requirements", command: python, args: install, cwd },
        ...checks.map(([name, args]) => ({ name, command: python, args, cwd })),
    ];
}

/** Runs a step with its output shown as it comes. */
function shown({ command, args, cwd }: Step, env: NodeJS.ProcessEnv): Promise<number> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { cwd: cwd ?? REPOSITORY, env, stdio: "inherit" });
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
