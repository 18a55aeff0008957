import type { Plugin } from "../resource-provider";
import { aclPolicy } from "./acl-policy";
import { aclRole } from "./acl-role";
import { aclToken } from "./acl-token";
import { ConfiguredNomad, configSchema } from "./client";
import { job } from "./job";
import { variable } from "./variable";

/** Stands in for Pulumi's nomad plugin, for jobs, ACLs and variables. */
export function nomadPlugin(): Plugin {
    const nomad = new ConfiguredNomad();
    return {
        name: "nomad",
        version: "2.6.1",
        config: configSchema,
        configure: async (config) => nomad.configure(config),
        resources: {
            "nomad:index/job:Job": job(nomad),
            "nomad:index/aclPolicy:AclPolicy": aclPolicy(nomad),
            "nomad:index/aclRole:AclRole": aclRole(nomad),
            "nomad:index/aclToken:AclToken": aclToken(nomad),
            "nomad:index/variable:Variable": variable(nomad),
        },
    };
}
