import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/**
 * A UUID to be used as a token, generated once and kept encrypted in state.
 * The resource type does not count its result as a secret, so both state and output are told to.
 */
export function generatedToken(name: string, parent: pulumi.Resource): pulumi.Output<string> {
    const uuid = new random.RandomUuid(name, {}, { parent, additionalSecretOutputs: ["result"] });
    return pulumi.secret(uuid.result);
}
