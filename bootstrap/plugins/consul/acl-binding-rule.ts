import { type CheckFailure, type Properties, type ResourceType, schemaResource, UNKNOWN } from "../resource-provider";
import type { ConfiguredConsul } from "./client";

interface BindingRule {
    ID: string;
    AuthMethod: string;
    Description?: string;
    Selector?: string;
    BindType: string;
    BindName: string;
    /** `name` really is in lower case (agent/structs/acl_templated_policy.go). */
    BindVars?: { name?: string } | null;
}

const enterprise = { type: "string", unsupported: true } as const;

export function aclBindingRule(consul: ConfiguredConsul): ResourceType {
    return schemaResource(
        {
            inputs: {
                authMethod: { type: "string", required: true, replace: true },
                bindType: { type: "string", required: true, replace: true },
                bindName: { type: "string", required: true },
                bindVars: { type: { object: { name: { type: "string" } } } },
                description: { type: "string" },
                selector: { type: "string" },
                namespace: enterprise,
                partition: enterprise,
            },
            refuse: refuseBindVars,
        },
        {
            create: async (news) => {
                const rule = await consul.api.send<BindingRule>("PUT", "/v1/acl/binding-rule", {
                    body: toConsul(news),
                });
                return { id: rule.ID, state: fromConsul(rule) };
            },
            read: async (id) => {
                const rule = await consul.api.find<BindingRule>(`/v1/acl/binding-rule/${id}`);
                return rule && { id, state: fromConsul(rule) };
            },
            update: async (id, _state, news) => {
                const body = { ID: id, ...toConsul(news) };
                return fromConsul(await consul.api.send<BindingRule>("PUT", `/v1/acl/binding-rule/${id}`, { body }));
            },
            delete: (id) => consul.api.remove(`/v1/acl/binding-rule/${id}`),
        },
    );
}

function refuseBindVars({ bindType, bindVars }: Properties): CheckFailure[] {
    const wrong = bindVars !== undefined && bindType !== UNKNOWN && bindType !== "templated-policy";
    return wrong ? [{ property: "bindVars", reason: 'goes with bindType "templated-policy" only.' }] : [];
}

function toConsul(news: Properties): object {
    return {
        AuthMethod: news.authMethod,
        Description: news.description ?? "",
        Selector: news.selector ?? "",
        BindType: news.bindType,
        BindName: news.bindName,
        BindVars: news.bindVars,
    };
}

function fromConsul(rule: BindingRule): Properties {
    return {
        authMethod: rule.AuthMethod,
        description: rule.Description ?? "",
        selector: rule.Selector ?? "",
        bindType: rule.BindType,
        bindName: rule.BindName,
        bindVars: rule.BindVars?.name ? { name: rule.BindVars.name } : undefined,
    };
}
