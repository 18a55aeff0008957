import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";
import { VERSION } from "./version";

/** A Nomad namespace. */
export class Namespace extends pulumi.CustomResource {
    /** @internal */
    public static readonly __pulumiType = "nomad:index/namespace:Namespace";

    /** Gets an existing Namespace's state by its provider id. `state` holds properties that qualify the lookup. */
    public static get(
        name: string,
        id: pulumi.Input<pulumi.ID>,
        state?: NamespaceState,
        opts?: pulumi.CustomResourceOptions,
    ): Namespace {
        return new Namespace(name, state as NamespaceArgs, { ...opts, id });
    }

    /** Whether the object is a Namespace, also when it comes from another copy of this SDK. */
    public static isInstance(obj: unknown): obj is Namespace {
        return (obj as { __pulumiType?: string } | null | undefined)?.__pulumiType === Namespace.__pulumiType;
    }

    /** Capabilities of the namespace. */
    declare public readonly capabilities: pulumi.Output<outputs.NamespaceCapabilities | undefined>;
    /** Consul configuration of the namespace (Enterprise). */
    declare public readonly consulConfig: pulumi.Output<outputs.NamespaceConsulConfig>;
    /** A description of the namespace. */
    declare public readonly description: pulumi.Output<string | undefined>;
    /** Arbitrary metadata. */
    declare public readonly meta: pulumi.Output<{ [key: string]: string } | undefined>;
    /** The name of the namespace. Autonamed when left out. A change replaces it. */
    declare public readonly name: pulumi.Output<string>;
    /** Node pools of the namespace (Enterprise). */
    declare public readonly nodePoolConfig: pulumi.Output<outputs.NamespaceNodePoolConfig>;
    /** The resource quota to attach (Enterprise). */
    declare public readonly quota: pulumi.Output<string | undefined>;
    /** Vault configuration of the namespace (Enterprise). */
    declare public readonly vaultConfig: pulumi.Output<outputs.NamespaceVaultConfig>;

    constructor(name: string, args?: NamespaceArgs, opts?: pulumi.CustomResourceOptions);
    constructor(name: string, argsOrState?: NamespaceArgs | NamespaceState, opts: pulumi.CustomResourceOptions = {}) {
        const resourceInputs: pulumi.Inputs = {};
        if (opts.id) {
            const state = argsOrState as NamespaceState | undefined;
            resourceInputs["capabilities"] = state?.capabilities;
            resourceInputs["consulConfig"] = state?.consulConfig;
            resourceInputs["description"] = state?.description;
            resourceInputs["meta"] = state?.meta;
            resourceInputs["name"] = state?.name;
            resourceInputs["nodePoolConfig"] = state?.nodePoolConfig;
            resourceInputs["quota"] = state?.quota;
            resourceInputs["vaultConfig"] = state?.vaultConfig;
        } else {
            const args = argsOrState as NamespaceArgs | undefined;
            resourceInputs["capabilities"] = args?.capabilities;
            resourceInputs["consulConfig"] = args?.consulConfig;
            resourceInputs["description"] = args?.description;
            resourceInputs["meta"] = args?.meta;
            resourceInputs["name"] = args?.name;
            resourceInputs["nodePoolConfig"] = args?.nodePoolConfig;
            resourceInputs["quota"] = args?.quota;
            resourceInputs["vaultConfig"] = args?.vaultConfig;
        }
        opts = pulumi.mergeOptions({ version: VERSION }, opts);
        super(Namespace.__pulumiType, name, resourceInputs, opts);
    }
}

/** What looks up and filters Namespace resources. */
export interface NamespaceState {
    /** Capabilities of the namespace. */
    capabilities?: pulumi.Input<inputs.NamespaceCapabilities | undefined>;
    /** Consul configuration of the namespace (Enterprise). */
    consulConfig?: pulumi.Input<inputs.NamespaceConsulConfig | undefined>;
    /** A description of the namespace. */
    description?: pulumi.Input<string | undefined>;
    /** Arbitrary metadata. */
    meta?: pulumi.Input<{ [key: string]: pulumi.Input<string> } | undefined>;
    /** The name of the namespace. Autonamed when left out. A change replaces it. */
    name?: pulumi.Input<string | undefined>;
    /** Node pools of the namespace (Enterprise). */
    nodePoolConfig?: pulumi.Input<inputs.NamespaceNodePoolConfig | undefined>;
    /** The resource quota to attach (Enterprise). */
    quota?: pulumi.Input<string | undefined>;
    /** Vault configuration of the namespace (Enterprise). */
    vaultConfig?: pulumi.Input<inputs.NamespaceVaultConfig | undefined>;
}

/** What makes a Namespace. */
export interface NamespaceArgs {
    /** Capabilities of the namespace. */
    capabilities?: pulumi.Input<inputs.NamespaceCapabilities | undefined>;
    /** Consul configuration of the namespace (Enterprise). */
    consulConfig?: pulumi.Input<inputs.NamespaceConsulConfig | undefined>;
    /** A description of the namespace. */
    description?: pulumi.Input<string | undefined>;
    /** Arbitrary metadata. */
    meta?: pulumi.Input<{ [key: string]: pulumi.Input<string> } | undefined>;
    /** The name of the namespace. Autonamed when left out. A change replaces it. */
    name?: pulumi.Input<string | undefined>;
    /** Node pools of the namespace (Enterprise). */
    nodePoolConfig?: pulumi.Input<inputs.NamespaceNodePoolConfig | undefined>;
    /** The resource quota to attach (Enterprise). */
    quota?: pulumi.Input<string | undefined>;
    /** Vault configuration of the namespace (Enterprise). */
    vaultConfig?: pulumi.Input<inputs.NamespaceVaultConfig | undefined>;
}
