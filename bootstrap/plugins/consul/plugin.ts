import type { Plugin } from "../resource-provider";
import { aclAuthMethod } from "./acl-auth-method";
import { aclBindingRule } from "./acl-binding-rule";
import { aclPolicy } from "./acl-policy";
import { aclRole } from "./acl-role";
import { aclToken, getAclTokenSecretId } from "./acl-token";
import { ConfiguredConsul, configSchema } from "./client";
import { configEntry } from "./config-entry";
import { keyPrefix } from "./key-prefix";
import { keys } from "./keys";

/** Stands in for Pulumi's consul plugin, for KV, ACLs and config entries. */
export function consulPlugin(): Plugin {
    const consul = new ConfiguredConsul();
    return {
        name: "consul",
        version: "3.15.1",
        config: configSchema,
        configure: async (config) => consul.configure(config),
        resources: {
            "consul:index/keys:Keys": keys(consul),
            "consul:index/keyPrefix:KeyPrefix": keyPrefix(consul),
            "consul:index/aclPolicy:AclPolicy": aclPolicy(consul),
            "consul:index/aclRole:AclRole": aclRole(consul),
            "consul:index/aclToken:AclToken": aclToken(consul),
            "consul:index/aclAuthMethod:AclAuthMethod": aclAuthMethod(consul),
            "consul:index/aclBindingRule:AclBindingRule": aclBindingRule(consul),
            "consul:index/configEntry:ConfigEntry": configEntry(consul),
        },
        functions: {
            "consul:index/getAclTokenSecretId:getAclTokenSecretId": getAclTokenSecretId(consul),
        },
    };
}
