import { isDeepStrictEqual } from "node:util";
import { HttpError } from "../json-api";
import { type Properties, type ResourceType, schemaResource } from "../resource-provider";
import type { ConfiguredConsul } from "./client";
import { refuseJson } from "./json-text";

const enterprise = { type: "string", unsupported: true } as const;

/** What Consul keeps about an entry and what is no part of `configJson`. */
const METADATA = ["Kind", "Name", "Hash", "CreateIndex", "ModifyIndex", "Namespace", "Partition"];

/** A config entry of any kind. */
export function configEntry(consul: ConfiguredConsul): ResourceType {
    const path = ({ kind, name }: Properties) =>
        `/v1/config/${encodeURIComponent(kind as string)}/${encodeURIComponent(name as string)}`;
    const find = async (properties: Properties): Promise<Properties | undefined> => {
        const entry = await consul.api.find<Properties>(path(properties));
        const config = entry && Object.fromEntries(Object.entries(entry).filter(([key]) => !METADATA.includes(key)));
        return config && { kind: properties.kind, name: properties.name, configJson: JSON.stringify(config) };
    };
    const write = async (news: Properties): Promise<Properties> => {
        const config = JSON.parse((news.configJson as string | undefined) ?? "{}") as Properties;
        const body = { ...config, Kind: news.kind, Name: news.name };
        const written = await consul.api.send<boolean>("PUT", "/v1/config", { body });
        const state = written ? await find(news) : undefined;
        if (!state) {
            throw new HttpError(`PUT /v1/config`, 200, `the ${news.kind} entry ${news.name} cannot be read back.`);
        }
        return state;
    };
    return schemaResource(
        {
            inputs: {
                kind: { type: "string", required: true, replace: true },
                name: { type: "string", autoName: true, replace: true },
                configJson: { type: "string", equal: sameConfig, refuse: refuseJson },
                namespace: enterprise,
                partition: enterprise,
            },
        },
        {
            create: async (news) => ({ id: `${news.kind}-${news.name}`, state: await write(news) }),
            read: async (id, state) => {
                const found = await find(state);
                return found && { id, state: found };
            },
            update: (_id, _state, news) => write(news),
            delete: (_id, state) => consul.api.remove(path(state)),
        },
    );
}

/**
 * The official provider decodes both texts into the same Go struct, where the case of keys does not count and an absent
 * field is the same as an empty one.
 */
export function sameConfig(old: string, current: string): boolean {
    return isDeepStrictEqual(canonical(JSON.parse(old)), canonical(JSON.parse(current)));
}

function canonical(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(canonical);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const entries = Object.entries(value).map(([key, entry]) => [key.toLowerCase(), canonical(entry)] as const);
    return Object.fromEntries(entries.filter(([, entry]) => !isEmpty(entry)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(value: unknown): boolean {
    return typeof value === "object" && value !== null ? Object.keys(value).length === 0 : !value;
}
