import * as consul from "@pulumi/consul";
import * as docker from "@pulumi/docker";
import * as nomad from "@pulumi/nomad";
import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { TRAINER_INPUTS, contextHash, placeExtraCa } from "./build-context";
import { Consul } from "./consul";
import { InitContainer } from "./init-container";
import { Mesh } from "./mesh";
import { MetricsCredentials } from "./metrics-credentials";
import { Network } from "./network";
import { Nomad } from "./nomad";
import { JOB_DIRECTORY } from "./nomad-server";
import { Pushgateway } from "./pushgateway";
import { after } from "./readiness";
import { Settings } from "./settings";
import {
    TRAINING_KEYS,
    TRAINING_VARIABLE,
    TrainingJob,
    dispatchJobHcl,
    trainingDefaults,
    trainingJobHcl,
} from "./training-job";
import { WorkloadIdentity } from "./workload-identity";

export interface TrainingArgs {
    readonly settings: Settings;
    readonly network: Network;
    readonly consul: Consul;
    readonly nomad: Nomad;
    readonly pushgateway: Pushgateway;
    readonly credentials: MetricsCredentials;
    /** @default its tasks push in the clear */
    readonly mesh?: Mesh;
    /** Absolute path of the trainer's build context. */
    readonly trainerDirectory: string;
}

/**
 * The training: its image, its defaults in Consul, its credentials in Nomad, the job itself, and its parameterized sibling
 * from which more runs are dispatched.
 */
export class Training extends pulumi.ComponentResource {
    /** Trainer image with its content-hash tag. */
    readonly image: pulumi.Output<string>;
    /** The same, known before it is built. */
    readonly imageName: string;
    /** Id of the job in Nomad. */
    readonly job: pulumi.Output<string>;

    constructor(name: string, args: TrainingArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Training", name, {}, opts);
        const { settings, credentials } = args;
        const defaults = trainingDefaults(settings);
        this.imageName = trainerImageName(args);
        const image = trainerImage(name, this.imageName, args, this);
        this.image = image.imageName;
        const keys = new consul.Keys(
            `${name}-defaults`,
            {
                keys: Object.entries(defaults).map(([key, value]) => ({
                    path: `${TRAINING_KEYS}${key}`,
                    value,
                    delete: true,
                })),
            },
            { parent: this, provider: args.consul.provider },
        );
        const variable = new nomad.Variable(
            `${name}-credentials`,
            {
                path: TRAINING_VARIABLE,
                items: pulumi.secret({ username: credentials.trainer.user, password: credentials.trainer.password }),
            },
            { parent: this, provider: args.nomad.provider },
        );
        const identity = new WorkloadIdentity(
            `${name}-identity`,
            { consul: args.consul, nomad: args.nomad, keyPrefix: TRAINING_KEYS, mesh: settings.mesh },
            { parent: this },
        );
        const description: TrainingJob = {
            image: this.imageName,
            networkName: args.network.networkName,
            pushgatewayUrl: `http://${args.pushgateway.address}`,
            defaults,
            cpuMhz: settings.trainingCpuMhz,
            memoryMiB: settings.trainingMemoryMiB,
            mesh: args.mesh?.task,
        };
        const jobspec = trainingJobHcl(description);
        const jobFile = new InitContainer(
            `${name}-job-file`,
            {
                settings,
                part: "job-file",
                image: settings.nomadImage,
                script: `test -s ${JOB_DIRECTORY}/mlops.nomad`,
                files: [{ path: `${JOB_DIRECTORY}/mlops.nomad`, content: jobspec }],
                volumes: [{ volume: args.nomad.jobFiles, path: JOB_DIRECTORY }],
            },
            { parent: this },
        );
        const job = new nomad.Job(
            `${name}-job`,
            { jobspec, purgeOnDestroy: true },
            {
                parent: this,
                provider: args.nomad.provider,
                dependsOn: after(
                    [args.nomad.clientReady, args.pushgateway.ready, identity.ready, jobFile.output],
                    [image, keys, variable],
                ),
            },
        );
        this.job = job.name;
        new nomad.Job(
            `${name}-dispatch-job`,
            { jobspec: dispatchJobHcl(description), purgeOnDestroy: true },
            {
                parent: this,
                provider: args.nomad.provider,
                // Goes before the client, which then stops what was dispatched from it.
                dependsOn: after([args.nomad.clientReady, identity.ready], [image, keys, variable]),
            },
        );
        this.registerOutputs({ image: this.image, job: this.job });
    }
}

/** Name of the trainer image. The tag is known before the build, so a preview shows what it would run. */
function trainerImageName({ settings, trainerDirectory }: TrainingArgs): string {
    return `${settings.prefix}-trainer:${contextHash(trainerDirectory, TRAINER_INPUTS, [settings.trainerBaseImage])}`;
}

function trainerImage(
    name: string,
    imageName: string,
    { settings, trainerDirectory }: TrainingArgs,
    parent: pulumi.Resource,
): docker.Image {
    placeExtraCa(trainerDirectory, settings.extraCaFile);
    // Relative to the project, where Pulumi starts programs and plugins: one state for checkouts in different places.
    const context = path.relative(process.cwd(), trainerDirectory);
    return new docker.Image(
        `${name}-image`,
        {
            imageName,
            build: {
                context,
                dockerfile: `${context}/Dockerfile`,
                builderVersion: docker.BuilderVersion.BuilderBuildKit,
                args: {
                    BASE_IMAGE: settings.trainerBaseImage,
                    ...(settings.pipIndexUrl ? { PIP_INDEX_URL: settings.pipIndexUrl } : {}),
                },
            },
            skipPush: true,
        },
        { parent },
    );
}
