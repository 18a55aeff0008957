import { HttpError } from "../json-api";
import { type Properties, type ResourceType, schemaResource, Secret } from "../resource-provider";
import { type Identities, identitiesFromConsul, identitiesToConsul, identityInputs } from "./acl-identities";
import type { ConfiguredConsul } from "./client";

interface Token extends Identities {
    AccessorID: string;
    SecretID: string;
    Description?: string;
    Policies?: { Name: string }[] | null;
    Roles?: { Name: string }[] | null;
    Local: boolean;
    ExpirationTime?: string;
}

const enterprise = { type: "string", unsupported: true } as const;

/** An ACL token. Its secret is in no output: `getAclTokenSecretId` reads it. */
export function aclToken(consul: ConfiguredConsul): ResourceType {
    return schemaResource(
        {
            inputs: {
                accessorId: { type: "string", replace: true, computed: true },
                description: { type: "string" },
                policies: { type: { set: "string" } },
                roles: { type: { set: "string" } },
                local: { type: "boolean", default: false, replace: true },
                expirationTime: { type: "string", replace: true, equal: sameTime, refuse: refuseTime },
                ...identityInputs,
                namespace: enterprise,
                partition: enterprise,
            },
        },
        {
            create: async (news) => {
                const body = { ...toConsul(news), AccessorID: news.accessorId };
                const token = await consul.api.send<Token>("PUT", "/v1/acl/token", { body });
                return { id: token.AccessorID, state: fromConsul(token) };
            },
            read: async (id) => {
                const token = await findToken(consul, id);
                return token && { id, state: fromConsul(token) };
            },
            update: async (id, _state, news) => {
                const body = { ...toConsul(news), AccessorID: id };
                return fromConsul(await consul.api.send<Token>("PUT", `/v1/acl/token/${id}`, { body }));
            },
            delete: (id) => consul.api.remove(`/v1/acl/token/${id}`),
        },
    );
}

/** The function `getAclTokenSecretId`. */
export function getAclTokenSecretId(consul: ConfiguredConsul) {
    return async ({ accessorId, pgpKey }: Properties): Promise<Properties> => {
        if (typeof accessorId !== "string") {
            throw new Error("getAclTokenSecretId needs an accessorId, the one of the AclToken.");
        }
        if (pgpKey) {
            throw new Error("getAclTokenSecretId: pgpKey is not supported by this stand-in plugin.");
        }
        const token = await consul.api.send<Token>("GET", `/v1/acl/token/${encodeURIComponent(accessorId)}`);
        return { id: accessorId, accessorId, secretId: new Secret(token.SecretID), encryptedSecretId: "" };
    };
}

/** Consul answers 403 both for a missing token and for a bad one of ours; only the first says which token it misses. */
async function findToken(consul: ConfiguredConsul, id: string): Promise<Token | undefined> {
    try {
        return await consul.api.find<Token>(`/v1/acl/token/${id}`);
    } catch (error) {
        if (error instanceof HttpError && error.status === 403 && error.answer.includes("token does not exist")) {
            return undefined;
        }
        throw error;
    }
}

function toConsul(news: Properties): object {
    const links = (key: string) => ((news[key] as string[] | undefined) ?? []).map((name) => ({ Name: name }));
    return {
        Description: news.description ?? "",
        Policies: links("policies"),
        Roles: links("roles"),
        Local: news.local,
        ExpirationTime: news.expirationTime,
        ...identitiesToConsul(news),
    };
}

function fromConsul(token: Token): Properties {
    return {
        accessorId: token.AccessorID,
        description: token.Description ?? "",
        policies: (token.Policies ?? []).map(({ Name }) => Name),
        roles: (token.Roles ?? []).map(({ Name }) => Name),
        local: token.Local,
        expirationTime: token.ExpirationTime ?? "",
        ...identitiesFromConsul(token),
    };
}

function refuseTime(time: string): string | undefined {
    return Number.isNaN(Date.parse(time)) ? `"${time}" is no RFC 3339 time, such as 2030-01-01T00:00:00Z.` : undefined;
}

function sameTime(old: string, current: string): boolean {
    return Date.parse(old) === Date.parse(current);
}
