import { goDurationSeconds } from "../go-duration";
import {
    type CheckFailure,
    containsUnknown,
    type Properties,
    type ResourceType,
    schemaResource,
    Secret,
} from "../resource-provider";
import type { ConfiguredNomad } from "./client";

interface Token {
    AccessorID: string;
    SecretID: string;
    Name: string;
    Type: string;
    Policies: string[] | null;
    Roles: { ID: string; Name: string }[] | null;
    Global: boolean;
    CreateTime: string;
    ExpirationTime?: string | null;
}

const sameDuration = (old: string, current: string) => goDurationSeconds(old) === goDurationSeconds(current);

export function aclToken(nomad: ConfiguredNomad): ResourceType {
    return schemaResource(
        {
            inputs: {
                name: { type: "string", autoName: true },
                type: { type: "string", required: true, allowed: ["client", "management"] },
                policies: { type: { set: "string" } },
                roles: {
                    type: {
                        set: {
                            object: {
                                id: { type: "string", required: true },
                                name: { type: "string", computed: true },
                            },
                        },
                    },
                },
                global: { type: "boolean", default: false, replace: true },
                expirationTtl: {
                    type: "string",
                    default: "0s",
                    replace: true,
                    equal: sameDuration,
                    refuse: (ttl: string) =>
                        goDurationSeconds(ttl) === undefined ? `"${ttl}" is no duration, such as 12h.` : undefined,
                },
            },
            outputs: ["accessorId", "secretId", "createTime", "expirationTime"],
            refuse: refuseLinks,
        },
        {
            create: async (news) => {
                const body = { ...toNomad(news), Global: news.global, ExpirationTTL: news.expirationTtl };
                const token = await nomad.api.send<Token>("PUT", "/v1/acl/token", { body });
                return { id: token.AccessorID, state: fromNomad(token, news) };
            },
            read: async (id, state) => {
                const token = await nomad.api.find<Token>(`/v1/acl/token/${id}`);
                return token && { id, state: fromNomad(token, state) };
            },
            update: async (id, state, news) => {
                // Nomad refuses an update in which what cannot change is left out.
                const fixed = { Global: state.global, ExpirationTTL: state.expirationTtl };
                const body = { AccessorID: id, ...toNomad(news), ...fixed };
                return fromNomad(await nomad.api.send<Token>("PUT", `/v1/acl/token/${id}`, { body }), news);
            },
            delete: (id) => nomad.api.remove(`/v1/acl/token/${id}`),
        },
    );
}

function refuseLinks({ type, policies = [], roles = [] }: Properties): CheckFailure[] {
    if (containsUnknown([type, policies, roles])) {
        return [];
    }
    const links = (policies as unknown[]).length + (roles as unknown[]).length;
    if (type === "client" && links === 0) {
        return [{ property: "policies", reason: 'a token of type "client" needs policies or roles.' }];
    }
    return type === "management" && links > 0
        ? [{ property: "policies", reason: 'a token of type "management" must have neither policies nor roles.' }]
        : [];
}

function toNomad(news: Properties): object {
    return {
        Name: news.name,
        Type: news.type,
        Policies: news.policies ?? [],
        Roles: ((news.roles as { id: string }[] | undefined) ?? []).map(({ id }) => ({ ID: id })),
    };
}

function fromNomad(token: Token, { expirationTtl }: Properties): Properties {
    return {
        accessorId: token.AccessorID,
        secretId: new Secret(token.SecretID),
        name: token.Name,
        type: token.Type,
        policies: token.Policies ?? [],
        roles: (token.Roles ?? []).map(({ ID, Name }) => ({ id: ID, name: Name })),
        global: token.Global,
        expirationTtl,
        createTime: goTimeText(token.CreateTime),
        expirationTime: token.ExpirationTime ?? "",
    };
}

/** RFC 3339 in UTC as Go's `Time.String()` writes it, which is what the official provider records. */
export function goTimeText(time: string): string {
    return time.replace("T", " ").replace(/Z$/, " +0000 UTC");
}
