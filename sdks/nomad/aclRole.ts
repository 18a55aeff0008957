import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";
import { VERSION } from "./version";

/** An ACL role: a named set of policies. Needs ACLs on the cluster and a management token in the provider. */
export class AclRole extends pulumi.CustomResource {
    /** @internal */
    public static readonly __pulumiType = "nomad:index/aclRole:AclRole";

    /** Gets an existing AclRole's state by its provider id. `state` holds properties that qualify the lookup. */
    public static get(
        name: string,
        id: pulumi.Input<pulumi.ID>,
        state?: AclRoleState,
        opts?: pulumi.CustomResourceOptions,
    ): AclRole {
        return new AclRole(name, state as AclRoleArgs, { ...opts, id });
    }

    /** Whether the object is an AclRole, also when it comes from another copy of this SDK. */
    public static isInstance(obj: unknown): obj is AclRole {
        return (obj as { __pulumiType?: string } | null | undefined)?.__pulumiType === AclRole.__pulumiType;
    }

    /** A description of the role. */
    declare public readonly description: pulumi.Output<string | undefined>;
    /** The name of the role. Autonamed when left out. */
    declare public readonly name: pulumi.Output<string>;
    /** The policies of the role; at least one. */
    declare public readonly policies: pulumi.Output<outputs.AclRolePolicy[]>;

    constructor(name: string, args: AclRoleArgs, opts?: pulumi.CustomResourceOptions);
    constructor(name: string, argsOrState?: AclRoleArgs | AclRoleState, opts: pulumi.CustomResourceOptions = {}) {
        const resourceInputs: pulumi.Inputs = {};
        if (opts.id) {
            const state = argsOrState as AclRoleState | undefined;
            resourceInputs["description"] = state?.description;
            resourceInputs["name"] = state?.name;
            resourceInputs["policies"] = state?.policies;
        } else {
            const args = argsOrState as AclRoleArgs | undefined;
            if (args?.policies === undefined && !opts.urn) {
                throw new Error("Missing required property 'policies'");
            }
            resourceInputs["description"] = args?.description;
            resourceInputs["name"] = args?.name;
            resourceInputs["policies"] = args?.policies;
        }
        opts = pulumi.mergeOptions({ version: VERSION }, opts);
        super(AclRole.__pulumiType, name, resourceInputs, opts);
    }
}

/** What looks up and filters AclRole resources. */
export interface AclRoleState {
    /** A description of the role. */
    description?: pulumi.Input<string | undefined>;
    /** The name of the role. Autonamed when left out. */
    name?: pulumi.Input<string | undefined>;
    /** The policies of the role; at least one. */
    policies?: pulumi.Input<pulumi.Input<inputs.AclRolePolicy>[] | undefined>;
}

/** What makes an AclRole. */
export interface AclRoleArgs {
    /** A description of the role. */
    description?: pulumi.Input<string | undefined>;
    /** The name of the role. Autonamed when left out. */
    name?: pulumi.Input<string | undefined>;
    /** The policies of the role; at least one. */
    policies: pulumi.Input<pulumi.Input<inputs.AclRolePolicy>[]>;
}
