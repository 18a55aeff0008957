import * as pulumi from "@pulumi/pulumi";
import { VERSION } from "./version";

/** A Nomad Variable. */
export class Variable extends pulumi.CustomResource {
    /** @internal */
    public static readonly __pulumiType = "nomad:index/variable:Variable";

    /** Gets an existing Variable's state by its provider id. `state` holds properties that qualify the lookup. */
    public static get(
        name: string,
        id: pulumi.Input<pulumi.ID>,
        state?: VariableState,
        opts?: pulumi.CustomResourceOptions,
    ): Variable {
        return new Variable(name, state as VariableArgs, { ...opts, id });
    }

    /** Whether the object is a Variable, also when it comes from another copy of this SDK. */
    public static isInstance(obj: unknown): obj is Variable {
        return (obj as { __pulumiType?: string } | null | undefined)?.__pulumiType === Variable.__pulumiType;
    }

    /** The items of the variable. Exactly one of `items` and `itemsWo` is given. */
    declare public readonly items: pulumi.Output<{ [key: string]: string } | undefined>;
    /** The items as JSON, which are written and never kept in the state; needs `itemsWoVersion`. */
    declare public readonly itemsWo: pulumi.Output<string | undefined>;
    /** The version of `itemsWo`; a change writes them anew. */
    declare public readonly itemsWoVersion: pulumi.Output<number | undefined>;
    /** The namespace of the variable. Default `default`. A change replaces it. */
    declare public readonly namespace: pulumi.Output<string | undefined>;
    /** The path of the variable. A change replaces it. */
    declare public readonly path: pulumi.Output<string>;

    constructor(name: string, args: VariableArgs, opts?: pulumi.CustomResourceOptions);
    constructor(name: string, argsOrState?: VariableArgs | VariableState, opts: pulumi.CustomResourceOptions = {}) {
        const resourceInputs: pulumi.Inputs = {};
        if (opts.id) {
            const state = argsOrState as VariableState | undefined;
            resourceInputs["items"] = state?.items;
            resourceInputs["itemsWo"] = state?.itemsWo;
            resourceInputs["itemsWoVersion"] = state?.itemsWoVersion;
            resourceInputs["namespace"] = state?.namespace;
            resourceInputs["path"] = state?.path;
        } else {
            const args = argsOrState as VariableArgs | undefined;
            if (args?.path === undefined && !opts.urn) {
                throw new Error("Missing required property 'path'");
            }
            resourceInputs["items"] = args?.items ? pulumi.secret(args.items) : undefined;
            resourceInputs["itemsWo"] = args?.itemsWo ? pulumi.secret(args.itemsWo) : undefined;
            resourceInputs["itemsWoVersion"] = args?.itemsWoVersion;
            resourceInputs["namespace"] = args?.namespace;
            resourceInputs["path"] = args?.path;
        }
        opts = pulumi.mergeOptions({ version: VERSION }, opts);
        opts = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["items", "itemsWo"] });
        super(Variable.__pulumiType, name, resourceInputs, opts);
    }
}

/** What looks up and filters Variable resources. */
export interface VariableState {
    /** The items of the variable. Exactly one of `items` and `itemsWo` is given. */
    items?: pulumi.Input<{ [key: string]: pulumi.Input<string> } | undefined>;
    /** The items as JSON, which are written and never kept in the state; needs `itemsWoVersion`. */
    itemsWo?: pulumi.Input<string | undefined>;
    /** The version of `itemsWo`; a change writes them anew. */
    itemsWoVersion?: pulumi.Input<number | undefined>;
    /** The namespace of the variable. Default `default`. A change replaces it. */
    namespace?: pulumi.Input<string | undefined>;
    /** The path of the variable. A change replaces it. */
    path?: pulumi.Input<string | undefined>;
}

/** What makes a Variable. */
export interface VariableArgs {
    /** The items of the variable. Exactly one of `items` and `itemsWo` is given. */
    items?: pulumi.Input<{ [key: string]: pulumi.Input<string> } | undefined>;
    /** The items as JSON, which are written and never kept in the state; needs `itemsWoVersion`. */
    itemsWo?: pulumi.Input<string | undefined>;
    /** The version of `itemsWo`; a change writes them anew. */
    itemsWoVersion?: pulumi.Input<number | undefined>;
    /** The namespace of the variable. Default `default`. A change replaces it. */
    namespace?: pulumi.Input<string | undefined>;
    /** The path of the variable. A change replaces it. */
    path: pulumi.Input<string>;
}
