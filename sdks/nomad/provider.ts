import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "./types/input";
import { VERSION } from "./version";

/**
 * The provider of the nomad package. A resource uses the one given in its options (or its parent's), else the default
 * one, which is configured by `nomad:…` stack configuration.
 */
export class Provider extends pulumi.ProviderResource {
    /** @internal */
    public static readonly __pulumiType = "nomad";

    /** Whether the object is a Provider, also when it comes from another copy of this SDK. */
    public static isInstance(obj: unknown): obj is Provider {
        return (
            (obj as { __pulumiType?: string } | null | undefined)?.__pulumiType ===
            "pulumi:providers:" + Provider.__pulumiType
        );
    }

    /** The URL of the Nomad agent, such as `http://127.0.0.1:4646`. Falls back to NOMAD_ADDR. */
    declare public readonly address: pulumi.Output<string | undefined>;
    /** A file with the PEM-encoded CA certificate of the agent. Falls back to NOMAD_CACERT. */
    declare public readonly caFile: pulumi.Output<string | undefined>;
    /** The PEM-encoded CA certificate of the agent. */
    declare public readonly caPem: pulumi.Output<string | undefined>;
    /** A file with the PEM-encoded client certificate. Falls back to NOMAD_CLIENT_CERT. */
    declare public readonly certFile: pulumi.Output<string | undefined>;
    /** The PEM-encoded client certificate. */
    declare public readonly certPem: pulumi.Output<string | undefined>;
    /** HTTP basic auth, `user:password`. Falls back to NOMAD_HTTP_AUTH. */
    declare public readonly httpAuth: pulumi.Output<string | undefined>;
    /** A file with the PEM-encoded client key. Falls back to NOMAD_CLIENT_KEY. */
    declare public readonly keyFile: pulumi.Output<string | undefined>;
    /** The PEM-encoded client key. */
    declare public readonly keyPem: pulumi.Output<string | undefined>;
    /** The region of the agent. Falls back to NOMAD_REGION. */
    declare public readonly region: pulumi.Output<string | undefined>;
    /** The ACL token of every request. Falls back to NOMAD_TOKEN. */
    declare public readonly secretId: pulumi.Output<string | undefined>;

    constructor(name: string, args?: ProviderArgs, opts: pulumi.ResourceOptions = {}) {
        const resourceInputs: pulumi.Inputs = {};
        resourceInputs["address"] = args?.address;
        resourceInputs["authJwt"] = pulumi.output(args?.authJwt).apply(stringified);
        resourceInputs["caFile"] = args?.caFile;
        resourceInputs["caPem"] = args?.caPem;
        resourceInputs["certFile"] = args?.certFile;
        resourceInputs["certPem"] = args?.certPem;
        resourceInputs["headers"] = pulumi
            .output(args?.headers ? pulumi.secret(args.headers) : undefined)
            .apply(stringified);
        resourceInputs["httpAuth"] = args?.httpAuth ? pulumi.secret(args.httpAuth) : undefined;
        resourceInputs["ignoreEnvVars"] = pulumi.output(args?.ignoreEnvVars).apply(stringified);
        resourceInputs["keyFile"] = args?.keyFile;
        resourceInputs["keyPem"] = args?.keyPem ? pulumi.secret(args.keyPem) : undefined;
        resourceInputs["region"] = args?.region;
        resourceInputs["secretId"] = args?.secretId ? pulumi.secret(args.secretId) : undefined;
        resourceInputs["skipVerify"] = pulumi.output(args?.skipVerify).apply(stringified);
        opts = pulumi.mergeOptions({ version: VERSION }, opts);
        opts = pulumi.mergeOptions(opts, { additionalSecretOutputs: ["httpAuth", "keyPem", "secretId"] });
        super(Provider.__pulumiType, name, resourceInputs, opts);
    }
}

/** Provider configuration travels as strings, so whatever is not one goes as JSON; undefined stays undefined. */
function stringified(value: unknown): string | undefined {
    return JSON.stringify(value);
}

/** What makes a Provider. */
export interface ProviderArgs {
    /** The URL of the Nomad agent, such as `http://127.0.0.1:4646`. Falls back to NOMAD_ADDR. */
    address?: pulumi.Input<string | undefined>;
    /** Authenticate by a JWT auth method. */
    authJwt?: pulumi.Input<inputs.ProviderAuthJwt | undefined>;
    /** A file with the PEM-encoded CA certificate of the agent. Falls back to NOMAD_CACERT. */
    caFile?: pulumi.Input<string | undefined>;
    /** The PEM-encoded CA certificate of the agent. */
    caPem?: pulumi.Input<string | undefined>;
    /** A file with the PEM-encoded client certificate. Falls back to NOMAD_CLIENT_CERT. */
    certFile?: pulumi.Input<string | undefined>;
    /** The PEM-encoded client certificate. */
    certPem?: pulumi.Input<string | undefined>;
    /** Extra headers of every request. */
    headers?: pulumi.Input<pulumi.Input<inputs.ProviderHeader>[] | undefined>;
    /** HTTP basic auth, `user:password`. Falls back to NOMAD_HTTP_AUTH. */
    httpAuth?: pulumi.Input<string | undefined>;
    /** Environment variables that the provider ignores. */
    ignoreEnvVars?: pulumi.Input<{ [key: string]: pulumi.Input<boolean> } | undefined>;
    /** A file with the PEM-encoded client key. Falls back to NOMAD_CLIENT_KEY. */
    keyFile?: pulumi.Input<string | undefined>;
    /** The PEM-encoded client key. */
    keyPem?: pulumi.Input<string | undefined>;
    /** The region of the agent. Falls back to NOMAD_REGION. */
    region?: pulumi.Input<string | undefined>;
    /** The ACL token of every request. Falls back to NOMAD_TOKEN. */
    secretId?: pulumi.Input<string | undefined>;
    /** Whether not to verify the TLS certificate of the agent. Default false. */
    skipVerify?: pulumi.Input<boolean | undefined>;
}
