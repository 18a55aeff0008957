import {
    InitializationError,
    type Properties,
    type ResourceType,
    type Schema,
    schemaResource,
} from "../resource-provider";
import type { ConfiguredConsul } from "./client";
import { type KeyValue, KeyValueStore, refuseKey } from "./key-value";

const enterprise = { type: "string", unsupported: true } as const;

const inputs: Schema = {
    pathPrefix: { type: "string", required: true, replace: true, refuse: refuseKey },
    subkeys: { type: { map: "string" } },
    subkeyCollection: {
        type: {
            set: {
                object: {
                    path: { type: "string", required: true },
                    value: { type: "string", required: true },
                    flags: { type: "integer", default: 0 },
                },
            },
        },
    },
    datacenter: { type: "string", replace: true, computed: true },
    token: { type: "string" },
    namespace: enterprise,
    partition: enterprise,
};

/** Owns every key under a prefix: it creates only under an empty one, and an update removes keys of others. */
export function keyPrefix(consul: ConfiguredConsul): ResourceType {
    return schemaResource(
        { inputs },
        {
            create: async (news) => {
                const store = await KeyValueStore.open(consul, news);
                const prefix = news.pathPrefix as string;
                const existing = await store.under(prefix);
                if (existing.length > 0) {
                    throw new Error(
                        `${existing.length} keys already exist under ${prefix}; delete them before managing this prefix with Pulumi`,
                    );
                }
                const state = { ...news, datacenter: store.datacenter };
                await writing(prefix, state, () => writeAll(store, news));
                return { id: prefix, state };
            },
            read: async (id, state) => {
                const store = await KeyValueStore.open(consul, state);
                return {
                    id,
                    state: { ...state, ...recorded(id, state, await store.under(id)), datacenter: store.datacenter },
                };
            },
            update: async (id, state, news) => {
                const store = await KeyValueStore.open(consul, {
                    ...news,
                    datacenter: news.datacenter ?? state.datacenter,
                });
                const updated = { ...news, datacenter: store.datacenter };
                await writing(id, updated, async () => {
                    await writeAll(store, news);
                    const wanted = new Set(entries(news).map(({ key }) => key));
                    for (const { key } of entries(state).filter(({ key }) => !wanted.has(key))) {
                        await store.remove(id + key);
                    }
                });
                return updated;
            },
            delete: async (id, state) => (await KeyValueStore.open(consul, state)).removeUnder(id),
        },
    );
}

/** Some keys may be written when this fails, so the resource is recorded: the next update then finishes the work. */
async function writing(id: string, state: Properties, write: () => Promise<void>): Promise<void> {
    try {
        await write();
    } catch (error) {
        throw new InitializationError(id, state, [(error as Error).message]);
    }
}

async function writeAll(store: KeyValueStore, news: Properties): Promise<void> {
    for (const { key, value, flags } of entries(news)) {
        await store.put(`${news.pathPrefix as string}${key}`, value, flags);
    }
}

interface Subkey {
    path: string;
    value: string;
    flags?: number;
}

/** The keys that inputs or a state stand for, relative to the prefix. */
function entries(properties: Properties): KeyValue[] {
    const subkeys = Object.entries((properties.subkeys as Record<string, string> | undefined) ?? {});
    const collection = (properties.subkeyCollection as Subkey[] | undefined) ?? [];
    return [
        ...subkeys.map(([key, value]) => ({ key, value, flags: 0 })),
        ...collection.map(({ path, value, flags = 0 }) => ({ key: path, value, flags })),
    ];
}

/** What the prefix holds, in the notation the state used for each key; keys with flags fit only the collection. */
function recorded(prefix: string, state: Properties, found: readonly KeyValue[]): Properties {
    const collected = new Set(((state.subkeyCollection as Subkey[] | undefined) ?? []).map(({ path }) => path));
    const subkeys: Record<string, string> = {};
    const subkeyCollection: Subkey[] = [];
    for (const { key, value, flags } of found) {
        const name = key.slice(prefix.length);
        if (collected.has(name) || flags !== 0) {
            subkeyCollection.push({ path: name, value, flags });
        } else {
            subkeys[name] = value;
        }
    }
    return {
        pathPrefix: prefix,
        subkeys,
        subkeyCollection: subkeyCollection.length > 0 ? subkeyCollection : undefined,
    };
}
