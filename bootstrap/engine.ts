import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import Docker from "dockerode";

import { canInstallDebianPackages, installDebianPackages } from "./apt";
import { BootstrapError, causeOf, detailsOf } from "./bootstrap-error";
import { answerOf, lastLines } from "./command";
import { onPath } from "./executables";
import { goArchitecture } from "./go-build";
import { Locations } from "./locations";
import { Progress } from "./progress";

/** The oldest Docker Engine API the program is proved with: that of Engine 20.10, which Debian 12 has. */
const oldestApi = "1.41";
const defaultSocket = "unix:///var/run/docker.sock";

/** A Docker engine that answers. */
export interface Engine {
    docker: Docker;
    /** the address a shell must be told, when it is neither the default nor told already */
    address?: string;
    /** Go's name of the engine's processor, which need not be this machine's */
    architecture: string;
}

/**
 * Where an engine may be, best first.
 * @param explicit true when somebody named the address: then nothing else is tried, and nothing is installed
 */
export interface EngineAddresses {
    explicit: boolean;
    addresses: string[];
}

/** The named engine, else the default socket and those of rootless Docker and Docker Desktop. */
export function engineAddresses(dockerHost: string | undefined, environment: NodeJS.ProcessEnv): EngineAddresses {
    const named = dockerHost || environment.DOCKER_HOST;
    if (named) {
        return { explicit: true, addresses: [named] };
    }
    if (process.platform === "win32") {
        return { explicit: false, addresses: ["npipe:////./pipe/docker_engine"] };
    }
    const home = environment.HOME ?? homedir();
    const perUser = [
        environment.XDG_RUNTIME_DIR && join(environment.XDG_RUNTIME_DIR, "docker.sock"),
        join(home, ".docker", "run", "docker.sock"),
        join(home, ".docker", "desktop", "docker.sock"),
    ].filter((path): path is string => Boolean(path) && existsSync(path as string));
    return { explicit: false, addresses: [defaultSocket, ...perUser.map((path) => `unix://${path}`)] };
}

/** The engine that answers, or undefined. Throws {@link BootstrapError} when it is too old or a named one is silent. */
export async function findEngine(dockerHost: string | undefined): Promise<Engine | undefined> {
    const { explicit, addresses } = engineAddresses(dockerHost, process.env);
    let refusal: string | undefined;
    for (const address of addresses) {
        const docker = clientFor(address);
        try {
            const version = await answerWithin(10_000, docker.version());
            refuseOld(version.ApiVersion, version.Version);
            const known = address === defaultSocket || address === process.env.DOCKER_HOST;
            return { docker, architecture: goArchitecture(version.Arch), ...(!known && { address }) };
        } catch (error) {
            if (error instanceof BootstrapError) {
                throw error;
            }
            refusal ??= causeOf(error);
        }
    }
    if (explicit) {
        throw new BootstrapError(
            `No Docker engine answers at ${addresses[0]} (${refusal}). ` +
                `Start it, or correct ${dockerHost ? "dockerHost" : "DOCKER_HOST"}.`,
        );
    }
    if (refusal?.includes("EACCES")) {
        throw new BootstrapError(
            "The Docker engine is running but this user may not use it. " +
                "Add the user to the docker group (sudo usermod -aG docker $USER) and log in again.",
        );
    }
    return undefined;
}

/** Throws {@link BootstrapError} when the engine is older than the program needs. */
export function refuseOld(apiVersion: string, engineVersion: string): void {
    const [major = 0, minor = 0] = apiVersion.split(".").map(Number);
    const [oldestMajor = 0, oldestMinor = 0] = oldestApi.split(".").map(Number);
    if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
        throw new BootstrapError(
            `The Docker engine is version ${engineVersion} (API ${apiVersion}), and at least 20.10 (API ${oldestApi}) ` +
                `is needed. Upgrade Docker.`,
        );
    }
}

/** What to do where no engine answers and none may be installed or started. */
export function engineInstruction(platform: NodeJS.Platform, installed: boolean): string {
    if (platform === "darwin" || platform === "win32") {
        return "No Docker engine answers. Install and start Docker Desktop, or set DOCKER_HOST.";
    }
    return installed
        ? "No Docker engine answers. Start it (sudo systemctl start docker), or set DOCKER_HOST."
        : "No Docker engine is installed. Install it (Debian, Ubuntu: sudo apt-get install docker.io), or set DOCKER_HOST.";
}

/** The engine there is, else Debian's, installed and started when this is root's machine to change. */
export async function provideEngine(
    dockerHost: string | undefined,
    locations: Locations,
    progress: Progress,
): Promise<Engine> {
    const found = await findEngine(dockerHost);
    if (found !== undefined) {
        return found;
    }
    const isRoot = process.platform === "linux" && process.getuid?.() === 0;
    if (onPath("dockerd", process.env.PATH).length === 0 && canInstallDebianPackages()) {
        await progress.step(
            "installing the Docker engine",
            () => installEngine(locations),
            (_, took) => `Docker engine – installed from Debian's docker.io in ${took}`,
        );
    }
    const [dockerd] = onPath("dockerd", process.env.PATH);
    if (isRoot && dockerd !== undefined && existsSync("/run/systemd/system")) {
        await answerOf("systemctl", ["start", "docker"], { timeout: 60_000 });
    }
    if (!isRoot || dockerd === undefined) {
        throw new BootstrapError(engineInstruction(process.platform, dockerd !== undefined));
    }
    return await progress.step(
        "starting the Docker engine",
        () => startEngine(dockerd, locations),
        (_, took) => `Docker engine – started in ${took}`,
    );
}

async function installEngine(locations: Locations): Promise<void> {
    try {
        await installDebianPackages(["docker.io"], join(locations.cache, "logs", "docker-install.log"));
    } catch (error) {
        throw new BootstrapError(
            `The Docker engine could not be installed. Install docker.io and run this again.\n${detailsOf(error)}`,
        );
    }
}

/** Starts dockerd so that it outlives this process, and waits until it answers. */
async function startEngine(dockerd: string, locations: Locations): Promise<Engine> {
    const started = await findEngine(undefined);
    if (started !== undefined) {
        return started;
    }
    const log = join(locations.cache, "logs", "dockerd.log");
    mkdirSync(dirname(log), { recursive: true });
    const output = openSync(log, "a");
    const daemon = spawn(dockerd, [], { detached: true, stdio: ["ignore", output, output], cwd: "/" });
    let ended: string | undefined;
    daemon.on("error", (error) => (ended = error.message));
    daemon.on("exit", (code, signal) => (ended = `it ended with ${signal ?? `exit code ${code}`}`));
    daemon.unref();
    const deadline = Date.now() + 60_000;
    while (ended === undefined && Date.now() < deadline) {
        const engine = await findEngine(undefined);
        if (engine !== undefined) {
            return engine;
        }
        await delay(200);
    }
    const lines = (await lastLines(log, 5)).map((line) => `\n    ${line}`).join("");
    throw new BootstrapError(
        `The Docker engine could not be started (${ended ?? "no answer within 60 s"}; log: ${log}).${lines}`,
    );
}

async function answerWithin<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, refuse) => {
        timer = setTimeout(() => refuse(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds);
    });
    try {
        return await Promise.race([answer, late]);
    } finally {
        clearTimeout(timer);
    }
}

/** docker-modem reads addresses, with their TLS and SSH settings, from DOCKER_HOST alone. */
function clientFor(address: string): Docker {
    const before = process.env.DOCKER_HOST;
    process.env.DOCKER_HOST = address;
    try {
        return new Docker();
    } finally {
        if (before === undefined) {
            delete process.env.DOCKER_HOST;
        } else {
            process.env.DOCKER_HOST = before;
        }
    }
}
