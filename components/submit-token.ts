import * as nomad from "@pulumi/nomad";
import * as pulumi from "@pulumi/pulumi";
import { Nomad } from "./nomad";
import { ARTIFACTS_VOLUME, DATA_VOLUME } from "./nomad-config";

/** What a pipeline may do: run jobs in namespace default and see what becomes of them, with the volumes of trainings. */
export const SUBMIT_RULES = `namespace "default" {
  capabilities = ["list-jobs", "parse-job", "read-job", "submit-job", "dispatch-job", "read-logs"]
}
host_volume "${ARTIFACTS_VOLUME}" {
  policy = "write"
}
host_volume "${DATA_VOLUME}" {
  policy = "read"
}
`;

/** A Nomad token for pipelines, which run and read jobs and can do nothing else. */
export class SubmitToken extends pulumi.ComponentResource {
    readonly secret: pulumi.Output<string>;

    constructor(name: string, args: { readonly nomad: Nomad }, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:SubmitToken", name, {}, opts);
        const inNomad = { parent: this, provider: args.nomad.provider };
        const policy = new nomad.AclPolicy(
            `${name}-policy`,
            { name: "submit", description: "Run and read jobs in namespace default", rulesHcl: SUBMIT_RULES },
            inNomad,
        );
        const token = new nomad.AclToken(
            `${name}-token`,
            { name: "submit", type: "client", policies: [policy.name] },
            inNomad,
        );
        this.secret = pulumi.secret(token.secretId);
        this.registerOutputs();
    }
}
