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

/**
 * Everything `npm test` runs. The trainer's checks wait for servers most of the time, so they run beside the others;
 * the end-to-end tests come last, two stacks at a time, each with a prefix and ports of its own.
 */
async function main(): Promise<number> {
    const env = { ...process.env, ...(await serverBinaries()) };
    const checks: Step[] = [
        { name: "lint", command: "npx", args: ["eslint", "."] },
        { name: "format", command: "npx", args: ["prettier", "--check", "--log-level", "warn", "."] },
        { name: "types", command: "npx", args: ["tsc", "--noEmit", "-p", "."] },
        { name: "unit tests", command: "npx", args: ["jest", "--selectProjects=unit"] },
        { name: "integration tests", command: "npx", args: ["jest", "--selectProjects=integration", "--runInBand"] },
    ];
    const endToEnd = {
        name: "end-to-end tests",
        command: "npx",
        args: ["jest", "--selectProjects=e2e", "--maxWorkers=2"],
    };
    const beside = await Promise.all([inOrder(checks, env), inOrder(trainerSteps(), env)]);
    const outcomes = [...beside.flat(), ...(await inOrder([endToEnd], env))];
    const failed = outcomes.filter(({ code }) => code !== 0).map(({ name }) => name);
    console.log(failed.length === 0 ? "\nAll steps passed." : `\nFailed: ${failed.join(", ")}.`);
    console.log(`steps: ${outcomes.length - failed.length} passed, ${failed.length} failed`);
    return failed.length === 0 ? 0 : 1;
}

interface Outcome {
    readonly name: string;
    readonly code: number;
}

/** Runs steps one after the other, all of them whatever fails, and shows what each printed once it has ended. */
async function inOrder(steps: Step[], env: NodeJS.ProcessEnv): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const step of steps) {
        const started = Date.now();
        const { code, output } = await ended(step, env);
        const seconds = Math.round((Date.now() - started) / 1000);
        console.log(`\n${output.trim()}\n── ${step.name}: ${code === 0 ? "ok" : `exit code ${code}`}, ${seconds} s`);
        outcomes.push({ name: step.name, code });
    }
    return outcomes;
}

/** The trainer's own checks, in a virtual environment of its pinned requirements, which is made first where it is missing. */
function trainerSteps(): Step[] {
    const cwd = join(REPOSITORY, "trainer");
    const python = join(cwd, ".venv", "bin", "python");
    const checks: [string, string[]][] = [
        ["trainer lint", ["-m", "ruff", "check", "--config", "pyproject.toml", ".", "../examples"]],
        ["trainer format", ["-m", "ruff", "format", "--check", "--config", "pyproject.toml", ".", "../examples"]],
        ["trainer types", ["-m", "mypy", "mlops_trainer", "tests", "../examples/csv"]],
        ["trainer tests", ["-m", "pytest", "-q"]],
    ];
    const install = ["-m", "pip", "install", "-q", "--require-hashes", "-r", "requirements-dev.txt"];
    return [
        { name: "trainer environment", command: "python3", args: ["-m", "venv", ".venv"], cwd },
        { name: "trainer requirements", command: python, args: install, cwd },
        ...checks.map(([name, args]) => ({ name, command: python, args, cwd })),
        ...guardSteps(python),
    ];
}

/** The docker guard's own checks. It needs nothing but Python, so the trainer's environment has all that they need. */
function guardSteps(python: string): Step[] {
    const cwd = join(REPOSITORY, "guard");
    const checks: [string, string[]][] = [
        ["guard lint", ["-m", "ruff", "check", "."]],
        ["guard format", ["-m", "ruff", "format", "--check", "."]],
        ["guard types", ["-m", "mypy", "docker_guard", "tests"]],
        ["guard tests", ["-m", "pytest", "-q"]],
    ];
    return checks.map(([name, args]) => ({ name, command: python, args, cwd }));
}

/** Runs a step to its end. What it prints is kept together, because another one may be printing beside it. */
function ended({ command, args, cwd }: Step, env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { cwd: cwd ?? REPOSITORY, env, stdio: ["ignore", "pipe", "pipe"] });
        let output = "";
        child.stdout.on("data", (data) => (output += data));
        child.stderr.on("data", (data) => (output += data));
        child.on("error", reject);
        child.on("close", (code) => resolve({ code: code ?? 1, output }));
    });
}

main().then(
    (code) => process.exit(code),
    (error: Error) => {
        console.error(error.message);
        process.exit(1);
    },
);
