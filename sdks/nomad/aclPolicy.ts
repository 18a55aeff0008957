import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";
import { VERSION } from "./version";

/** An ACL policy. Needs ACLs on the cluster and a management token in the provider. */
export class AclPolicy extends pulumi.CustomResource {
    /** @internal */
    public static readonly __pulumiType = "nomad:index/aclPolicy:AclPolicy";

    /** Gets an existing AclPolicy's state by its provider id. `state` holds properties that qualify the lookup. */
    public static get(
        name: string,
        id: pulumi.Input<pulumi.ID>,
        state?: AclPolicyState,
        opts?: pulumi.CustomResourceOptions,
    ): AclPolicy {
        return new AclPolicy(name, state as AclPolicyArgs, { ...opts, id });
    }

    /** Whether the object is an AclPolicy, also when it comes from another copy of this SDK. */
    public static isInstance(obj: unknown): obj is AclPolicy {
        return (obj as { __pulumiType?: string } | null | undefined)?.__pulumiType === AclPolicy.__pulumiType;
    }

    /** A description of the policy. */
    declare public readonly description: pulumi.Output<string | undefined>;
    /** The workload identity to which the policy applies. */
    declare public readonly jobAcl: pulumi.Output<outputs.AclPolicyJobAcl | undefined>;
    /** A unique name. A change replaces the policy. */
    declare public readonly name: pulumi.Output<string>;
    /** The rules of the policy, in HCL or JSON. */
    declare public readonly rulesHcl: pulumi.Output<string>;

    constructor(name: string, args: AclPolicyArgs, opts?: pulumi.CustomResourceOptions);
    constructor(name: string, argsOrState?: AclPolicyArgs | AclPolicyState, opts: pulumi.CustomResourceOptions = {}) {
        const resourceInputs: pulumi.Inputs = {};
        if (opts.id) {
            const state = argsOrState as AclPolicyState | undefined;
            resourceInputs["description"] = state?.description;
            resourceInputs["jobAcl"] = state?.jobAcl;
            resourceInputs["name"] = state?.name;
            resourceInputs["rulesHcl"] = state?.rulesHcl;
        } else {
            const args = argsOrState as AclPolicyArgs | undefined;
            if (args?.rulesHcl === undefined && !opts.urn) {
                throw new Error("Missing required property 'rulesHcl'");
            }
            resourceInputs["description"] = args?.description;
            resourceInputs["jobAcl"] = args?.jobAcl;
            resourceInputs["name"] = args?.name;
            resourceInputs["rulesHcl"] = args?.rulesHcl;
        }
        opts = pulumi.mergeOptions({ version: VERSION }, opts);
        super(AclPolicy.__pulumiType, name, resourceInputs, opts);
    }
}

/** What looks up and filters AclPolicy resources. */
export interface AclPolicyState {
    /** A description of the policy. */
    description?: pulumi.Input<string | undefined>;
    /** The workload identity to which the policy applies. */
    jobAcl?: pulumi.Input<inputs.AclPolicyJobAcl | undefined>;
    /** A unique name. A change replaces the policy. */
    name?: pulumi.Input<string | undefined>;
    /** The rules of the policy, in HCL or JSON. */
    rulesHcl?: pulumi.Input<string | undefined>;
}

/** What makes an AclPolicy. */
export interface AclPolicyArgs {
    /** A description of the policy. */
    description?: pulumi.Input<string | undefined>;
    /** The workload identity to which the policy applies. */
    jobAcl?: pulumi.Input<inputs.AclPolicyJobAcl | undefined>;
    /** A unique name. A change replaces the policy. */
    name?: pulumi.Input<string | undefined>;
    /** The rules of the policy, in HCL or JSON. */
    rulesHcl: pulumi.Input<string>;
}
