import { type Properties, type ResourceType, schemaResource } from "../resource-provider";
import { type Identities, identitiesFromConsul, identitiesToConsul, identityInputs } from "./acl-identities";
import type { ConfiguredConsul } from "./client";

interface Role extends Identities {
    ID: string;
    Name: string;
    Description?: string;
    Policies?: { ID: string; Name: string }[] | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const enterprise = { type: "string", unsupported: true } as const;

export function aclRole(consul: ConfiguredConsul): ResourceType {
    return schemaResource(
        {
            inputs: {
                name: { type: "string", autoName: true },
                description: { type: "string" },
                policies: { type: { set: "string" } },
                ...identityInputs,
                namespace: enterprise,
                partition: enterprise,
            },
        },
        {
            create: async (news) => {
                const role = await consul.api.send<Role>("PUT", "/v1/acl/role", { body: toConsul(news) });
                return { id: role.ID, state: fromConsul(role, news) };
            },
            read: async (id, state) => {
                const role = await consul.api.find<Role>(`/v1/acl/role/${id}`);
                return role && { id, state: fromConsul(role, state) };
            },
            update: async (id, _state, news) => {
                const body = { ID: id, ...toConsul(news) };
                return fromConsul(await consul.api.send<Role>("PUT", `/v1/acl/role/${id}`, { body }), news);
            },
            delete: (id) => consul.api.remove(`/v1/acl/role/${id}`),
        },
    );
}

function toConsul(news: Properties): object {
    const policies = (news.policies as string[] | undefined) ?? [];
    return {
        Name: news.name,
        Description: news.description ?? "",
        Policies: policies.map((policy) => (UUID.test(policy) ? { ID: policy } : { Name: policy })),
        ...identitiesToConsul(news),
    };
}

/** A policy may be given by id or by name: each stays in the notation that `properties` has for it. */
function fromConsul(role: Role, properties: Properties): Properties {
    const given = new Set((properties.policies as string[] | undefined) ?? []);
    return {
        name: role.Name,
        description: role.Description ?? "",
        policies: (role.Policies ?? []).map(({ ID, Name }) => (given.has(Name) ? Name : ID)),
        ...identitiesFromConsul(role),
    };
}
