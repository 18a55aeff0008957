import { type Properties, type ResourceType, type Schema, schemaResource } from "../resource-provider";
import type { ConfiguredConsul } from "./client";
import { KeyValueStore, refuseKey } from "./key-value";

const enterprise = { type: "string", unsupported: true } as const;

const inputs: Schema = {
    keys: {
        type: {
            set: {
                object: {
                    path: { type: "string", required: true, refuse: refuseKey },
                    value: { type: "string", computed: true },
                    default: { type: "string" },
                    delete: { type: "boolean", default: false },
                    flags: { type: "integer", default: 0 },
                    // Reading a key into `var` by this name is deprecated upstream in favour of `getKeys`.
                    name: { type: "string" },
                },
            },
        },
    },
    datacenter: { type: "string", replace: true, computed: true },
    token: { type: "string" },
    namespace: enterprise,
    partition: enterprise,
};

interface Key {
    path: string;
    value?: string;
    default?: string;
    delete?: boolean;
    flags?: number;
    name?: string;
}

const keysOf = (properties: Properties) => (properties.keys as Key[] | undefined) ?? [];

/** Single keys in prefixes that others use too. A key without a value is only read; `delete` says who removes it. */
export function keys(consul: ConfiguredConsul): ResourceType {
    return schemaResource(
        { inputs, outputs: ["var"] },
        {
            create: async (news) => {
                const store = await KeyValueStore.open(consul, news);
                await writeAll(store, news);
                return { id: "consul", state: await current(store, news) };
            },
            read: async (id, state) => ({ id, state: await current(await KeyValueStore.open(consul, state), state) }),
            update: async (_id, state, news) => {
                const store = await KeyValueStore.open(consul, {
                    ...news,
                    datacenter: news.datacenter ?? state.datacenter,
                });
                await writeAll(store, news);
                const wanted = new Set(keysOf(news).map(({ path }) => path));
                for (const { path } of keysOf(state).filter((key) => key.delete && !wanted.has(key.path))) {
                    await store.remove(path);
                }
                return current(store, news);
            },
            delete: async (_id, state) => {
                const store = await KeyValueStore.open(consul, state);
                for (const { path } of keysOf(state).filter((key) => key.delete)) {
                    await store.remove(path);
                }
            },
        },
    );
}

async function writeAll(store: KeyValueStore, news: Properties): Promise<void> {
    for (const { path, value, flags } of keysOf(news)) {
        // The official provider cannot tell an empty value from none, and writes neither.
        if (value) {
            await store.put(path, value, flags);
        }
    }
}

/** The state with what Consul has now, so that a refresh sees drift of the keys that were written. */
async function current(store: KeyValueStore, properties: Properties): Promise<Properties> {
    const read: Key[] = [];
    const variables: Record<string, string> = {};
    for (const key of keysOf(properties)) {
        const found = await store.get(key.path);
        const value = found?.value || (key.default ?? "");
        if (key.name) {
            variables[key.name] = value;
        }
        read.push(key.value ? { ...key, value, flags: found?.flags ?? 0 } : key);
    }
    return { ...properties, keys: read, var: variables, datacenter: store.datacenter };
}
