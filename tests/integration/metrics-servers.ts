import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended, freePort, unmountUnder, until } from "./plugins-servers";

/** A real server on a free loopback port. */
export interface Server {
    readonly url: string;
    stop(): Promise<void>;
}

interface ScrapeJob {
    readonly job_name: string;
    readonly targets: readonly string[];
    readonly [setting: string]: unknown;
}

/** Prometheus that scrapes `jobs` every second and evaluates `rules`, if any. */
export async function startPrometheus(jobs: readonly ScrapeJob[], rules?: string): Promise<Server> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    return start("prometheus", url, "/-/ready", (directory) => {
        const config = {
            global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
            rule_files: rules ? [join(directory, "rules.yml")] : [],
            scrape_configs: [
                { job_name: "prometheus", static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
                ...jobs.map(({ targets, ...job }) => ({ ...job, static_configs: [{ targets }] })),
            ],
        };
        writeFileSync(join(directory, "rules.yml"), rules ?? "");
        writeFileSync(join(directory, "prometheus.yml"), JSON.stringify(config));
        return [
            `--config.file=${join(directory, "prometheus.yml")}`,
            `--storage.tsdb.path=${join(directory, "data")}`,
            "--storage.tsdb.retention.size=1GB",
            `--web.listen-address=127.0.0.1:${port}`,
        ];
    });
}

export async function startPushgateway(): Promise<Server> {
    const address = `127.0.0.1:${await freePort()}`;
    return start("pushgateway", `http://${address}`, "/-/ready", () => [`--web.listen-address=${address}`]);
}

/** A Consul server with its metrics on, as the stack's has them. */
export async function startMeasuredConsul(): Promise<Server> {
    const [http, server, serf] = [await freePort(), await freePort(), await freePort()];
    return start("consul", `http://127.0.0.1:${http}`, "/v1/agent/metrics?format=prometheus", (directory) => {
        const config = {
            ports: { http, server, serf_lan: serf, serf_wan: -1, dns: -1, grpc: -1, grpc_tls: -1 },
            bind_addr: "127.0.0.1",
            disable_update_check: true,
            telemetry: { prometheus_retention_time: "60s", disable_hostname: true },
        };
        writeFileSync(join(directory, "consul.json"), JSON.stringify(config));
        return ["agent", "-dev", "-config-file", join(directory, "consul.json")];
    });
}

/** Nomad's server and client in one, with their metrics on as the stack's have them. */
export async function startMeasuredNomad(): Promise<Server> {
    const [http, rpc, serf] = [await freePort(), await freePort(), await freePort()];
    return start("nomad", `http://127.0.0.1:${http}`, "/v1/agent/health", (directory) => {
        const config = {
            ports: { http, rpc, serf },
            bind_addr: "127.0.0.1",
            disable_update_check: true,
            consul: { address: "127.0.0.1:1", auto_advertise: false, server_auto_join: false, client_auto_join: false },
            client: {
                options: {
                    "fingerprint.denylist": "env_aws,env_gce,env_azure,env_digitalocean",
                    "driver.denylist": "docker",
                },
            },
            plugin: [{ raw_exec: { config: { enabled: true } } }],
            telemetry: {
                collection_interval: "1s",
                prometheus_metrics: true,
                publish_allocation_metrics: true,
                publish_node_metrics: true,
                disable_hostname: true,
            },
        };
        writeFileSync(join(directory, "nomad.json"), JSON.stringify(config));
        return ["agent", "-dev", "-config", join(directory, "nomad.json")];
    });
}

type Arguments = (directory: string) => string[];

async function start(name: string, url: string, readyPath: string, args: Arguments): Promise<Server> {
    const variable = `${name.toUpperCase()}_BINARY`;
    const binary = process.env[variable];
    if (!binary || !existsSync(binary)) {
        throw new Error(`${variable} must name a ${name} binary for this test; it is ${binary ?? "not set"}.`);
    }
    const directory = mkdtempSync(join(tmpdir(), `metrics-${name}-`));
    const log = join(directory, "log");
    mkdirSync(join(directory, "data"));
    const child = spawn("sh", ["-c", 'exec "$0" "$@" >"$LOG" 2>&1', binary, ...args(directory)], {
        env: { PATH: process.env.PATH, HOME: directory, TMPDIR: join(directory, "data"), LOG: log },
    });
    const stop = async () => {
        await ended(child);
        unmountUnder(directory);
        rmSync(directory, { recursive: true, force: true });
    };
    try {
        await until(url, name, async () => {
            if (child.exitCode !== null) {
                throw new Error(`${name} ended.`);
            }
            return (await fetch(`${url}${readyPath}`)).ok;
        });
    } catch (error) {
        const lastLines = readFileSync(log, "utf8").split("\n").slice(-15).join("\n");
        await stop();
        throw new Error(`${(error as Error).message}\n${lastLines}`);
    }
    return { url, stop };
}
