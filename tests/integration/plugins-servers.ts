import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The bootstrap token of the Consul and Nomad servers started here. */
export const MANAGEMENT_TOKEN = "5a1f6d3e-3c1b-4d58-9a55-0d6c1ce0a001";

/** A real server in dev mode with ACLs on, on free loopback ports. */
export interface DevServer {
    /** "127.0.0.1:port". */
    address: string;
    stop(): Promise<void>;
}

export async function startConsul(): Promise<DevServer> {
    const [http, server, serf] = [await freePort(), await freePort(), await freePort()];
    const config = {
        acl: { enabled: true, default_policy: "deny", tokens: { initial_management: MANAGEMENT_TOKEN } },
        ports: { http, server, serf_lan: serf, serf_wan: -1, dns: -1, grpc: -1, grpc_tls: -1 },
        bind_addr: "127.0.0.1",
        disable_update_check: true,
    };
    const args = (file: string) => ["agent", "-dev", "-config-file", file];
    return start("consul", config, args, `127.0.0.1:${http}`, async (url) => {
        // The token answers only when there is a leader that has applied it.
        const headers = { "X-Consul-Token": MANAGEMENT_TOKEN };
        return (await fetch(`${url}/v1/acl/token/self`, { headers })).ok;
    });
}

export async function startNomad(): Promise<DevServer> {
    const [http, rpc, serf] = [await freePort(), await freePort(), await freePort()];
    const config = {
        acl: { enabled: true },
        ports: { http, rpc, serf },
        bind_addr: "127.0.0.1",
        disable_update_check: true,
        consul: { address: "127.0.0.1:1", auto_advertise: false, server_auto_join: false, client_auto_join: false },
        plugin: [{ raw_exec: { config: { enabled: true } } }],
    };
    const address = `127.0.0.1:${http}`;
    const args = (file: string) => ["agent", "-dev", "-config", file];
    const started = await start("nomad", config, args, address, async (url) => {
        const body = JSON.stringify({ BootstrapSecret: MANAGEMENT_TOKEN });
        const response = await fetch(`${url}/v1/acl/bootstrap`, { method: "POST", body });
        return response.ok;
    });
    try {
        await until(started.address, "nomad's node", async () => {
            const headers = { "X-Nomad-Token": MANAGEMENT_TOKEN };
            const nodes = (await (await fetch(`http://${address}/v1/nodes`, { headers })).json()) as {
                Status: string;
            }[];
            return nodes.some((node) => node.Status === "ready");
        });
        return started;
    } catch (error) {
        await started.stop();
        throw error;
    }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return port;
}

type Probe = (url: string) => Promise<boolean>;

async function start(
    name: string,
    config: object,
    args: (configFile: string) => string[],
    address: string,
    probe: Probe,
): Promise<DevServer> {
    const variable = `${name.toUpperCase()}_BINARY`;
    const binary = process.env[variable];
    if (!binary || !existsSync(binary)) {
        throw new Error(`${variable} must name a ${name} binary for this test; it is ${binary ?? "not set"}.`);
    }
    const directory = mkdtempSync(join(tmpdir(), `plugins-${name}-`));
    const file = join(directory, "config.json");
    writeFileSync(file, JSON.stringify(config));
    const log = join(directory, "log");
    const child = spawn("sh", ["-c", 'exec "$0" "$@" >"$LOG" 2>&1', binary, ...args(file)], {
        // Nomad's dev agent puts its data under TMPDIR.
        env: { PATH: process.env.PATH, HOME: directory, TMPDIR: directory, LOG: log },
    });
    const stop = async () => {
        await ended(child);
        unmountUnder(directory);
        rmSync(directory, { recursive: true, force: true });
    };
    try {
        await until(address, name, () =>
            child.exitCode === null ? probe(`http://${address}`) : Promise.reject(gone(name)),
        );
    } catch (error) {
        const lastLines = existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(-15).join("\n") : "";
        await stop();
        throw new Error(`${(error as Error).message}\n${lastLines}`);
    }
    return { address, stop };
}

/** As root, Nomad's client mounts a file system for each task's secrets, and leaves it when the dev agent stops. */
export function unmountUnder(directory: string): void {
    const mounts = existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8").split("\n") : [];
    for (const mountPoint of mounts.map((line) => line.split(" ")[1] ?? "")) {
        if (mountPoint.startsWith(`${directory}/`)) {
            spawnSync("umount", [mountPoint]);
        }
    }
}

const gone = (name: string) => new Error(`${name} ended.`);

/** Ends a server that was started here, with force where it does not end by itself. */
export async function ended(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) {
        return;
    }
    const exit = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    const killer = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await exit;
    clearTimeout(killer);
}

/** Asks every 100 ms until it is so, for at most a minute. A refused connection counts as not yet. */
export async function until(address: string, what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000;
    let last = "";
    while (Date.now() < deadline) {
        try {
            if (await isSo()) {
                return;
            }
        } catch (error) {
            if (/ended\.$/.test((error as Error).message)) {
                throw error;
            }
            last = (error as Error).message;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${what} at ${address} was not ready within a minute. ${last}`);
}
