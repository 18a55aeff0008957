import type { Properties, Schema } from "../resource-provider";

/** What tokens and roles share: service and node identities and templated policies. */
export const identityInputs: Schema = {
    serviceIdentities: {
        type: {
            set: {
                object: { serviceName: { type: "string", required: true }, datacenters: { type: { set: "string" } } },
            },
        },
    },
    nodeIdentities: {
        type: {
            set: {
                object: {
                    nodeName: { type: "string", required: true },
                    datacenter: { type: "string", required: true },
                },
            },
        },
    },
    templatedPolicies: {
        type: {
            list: {
                object: {
                    templateName: { type: "string", required: true },
                    templateVariables: { type: { object: { name: { type: "string" } } } },
                    datacenters: { type: { list: "string" } },
                },
            },
        },
    },
};

/** As Consul writes them: `name` really is in lower case (agent/structs/acl_templated_policy.go). */
export interface Identities {
    ServiceIdentities?: { ServiceName: string; Datacenters?: string[] }[];
    NodeIdentities?: { NodeName: string; Datacenter: string }[];
    TemplatedPolicies?: { TemplateName: string; TemplateVariables?: { name?: string }; Datacenters?: string[] }[];
}

export function identitiesToConsul(news: Properties): Identities {
    const list = (key: string) => (news[key] as Properties[] | undefined) ?? [];
    return {
        ServiceIdentities: list("serviceIdentities").map(({ serviceName, datacenters }) => ({
            ServiceName: serviceName as string,
            Datacenters: datacenters as string[] | undefined,
        })),
        NodeIdentities: list("nodeIdentities").map(({ nodeName, datacenter }) => ({
            NodeName: nodeName as string,
            Datacenter: datacenter as string,
        })),
        TemplatedPolicies: list("templatedPolicies").map(({ templateName, templateVariables, datacenters }) => ({
            TemplateName: templateName as string,
            TemplateVariables: templateVariables as { name?: string } | undefined,
            Datacenters: datacenters as string[] | undefined,
        })),
    };
}

export function identitiesFromConsul(found: Identities): Properties {
    return {
        serviceIdentities: (found.ServiceIdentities ?? []).map(({ ServiceName, Datacenters }) => ({
            serviceName: ServiceName,
            datacenters: Datacenters ?? [],
        })),
        nodeIdentities: (found.NodeIdentities ?? []).map(({ NodeName, Datacenter }) => ({
            nodeName: NodeName,
            datacenter: Datacenter,
        })),
        templatedPolicies: (found.TemplatedPolicies ?? []).map(({ TemplateName, TemplateVariables, Datacenters }) => ({
            templateName: TemplateName,
            templateVariables: TemplateVariables && { name: TemplateVariables.name },
            datacenters: Datacenters ?? [],
        })),
    };
}
