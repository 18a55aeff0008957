import * as pulumi from "@pulumi/pulumi";

/** Types of the resources that make a secret up, in whatever component they are. */
const MAKERS: ReadonlySet<string> = new Set([
    "random:index/randomBytes:RandomBytes",
    "random:index/randomPassword:RandomPassword",
    "consul:index/aclToken:AclToken",
    "nomad:index/aclToken:AclToken",
]);

/**
 * Option for the components of a stack: with another generation every secret in them is made anew, and what holds one
 * is changed with it. A stack from before there were generations is in whichever comes first.
 */
export function secretsOfGeneration(generation: number): pulumi.ResourceTransformation {
    return ({ type, props, opts }) =>
        MAKERS.has(type) ? { props, opts: { ...opts, replacementTrigger: generation } } : undefined;
}
