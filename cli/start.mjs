// What npm scripts run. Plain JavaScript without a dependency: on a fresh clone there are no packages yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = 20;

const checkout = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const lock = join(checkout, "package-lock.json");
const modules = join(checkout, "node_modules");
const stamp = join(modules, ".mlops-stamp");

/** Runs `npm ci` when the packages are not those of the lock file. Only stderr is written to: stdout may be evaluated. */
function providePackages() {
    const wanted = createHash("sha256").update(readFileSync(lock)).digest("hex");
    if (existsSync(stamp) && readFileSync(stamp, "utf8").trim() === wanted) {
        return;
    }
    if (!matchesInstalled()) {
        installPackages();
    }
    writeFileSync(stamp, `${wanted}\n`);
}

/** Whether somebody ran `npm ci` by hand: npm records what it installed beside the packages. */
function matchesInstalled() {
    const record = join(modules, ".package-lock.json");
    if (!existsSync(record)) {
        return false;
    }
    const installed = JSON.parse(readFileSync(record, "utf8")).packages;
    const wanted = Object.entries(JSON.parse(readFileSync(lock, "utf8")).packages);
    // Optional packages are for other systems; the first entry is the checkout itself; links have no version of their own.
    return wanted.every(
        ([path, { version, optional, link }]) =>
            path === "" ||
            optional ||
            link ||
            !path.startsWith("node_modules/") ||
            installed[path]?.version === version,
    );
}

function installPackages() {
    const started = Date.now();
    const npm = process.env.npm_execpath;
    const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    const options = { cwd: checkout, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" };
    const result = npm
        ? spawnSync(process.execPath, [npm, ...args], options)
        : spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
    if (result.status !== 0) {
        if (result.signal === "SIGINT" || result.status === 130) {
            process.exit(130);
        }
        const said = [result.error?.message, result.stderr, result.stdout].filter(Boolean).join("\n").trim();
        // npm lists all its options after a refusal.
        const [reason] = said.split(/\n.*Clean install a project/);
        process.stderr.write(`The npm packages could not be installed with npm ci:\n${reason}\n`);
        process.exit(1);
    }
    process.stderr.write(`✓ npm packages – ${Math.round((Date.now() - started) / 1000)} s\n`);
}

if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
    process.stderr.write(`Node.js ${process.versions.node} is too old; install ${OLDEST_NODE} or newer.\n`);
    process.exit(1);
}
providePackages();
// In this process: one Node less to start, and signals and exit code are our own.
const require = createRequire(import.meta.url);
require("tsx/cjs/api").register();
await require("./mlops.ts").main(process.argv);
