import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import { Consul } from "./consul";

/** Who a Consul token is for and what it may do. */
export interface ConsulTokenGrant {
    readonly description: string;
    /** Policy rules in HCL. */
    readonly rules: string;
}

/** A Consul token with a policy of its own, `<name>-agent`. */
export function consulToken(
    name: string,
    grant: ConsulTokenGrant,
    { provider }: Consul,
    parent: pulumi.Resource,
): pulumi.Output<string> {
    const opts = { parent, provider };
    const policy = new consul.AclPolicy(
        `${name}-consul-policy`,
        { name: `${name}-agent`, description: grant.description, rules: grant.rules },
        opts,
    );
    const token = new consul.AclToken(
        `${name}-consul-token`,
        { description: grant.description, policies: [policy.name] },
        opts,
    );
    return secretOf(token, opts);
}

/** The secret of a Consul token: the resource leaves it out of its state, so it is looked up in Consul. */
export function secretOf(token: consul.AclToken, opts: pulumi.InvokeOutputOptions): pulumi.Output<string> {
    return pulumi.secret(consul.getAclTokenSecretIdOutput({ accessorId: token.accessorId }, opts).secretId);
}
