import { type Properties, type ResourceType, schemaResource } from "../resource-provider";
import type { ConfiguredNomad } from "./client";

interface Role {
    ID: string;
    Name: string;
    Description: string;
    Policies: { Name: string }[] | null;
}

export function aclRole(nomad: ConfiguredNomad): ResourceType {
    const body = (news: Properties) => ({
        Name: news.name,
        Description: news.description ?? "",
        Policies: (news.policies as { name: string }[]).map(({ name }) => ({ Name: name })),
    });
    return schemaResource(
        {
            inputs: {
                name: { type: "string", autoName: true },
                description: { type: "string" },
                policies: {
                    type: { set: { object: { name: { type: "string", required: true } } } },
                    required: true,
                    refuse: (policies: unknown[]) =>
                        policies.length === 0 ? "at least one policy is needed." : undefined,
                },
            },
        },
        {
            create: async (news) => {
                const role = await nomad.api.send<Role>("PUT", "/v1/acl/role", { body: body(news) });
                return { id: role.ID, state: fromNomad(role) };
            },
            read: async (id) => {
                const role = await nomad.api.find<Role>(`/v1/acl/role/${id}`);
                return role && { id, state: fromNomad(role) };
            },
            update: async (id, _state, news) =>
                fromNomad(await nomad.api.send<Role>("PUT", `/v1/acl/role/${id}`, { body: { ID: id, ...body(news) } })),
            delete: (id) => nomad.api.remove(`/v1/acl/role/${id}`),
        },
    );
}

function fromNomad({ Name, Description, Policies }: Role): Properties {
    return {
        name: Name,
        description: Description,
        policies: (Policies ?? []).map((policy) => ({ name: policy.Name })),
    };
}
