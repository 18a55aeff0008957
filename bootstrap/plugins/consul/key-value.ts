import type { JsonApi, JsonRequest } from "../json-api";
import { type ConfiguredConsul, tokenHeader } from "./client";

interface Pair {
    Key: string;
    Flags: number;
    /** Base64; null for an empty value. */
    Value: string | null;
}

export interface KeyValue {
    key: string;
    value: string;
    flags: number;
}

/** Consul's KV store in one datacenter with one token. */
export class KeyValueStore {
    private constructor(
        private readonly api: JsonApi,
        private readonly request: JsonRequest,
        readonly datacenter: string,
    ) {}

    static async open(
        consul: ConfiguredConsul,
        own: { datacenter?: unknown; token?: unknown },
    ): Promise<KeyValueStore> {
        const datacenter = await consul.get().datacenter(own.datacenter);
        return new KeyValueStore(
            consul.api,
            { query: { dc: datacenter }, headers: tokenHeader(own.token) },
            datacenter,
        );
    }

    async get(key: string): Promise<KeyValue | undefined> {
        const pairs = await this.api.find<Pair[]>(path(key), this.request);
        return pairs?.map(decoded)[0];
    }

    async under(prefix: string): Promise<KeyValue[]> {
        const query = { ...this.request.query, recurse: "true" };
        return ((await this.api.find<Pair[]>(path(prefix), { ...this.request, query })) ?? []).map(decoded);
    }

    /** @throws when Consul says that it did not write, which it does with status 200. */
    async put(key: string, value: string, flags = 0): Promise<void> {
        const query = { ...this.request.query, flags: flags || undefined };
        const written = await this.api.send<boolean>("PUT", path(key), { ...this.request, query, body: value });
        if (written !== true) {
            throw new Error(`Consul did not write the key ${key}.`);
        }
    }

    async remove(key: string): Promise<void> {
        await this.api.remove(path(key), this.request);
    }

    async removeUnder(prefix: string): Promise<void> {
        await this.api.remove(path(prefix), {
            ...this.request,
            query: { ...this.request.query, recurse: "true" },
        });
    }
}

/** Why a key or prefix is refused: Consul's own client refuses a leading slash. */
export function refuseKey(key: string): string | undefined {
    return key.startsWith("/") ? `"${key}" must not begin with "/": Consul keys have no leading slash.` : undefined;
}

function path(key: string): string {
    return `/v1/kv/${key.split("/").map(encodeURIComponent).join("/")}`;
}

function decoded({ Key, Flags, Value }: Pair): KeyValue {
    return { key: Key, value: Buffer.from(Value ?? "", "base64").toString(), flags: Flags };
}
