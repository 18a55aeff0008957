import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import type { Properties, Schema } from "../resource-provider";

/** Provider inputs of @pulumi/docker 5.x. */
export const providerConfig: Schema = {
    host: { type: "string", refuse: refuseHost },
    context: { type: "string", unsupported: true },
    caMaterial: { type: "string" },
    certMaterial: { type: "string" },
    keyMaterial: { type: "string" },
    certPath: { type: "string" },
    disableDockerDaemonCheck: { type: "boolean" },
    sshOpts: { type: { list: "string" }, refuse: refuseSshOptions },
    registryAuth: {
        type: {
            set: {
                object: {
                    address: { type: "string", required: true },
                    username: { type: "string" },
                    password: { type: "string" },
                    authDisabled: { type: "boolean" },
                    configFile: { type: "string", unsupported: true },
                    configFileContent: { type: "string", unsupported: true },
                },
            },
        },
    },
};

export interface RegistryLogin {
    address: string;
    username?: string;
    password?: string;
}

/** The engine that the provider was configured for. Nothing is dialled before the first request. */
export class Connection {
    private config: Properties = {};
    private client: Docker | undefined;

    configure(config: Properties): void {
        this.config = config;
        this.client = undefined;
    }

    /** Loads dockerode on first use, which keeps the plugin's start short. */
    async engine(): Promise<Docker> {
        if (!this.client) {
            const { default: Dockerode } = await import("dockerode");
            this.client = new Dockerode(clientOptions(this.config));
        }
        return this.client;
    }

    get logins(): RegistryLogin[] {
        const auth = (this.config.registryAuth ?? []) as (RegistryLogin & { authDisabled?: boolean })[];
        return auth.filter(({ authDisabled }) => !authDisabled);
    }
}

function refuseHost(host: string): string | undefined {
    return /^(unix|tcp|npipe|ssh|https?):\/\//.test(host)
        ? undefined
        : `"${host}" is no Docker host, expected unix://, tcp://, npipe:// or ssh://.`;
}

function refuseSshOptions(options: string[]): string | undefined {
    return options.length > 0 ? "not supported by this stand-in plugin: sshOpts" : undefined;
}

/** dockerode's options; without a host it goes by DOCKER_HOST and then the platform's default socket itself. */
function clientOptions(config: Properties): Docker.DockerOptions {
    const host = typeof config.host === "string" && config.host !== "" ? config.host : undefined;
    if (!host) {
        return {};
    }
    const local = /^(?:unix|npipe):\/\/(.+)$/.exec(host);
    if (local) {
        return { socketPath: local[1] };
    }
    const { protocol, hostname, port, username } = new URL(host);
    if (protocol === "ssh:") {
        return { protocol: "ssh", host: hostname, port: port || 22, username: username || undefined };
    }
    const tls = tlsMaterial(config);
    const secure = tls.ca !== undefined || protocol === "https:";
    return { protocol: secure ? "https" : "http", host: hostname, port: port || (secure ? 2376 : 2375), ...tls };
}

function tlsMaterial(config: Properties): { ca?: string; cert?: string; key?: string } {
    const { caMaterial: ca, certMaterial: cert, keyMaterial: key, certPath } = config as Record<string, string>;
    if (!certPath) {
        return { ca, cert, key };
    }
    const file = (name: string) => readFileSync(join(certPath, name), "utf8");
    return { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem") };
}
