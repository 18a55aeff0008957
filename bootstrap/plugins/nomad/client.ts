import { JsonApi } from "../json-api";
import type { Properties, Schema } from "../resource-provider";

const named = { name: { type: "string", required: true }, value: { type: "string", required: true } } as const;

/** The provider configuration of Pulumi's nomad plugin 2.6. */
export const configSchema: Schema = {
    address: { type: "string" },
    region: { type: "string" },
    secretId: { type: "string" },
    httpAuth: { type: "string" },
    headers: { type: { list: { object: named } } },
    ignoreEnvVars: { type: { map: "boolean" } },
    skipVerify: {
        type: "boolean",
        refuse: (skip: boolean) => (skip ? "not supported here: TLS options need the official plugin." : undefined),
    },
    authJwt: { type: "any", unsupported: true },
    caFile: { type: "string", unsupported: true },
    caPem: { type: "string", unsupported: true },
    certFile: { type: "string", unsupported: true },
    certPem: { type: "string", unsupported: true },
    keyFile: { type: "string", unsupported: true },
    keyPem: { type: "string", unsupported: true },
};

/**
 * The API of the Nomad agent that `config` names. Environment variables stand in for absent keys, as they do for the
 * official provider. Nothing is dialled yet.
 * @throws when there is no address.
 */
export function nomadApi(config: Properties, env: NodeJS.ProcessEnv = process.env): JsonApi {
    const ignored = (config.ignoreEnvVars as Record<string, boolean> | undefined) ?? {};
    const text = (key: string, variable: string) =>
        (config[key] as string | undefined) || (ignored[variable] ? undefined : env[variable]) || undefined;
    const address = text("address", "NOMAD_ADDR");
    if (!address) {
        throw new Error(
            "The nomad provider needs an address, such as http://127.0.0.1:4646: set `address` or NOMAD_ADDR.",
        );
    }
    if (!/^https?:\/\/[^/]/.test(address)) {
        throw new Error(`The nomad provider's address "${address}" is no URL, such as http://127.0.0.1:4646.`);
    }
    const headers: Record<string, string> = {};
    for (const { name, value } of (config.headers as { name: string; value: string }[] | undefined) ?? []) {
        headers[name] = value;
    }
    const token = text("secretId", "NOMAD_TOKEN");
    if (token) {
        headers["X-Nomad-Token"] = token;
    }
    const auth = text("httpAuth", "NOMAD_HTTP_AUTH");
    if (auth) {
        headers.Authorization = `Basic ${Buffer.from(auth).toString("base64")}`;
    }
    const region = text("region", "NOMAD_REGION");
    return new JsonApi(address.replace(/\/+$/, ""), headers, region ? { region } : {});
}

/** The API of the configured provider. */
export class ConfiguredNomad {
    private configured: JsonApi | undefined;

    configure(config: Properties): void {
        this.configured = nomadApi(config);
    }

    get api(): JsonApi {
        if (!this.configured) {
            throw new Error("The nomad provider has not been configured.");
        }
        return this.configured;
    }

    /** Undefined while a preview does not know the configuration. */
    get apiIfConfigured(): JsonApi | undefined {
        return this.configured;
    }
}
