import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";
import { VERSION } from "./version";

/** An ACL token. Needs ACLs on the cluster and a management token in the provider. */
export class AclToken extends pulumi.CustomResource {
    /** @internal */
    public static readonly __pulumiType = "nomad:index/aclToken:AclToken";

    /** Gets an existing AclToken's state by its provider id. `state` holds properties that qualify the lookup. */
    public static get(
        name: string,
        id: pulumi.Input<pulumi.ID>,
        state?: AclTokenState,
        opts?: pulumi.CustomResourceOptions,
    ): AclToken {
        return new AclToken(name, state as AclTokenArgs, { ...opts, id });
    }

    /** Whether the object is an AclToken, also when it comes from another copy of this SDK. */
    public static isInstance(obj: unknown): obj is AclToken {
        return (obj as { __pulumiType?: string } | null | undefined)?.__pulumiType === AclToken.__pulumiType;
    }

    /** The accessor id, which is not secret. */
    declare public readonly accessorId: pulumi.Output<string>;
    /** When the token was created. */
    declare public readonly createTime: pulumi.Output<string>;
    /** When the token expires. */
    declare public readonly expirationTime: pulumi.Output<string>;
    /** How long the token lives, such as `1h`. A change replaces the token. */
    declare public readonly expirationTtl: pulumi.Output<string | undefined>;
    /** Whether the token is replicated to all regions. Default false. A change replaces the token. */
    declare public readonly global: pulumi.Output<boolean | undefined>;
    /** A human-readable name. Autonamed when left out. */
    declare public readonly name: pulumi.Output<string>;
    /** The names of the policies of a `client` token; must be empty for `management`. */
    declare public readonly policies: pulumi.Output<string[] | undefined>;
    /** The roles of a `client` token. */
    declare public readonly roles: pulumi.Output<outputs.AclTokenRole[] | undefined>;
    /** The secret id: what grants access. */
    declare public readonly secretId: pulumi.Output<string>;
    /** `client` or `management`. */
    declare public readonly type: pulumi.Output<string>;

    constructor(name: string, args: AclTokenArgs, opts?: pulumi.CustomResourceOptions);
    constructor(name: string, argsOrState?: AclTokenArgs | AclTokenState, opts: pulumi.CustomResourceOptions = {}) {
        const resourceInputs: pulumi.Inputs = {};
        if (opts.id) {
            const state = argsOrState as AclTokenState | undefined;
            resourceInputs["accessorId"] = state?.accessorId;
            resourceInputs["createTime"] = state?.createTime;
            resourceInputs["expirationTime"] = state?.expirationTime;
            resourceInputs["expirationTtl"] = state?.expirationTtl;
            resourceInputs["global"] = state?.global;
            resourceInputs["name"] = state?.name;
            resourceInputs["policies"] = state?.policies;
            resourceInputs["roles"] = state?.roles;
            resourceInputs["secretId"] = state?.secretId;
            resourceInputs["type"] = state?.type;
        } else {
            const args = argsOrState as AclTokenArgs | undefined;
            if (args?.type === undefined && !opts.urn) {
                throw new Error("Missing required property 'type'");
            }
            resourceInputs["expirationTtl"] = args?.expirationTtl;
            resourceInputs["global"] = args?.global;
            resourceInputs["name"] = args?.name;
            resourceInputs["policies"] = args?.policies;
            resourceInputs["roles"] = args?.roles;
            resourceInputs["type"] = args?.type;
            resourceInputs["accessorId"] = undefined; // output only
            resourceInputs["createTime"] = undefined; // output only
            resourceInputs["expirationTime"] = undefined; // output only
            resourceInputs["secretId"] = undefined; // output only
        }
        opts = pulumi.mergeOptions({ version: VERSION }, opts);
        opts = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["secretId"] });
        super(AclToken.__pulumiType, name, resourceInputs, opts);
    }
}

/** What looks up and filters AclToken resources. */
export interface AclTokenState {
    /** The accessor id, which is not secret. */
    accessorId?: pulumi.Input<string | undefined>;
    /** When the token was created. */
    createTime?: pulumi.Input<string | undefined>;
    /** When the token expires. */
    expirationTime?: pulumi.Input<string | undefined>;
    /** How long the token lives, such as `1h`. A change replaces the token. */
    expirationTtl?: pulumi.Input<string | undefined>;
    /** Whether the token is replicated to all regions. Default false. A change replaces the token. */
    global?: pulumi.Input<boolean | undefined>;
    /** A human-readable name. Autonamed when left out. */
    name?: pulumi.Input<string | undefined>;
    /** The names of the policies of a `client` token; must be empty for `management`. */
    policies?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    /** The roles of a `client` token. */
    roles?: pulumi.Input<pulumi.Input<inputs.AclTokenRole>[] | undefined>;
    /** The secret id: what grants access. */
    secretId?: pulumi.Input<string | undefined>;
    /** `client` or `management`. */
    type?: pulumi.Input<string | undefined>;
}

/** What makes an AclToken. */
export interface AclTokenArgs {
    /** How long the token lives, such as `1h`. A change replaces the token. */
    expirationTtl?: pulumi.Input<string | undefined>;
    /** Whether the token is replicated to all regions. Default false. A change replaces the token. */
    global?: pulumi.Input<boolean | undefined>;
    /** A human-readable name. Autonamed when left out. */
    name?: pulumi.Input<string | undefined>;
    /** The names of the policies of a `client` token; must be empty for `management`. */
    policies?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    /** The roles of a `client` token. */
    roles?: pulumi.Input<pulumi.Input<inputs.AclTokenRole>[] | undefined>;
    /** `client` or `management`. */
    type: pulumi.Input<string>;
}
