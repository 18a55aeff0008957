import { JsonApi, type JsonRequest } from "../json-api";
import type { Properties, Schema } from "../resource-provider";

const TLS = "TLS options need the official plugin";
const only = (wanted: unknown) => (value: unknown) => (value === wanted ? undefined : `not supported here: ${TLS}.`);

/** The provider configuration of Pulumi's consul plugin 3.15. */
export const configSchema: Schema = {
    address: { type: "string" },
    scheme: { type: "string", allowed: ["http", "https"] },
    token: { type: "string" },
    datacenter: { type: "string" },
    httpAuth: { type: "string" },
    headers: {
        type: {
            list: { object: { name: { type: "string", required: true }, value: { type: "string", required: true } } },
        },
    },
    insecureHttps: { type: "boolean", refuse: only(false) },
    caFile: { type: "string", unsupported: true },
    caPath: { type: "string", unsupported: true },
    caPem: { type: "string", unsupported: true },
    certFile: { type: "string", unsupported: true },
    certPem: { type: "string", unsupported: true },
    keyFile: { type: "string", unsupported: true },
    keyPem: { type: "string", unsupported: true },
    authJwt: { type: "any", unsupported: true },
    authLoginAws: { type: "any", unsupported: true },
    namespace: { type: "string", unsupported: true },
};

/** How to reach Consul, and the datacenter that resources without one of their own get. */
export class ConsulClient {
    readonly api: JsonApi;

    /** Environment variables stand in for absent keys, in the official provider's order. */
    constructor(
        private readonly config: Properties,
        env: NodeJS.ProcessEnv = process.env,
    ) {
        const text = (key: string, ...variables: string[]) =>
            (config[key] as string | undefined) ?? variables.map((variable) => env[variable]).find(Boolean);
        const headers: Record<string, string> = {};
        for (const { name, value } of (config.headers as { name: string; value: string }[] | undefined) ?? []) {
            headers[name] = value;
        }
        const token = text("token", "CONSUL_TOKEN", "CONSUL_HTTP_TOKEN");
        if (token) {
            headers["X-Consul-Token"] = token;
        }
        const auth = text("httpAuth", "CONSUL_HTTP_AUTH");
        if (auth) {
            headers.Authorization = `Basic ${Buffer.from(auth).toString("base64")}`;
        }
        const address = text("address", "CONSUL_ADDRESS", "CONSUL_HTTP_ADDR") ?? "localhost:8500";
        this.api = new JsonApi(consulUrl(address, text("scheme", "CONSUL_SCHEME") ?? "http"), headers);
    }

    /** The resource's own datacenter, the provider's, or the agent's, as in the official provider's `getDC`. */
    async datacenter(own: unknown): Promise<string> {
        const chosen = (own ?? this.config.datacenter) as string | undefined;
        if (chosen) {
            return chosen;
        }
        const self = await this.api.send<{ Config: { Datacenter: string } }>("GET", "/v1/agent/self");
        return self.Config.Datacenter;
    }
}

/** The client of the configured provider. Consul is dialled by the first request, not when the provider is configured. */
export class ConfiguredConsul {
    private client: ConsulClient | undefined;

    configure(config: Properties): void {
        this.client = new ConsulClient(config);
    }

    get(): ConsulClient {
        if (!this.client) {
            throw new Error("The consul provider has not been configured.");
        }
        return this.client;
    }

    get api(): JsonApi {
        return this.get().api;
    }
}

/** A resource's deprecated `token` input goes in place of the provider's token. */
export function tokenHeader(token: unknown): JsonRequest["headers"] {
    return token ? { "X-Consul-Token": token as string } : {};
}

/** `address` is "host:port"; a scheme in it counts, as Consul's own client allows it. */
export function consulUrl(address: string, scheme: string): string {
    const [, given, host] = /^(?:([a-z]+):\/\/)?(.*?)\/*$/.exec(address) ?? [];
    if (given !== undefined && given !== "http" && given !== "https") {
        throw new Error(
            `consul address "${address}" has the unknown scheme "${given}": use host:port, as in 127.0.0.1:8500.`,
        );
    }
    return `${given === "https" ? "https" : scheme}://${host}`;
}
