import * as nomad from "@pulumi/nomad";
import * as pulumi from "@pulumi/pulumi";
import { Mesh } from "./mesh";
import { MetricsCredentials } from "./metrics-credentials";
import { Network } from "./network";
import { Nomad } from "./nomad";
import { Prometheus } from "./prometheus";
import { Pushgateway } from "./pushgateway";
import { after } from "./readiness";
import { SWEEPER_JOB, SWEEPER_RULES, SWEEPER_VARIABLE, sweeperJobHcl } from "./sweeper-job";
import { Training } from "./training";

export interface SweeperArgs {
    readonly network: Network;
    readonly nomad: Nomad;
    readonly pushgateway: Pushgateway;
    readonly prometheus: Prometheus;
    readonly credentials: MetricsCredentials;
    /** Gives the image; its job is submitted first, so that the sweeper never delays a training. */
    readonly training: Training;
    /** @default it asks in the clear */
    readonly mesh?: Mesh;
}

/** The sweeper: outside of every training, it ends what dead runs left in Pushgateway. */
export class Sweeper extends pulumi.ComponentResource {
    constructor(name: string, args: SweeperArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Sweeper", name, {}, opts);
        const inNomad = { parent: this, provider: args.nomad.provider };
        const policy = new nomad.AclPolicy(
            `${name}-policy`,
            {
                name: SWEEPER_JOB,
                description: "The sweeper looks at allocations",
                rulesHcl: SWEEPER_RULES,
                jobAcl: { namespace: "default", jobId: SWEEPER_JOB },
            },
            inNomad,
        );
        const variable = new nomad.Variable(
            `${name}-credentials`,
            {
                path: SWEEPER_VARIABLE,
                items: pulumi.secret({ username: args.credentials.user, password: args.credentials.password }),
            },
            inNomad,
        );
        new nomad.Job(
            `${name}-job`,
            {
                jobspec: sweeperJobHcl({
                    image: args.training.imageName,
                    networkName: args.network.networkName,
                    pushgatewayUrl: `http://${args.pushgateway.address}`,
                    prometheusUrl: `http://${args.prometheus.address}`,
                    nomadUrl: args.nomad.internalUrl,
                    mesh: args.mesh?.task,
                }),
                purgeOnDestroy: true,
            },
            { ...inNomad, dependsOn: after([args.training.job], [policy, variable]) },
        );
        this.registerOutputs();
    }
}
