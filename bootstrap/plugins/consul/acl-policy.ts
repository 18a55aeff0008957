import { type Properties, type ResourceType, schemaResource } from "../resource-provider";
import type { ConfiguredConsul } from "./client";

interface Policy {
    ID: string;
    Name: string;
    Description?: string;
    Rules: string;
    Datacenters?: string[] | null;
}

const enterprise = { type: "string", unsupported: true } as const;

export function aclPolicy(consul: ConfiguredConsul): ResourceType {
    return schemaResource(
        {
            inputs: {
                name: { type: "string", autoName: true },
                rules: { type: "string", required: true },
                description: { type: "string" },
                datacenters: { type: { set: "string" } },
                namespace: enterprise,
                partition: enterprise,
            },
        },
        {
            create: async (news) => {
                const policy = await consul.api.send<Policy>("PUT", "/v1/acl/policy", { body: toConsul(news) });
                return { id: policy.ID, state: fromConsul(policy) };
            },
            read: async (id) => {
                const policy = await consul.api.find<Policy>(`/v1/acl/policy/${id}`);
                return policy && { id, state: fromConsul(policy) };
            },
            update: async (id, _state, news) =>
                fromConsul(
                    await consul.api.send<Policy>("PUT", `/v1/acl/policy/${id}`, {
                        body: { ID: id, ...toConsul(news) },
                    }),
                ),
            delete: (id) => consul.api.remove(`/v1/acl/policy/${id}`),
        },
    );
}

function toConsul(news: Properties): object {
    return {
        Name: news.name,
        Description: news.description ?? "",
        Rules: news.rules,
        Datacenters: news.datacenters,
    };
}

function fromConsul({ Name, Description, Rules, Datacenters }: Policy): Properties {
    return { name: Name, description: Description ?? "", rules: Rules, datacenters: Datacenters ?? [] };
}
