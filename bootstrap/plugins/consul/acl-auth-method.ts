import { type CheckFailure, type Properties, type ResourceType, schemaResource } from "../resource-provider";
import type { ConfiguredConsul } from "./client";
import { goDurationSeconds } from "../go-duration";
import { refuseJson, sameJson } from "./json-text";

interface AuthMethod {
    Name: string;
    Type: string;
    DisplayName?: string;
    Description?: string;
    MaxTokenTTL?: string;
    TokenLocality?: string;
    Config: Properties;
}

const enterprise = { type: "string", unsupported: true } as const;
const sameDuration = (old: string, current: string) => goDurationSeconds(old) === goDurationSeconds(current);

export function aclAuthMethod(consul: ConfiguredConsul): ResourceType {
    return schemaResource(
        {
            inputs: {
                name: { type: "string", autoName: true, replace: true },
                type: { type: "string", required: true, replace: true },
                displayName: { type: "string" },
                description: { type: "string" },
                maxTokenTtl: {
                    type: "string",
                    default: "0s",
                    equal: sameDuration,
                    refuse: (ttl: string) =>
                        goDurationSeconds(ttl) === undefined ? `"${ttl}" is no duration, such as 30m.` : undefined,
                },
                tokenLocality: { type: "string", allowed: ["", "local", "global"] },
                configJson: { type: "string", equal: sameJson, refuse: refuseJson },
                config: { type: { map: "string" } },
                namespaceRules: { type: "any", unsupported: true },
                namespace: enterprise,
                partition: enterprise,
            },
            refuse: refuseBothConfigs,
        },
        {
            create: async (news) => {
                const method = await consul.api.send<AuthMethod>("PUT", "/v1/acl/auth-method", {
                    body: toConsul(news),
                });
                return { id: `auth-method-${method.Name}`, state: fromConsul(method, news) };
            },
            read: async (id, state) => {
                const name = (state.name as string | undefined) ?? id.replace(/^auth-method-/, "");
                const method = await consul.api.find<AuthMethod>(`/v1/acl/auth-method/${encodeURIComponent(name)}`);
                return method && { id, state: fromConsul(method, state) };
            },
            update: async (_id, _state, news) => {
                const path = `/v1/acl/auth-method/${encodeURIComponent(news.name as string)}`;
                return fromConsul(await consul.api.send<AuthMethod>("PUT", path, { body: toConsul(news) }), news);
            },
            delete: (_id, { name }) => consul.api.remove(`/v1/acl/auth-method/${encodeURIComponent(name as string)}`),
        },
    );
}

function refuseBothConfigs({ config, configJson }: Properties): CheckFailure[] {
    if ((config === undefined) !== (configJson === undefined)) {
        return [];
    }
    const reason = "One of config or configJson must be set, and not both.";
    return [{ property: "configJson", reason }];
}

function toConsul(news: Properties): AuthMethod {
    return {
        Name: news.name as string,
        Type: news.type as string,
        DisplayName: (news.displayName as string | undefined) ?? "",
        Description: (news.description as string | undefined) ?? "",
        MaxTokenTTL: news.maxTokenTtl as string,
        TokenLocality: (news.tokenLocality as string | undefined) ?? "",
        Config: (news.configJson ? JSON.parse(news.configJson as string) : news.config) as Properties,
    };
}

function fromConsul(method: AuthMethod, properties: Properties): Properties {
    return {
        name: method.Name,
        type: method.Type,
        displayName: method.DisplayName ?? "",
        description: method.Description ?? "",
        maxTokenTtl: method.MaxTokenTTL ?? "0s",
        tokenLocality: method.TokenLocality ?? "",
        ...(properties.config ? { config: method.Config } : { configJson: JSON.stringify(method.Config) }),
    };
}
