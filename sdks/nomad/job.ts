import * as pulumi from "@pulumi/pulumi";
import type * as inputs from "./types/input";
import type * as outputs from "./types/output";
import { VERSION } from "./version";

/**
 * Registers a Nomad job and keeps it as its jobspec says.
 *
 * The comparison of jobspecs is semantic: both sides are parsed and canonicalised, so whitespace and comments are no
 * change.
 * A job whose id or namespace changes is replaced (see `deregisterOnIdChange`).
 */
export class Job extends pulumi.CustomResource {
    /** @internal */
    public static readonly __pulumiType = "nomad:index/job:Job";

    /** Gets an existing Job's state by its provider id. `state` holds properties that qualify the lookup. */
    public static get(
        name: string,
        id: pulumi.Input<pulumi.ID>,
        state?: JobState,
        opts?: pulumi.CustomResourceOptions,
    ): Job {
        return new Job(name, state as JobArgs, { ...opts, id });
    }

    /** Whether the object is a Job, also when it comes from another copy of this SDK. */
    public static isInstance(obj: unknown): obj is Job {
        return (obj as { __pulumiType?: string } | null | undefined)?.__pulumiType === Job.__pulumiType;
    }

    /** Whether the scheduler may make partial placements on oversubscribed nodes. */
    declare public readonly allAtOnce: pulumi.Output<boolean>;
    /** The ids of the job's allocations, when `readAllocationIds` is true. */
    declare public readonly allocationIds: pulumi.Output<string[]>;
    /** The job-level constraints. */
    declare public readonly constraints: pulumi.Output<outputs.JobConstraint[]>;
    /** The Raft index at which the job was created. */
    declare public readonly createIndex: pulumi.Output<number>;
    /** The datacenters the job is eligible for. */
    declare public readonly datacenters: pulumi.Output<string[]>;
    /** With `detach: false`, the id of the deployment of the last create or update, if there was one. */
    declare public readonly deploymentId: pulumi.Output<string>;
    /** With `detach: false`, the status of the deployment of the last create or update, if there was one. */
    declare public readonly deploymentStatus: pulumi.Output<string>;
    /** Whether the job is deregistered when the resource is destroyed. Default true. */
    declare public readonly deregisterOnDestroy: pulumi.Output<boolean | undefined>;
    /** Whether the job is replaced (the old one deregistered) when its id changes. Default true. */
    declare public readonly deregisterOnIdChange: pulumi.Output<boolean | undefined>;
    /**
     * Whether to return as soon as the job is registered. When false, waits for its evaluation and, for service jobs,
     * its deployment. Default true.
     */
    declare public readonly detach: pulumi.Output<boolean | undefined>;
    /** Options of the HCL2 parser. */
    declare public readonly hcl2: pulumi.Output<outputs.JobHcl2 | undefined>;
    /** The contents of the jobspec to register: HCL2 unless `json` is true. */
    declare public readonly jobspec: pulumi.Output<string>;
    /** Whether `jobspec` is JSON (what `nomad job run -output` prints) and not HCL. Default false. */
    declare public readonly json: pulumi.Output<boolean | undefined>;
    /** The Raft index of the job's last change, as decimal digits. */
    declare public readonly modifyIndex: pulumi.Output<string>;
    /** The id of the job, from the jobspec. */
    declare public readonly name: pulumi.Output<string>;
    /** The namespace of the job, from the jobspec. */
    declare public readonly namespace: pulumi.Output<string>;
    /** The id of the parent job, for a child of a periodic or parameterized job. */
    declare public readonly parentId: pulumi.Output<string>;
    /** The periodic configuration, if any. */
    declare public readonly periodicConfigs: pulumi.Output<outputs.JobPeriodicConfig[]>;
    /** Whether to override any soft-mandatory Sentinel policies that fail. Default false. */
    declare public readonly policyOverride: pulumi.Output<boolean | undefined>;
    /**
     * Whether to keep the running task group counts over those in the jobspec when an existing job is updated. Default
     * false.
     */
    declare public readonly preserveCounts: pulumi.Output<boolean | undefined>;
    /** The priority of the job. */
    declare public readonly priority: pulumi.Output<number>;
    /** Whether a destroyed job is purged, and not only stopped. Default false. */
    declare public readonly purgeOnDestroy: pulumi.Output<boolean | undefined>;
    /**
     * Whether to read the ids of the job's allocations. Default false. Deprecated upstream: read them with
     * `getAllocations`.
     */
    declare public readonly readAllocationIds: pulumi.Output<boolean | undefined>;
    /** The region of the job. */
    declare public readonly region: pulumi.Output<string>;
    /** Whether to register the job again when it is dead. Default false, which leaves a finished batch job as it is. */
    declare public readonly rerunIfDead: pulumi.Output<boolean | undefined>;
    /** Whether the job is stable. */
    declare public readonly stable: pulumi.Output<boolean>;
    /** The status of the job: pending, running or dead. */
    declare public readonly status: pulumi.Output<string>;
    /** Why the job has this status. */
    declare public readonly statusDescription: pulumi.Output<string>;
    /** Whether the job is stopped. */
    declare public readonly stop: pulumi.Output<boolean>;
    /** When the job was submitted, in nanoseconds since the epoch, as decimal digits. */
    declare public readonly submitTime: pulumi.Output<string>;
    /** The task groups of the job. */
    declare public readonly taskGroups: pulumi.Output<outputs.JobTaskGroup[]>;
    /** The type of the job: service, batch, system or sysbatch. */
    declare public readonly type: pulumi.Output<string>;
    /** The update strategy, if any. */
    declare public readonly updateStrategies: pulumi.Output<outputs.JobUpdateStrategy[]>;
    /** The version of the job. */
    declare public readonly version: pulumi.Output<number>;

    constructor(name: string, args: JobArgs, opts?: pulumi.CustomResourceOptions);
    constructor(name: string, argsOrState?: JobArgs | JobState, opts: pulumi.CustomResourceOptions = {}) {
        const resourceInputs: pulumi.Inputs = {};
        if (opts.id) {
            const state = argsOrState as JobState | undefined;
            resourceInputs["allAtOnce"] = state?.allAtOnce;
            resourceInputs["allocationIds"] = state?.allocationIds;
            resourceInputs["constraints"] = state?.constraints;
            resourceInputs["createIndex"] = state?.createIndex;
            resourceInputs["datacenters"] = state?.datacenters;
            resourceInputs["deploymentId"] = state?.deploymentId;
            resourceInputs["deploymentStatus"] = state?.deploymentStatus;
            resourceInputs["deregisterOnDestroy"] = state?.deregisterOnDestroy;
            resourceInputs["deregisterOnIdChange"] = state?.deregisterOnIdChange;
            resourceInputs["detach"] = state?.detach;
            resourceInputs["hcl2"] = state?.hcl2;
            resourceInputs["jobspec"] = state?.jobspec;
            resourceInputs["json"] = state?.json;
            resourceInputs["modifyIndex"] = state?.modifyIndex;
            resourceInputs["name"] = state?.name;
            resourceInputs["namespace"] = state?.namespace;
            resourceInputs["parentId"] = state?.parentId;
            resourceInputs["periodicConfigs"] = state?.periodicConfigs;
            resourceInputs["policyOverride"] = state?.policyOverride;
            resourceInputs["preserveCounts"] = state?.preserveCounts;
            resourceInputs["priority"] = state?.priority;
            resourceInputs["purgeOnDestroy"] = state?.purgeOnDestroy;
            resourceInputs["readAllocationIds"] = state?.readAllocationIds;
            resourceInputs["region"] = state?.region;
            resourceInputs["rerunIfDead"] = state?.rerunIfDead;
            resourceInputs["stable"] = state?.stable;
            resourceInputs["status"] = state?.status;
            resourceInputs["statusDescription"] = state?.statusDescription;
            resourceInputs["stop"] = state?.stop;
            resourceInputs["submitTime"] = state?.submitTime;
            resourceInputs["taskGroups"] = state?.taskGroups;
            resourceInputs["type"] = state?.type;
            resourceInputs["updateStrategies"] = state?.updateStrategies;
            resourceInputs["version"] = state?.version;
        } else {
            const args = argsOrState as JobArgs | undefined;
            if (args?.jobspec === undefined && !opts.urn) {
                throw new Error("Missing required property 'jobspec'");
            }
            resourceInputs["deregisterOnDestroy"] = args?.deregisterOnDestroy;
            resourceInputs["deregisterOnIdChange"] = args?.deregisterOnIdChange;
            resourceInputs["detach"] = args?.detach;
            resourceInputs["hcl2"] = args?.hcl2;
            resourceInputs["jobspec"] = args?.jobspec;
            resourceInputs["json"] = args?.json;
            resourceInputs["policyOverride"] = args?.policyOverride;
            resourceInputs["preserveCounts"] = args?.preserveCounts;
            resourceInputs["purgeOnDestroy"] = args?.purgeOnDestroy;
            resourceInputs["readAllocationIds"] = args?.readAllocationIds;
            resourceInputs["rerunIfDead"] = args?.rerunIfDead;
            resourceInputs["allAtOnce"] = undefined; // output only
            resourceInputs["allocationIds"] = undefined; // output only
            resourceInputs["constraints"] = undefined; // output only
            resourceInputs["createIndex"] = undefined; // output only
            resourceInputs["datacenters"] = undefined; // output only
            resourceInputs["deploymentId"] = undefined; // output only
            resourceInputs["deploymentStatus"] = undefined; // output only
            resourceInputs["modifyIndex"] = undefined; // output only
            resourceInputs["name"] = undefined; // output only
            resourceInputs["namespace"] = undefined; // output only
            resourceInputs["parentId"] = undefined; // output only
            resourceInputs["periodicConfigs"] = undefined; // output only
            resourceInputs["priority"] = undefined; // output only
            resourceInputs["region"] = undefined; // output only
            resourceInputs["stable"] = undefined; // output only
            resourceInputs["status"] = undefined; // output only
            resourceInputs["statusDescription"] = undefined; // output only
            resourceInputs["stop"] = undefined; // output only
            resourceInputs["submitTime"] = undefined; // output only
            resourceInputs["taskGroups"] = undefined; // output only
            resourceInputs["type"] = undefined; // output only
            resourceInputs["updateStrategies"] = undefined; // output only
            resourceInputs["version"] = undefined; // output only
        }
        opts = pulumi.mergeOptions({ version: VERSION }, opts);
        super(Job.__pulumiType, name, resourceInputs, opts);
    }
}

/** What looks up and filters Job resources. */
export interface JobState {
    /** Whether the scheduler may make partial placements on oversubscribed nodes. */
    allAtOnce?: pulumi.Input<boolean | undefined>;
    /** The ids of the job's allocations, when `readAllocationIds` is true. */
    allocationIds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    /** The job-level constraints. */
    constraints?: pulumi.Input<pulumi.Input<inputs.JobConstraint>[] | undefined>;
    /** The Raft index at which the job was created. */
    createIndex?: pulumi.Input<number | undefined>;
    /** The datacenters the job is eligible for. */
    datacenters?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    /** With `detach: false`, the id of the deployment of the last create or update, if there was one. */
    deploymentId?: pulumi.Input<string | undefined>;
    /** With `detach: false`, the status of the deployment of the last create or update, if there was one. */
    deploymentStatus?: pulumi.Input<string | undefined>;
    /** Whether the job is deregistered when the resource is destroyed. Default true. */
    deregisterOnDestroy?: pulumi.Input<boolean | undefined>;
    /** Whether the job is replaced (the old one deregistered) when its id changes. Default true. */
    deregisterOnIdChange?: pulumi.Input<boolean | undefined>;
    /**
     * Whether to return as soon as the job is registered. When false, waits for its evaluation and, for service jobs,
     * its deployment. Default true.
     */
    detach?: pulumi.Input<boolean | undefined>;
    /** Options of the HCL2 parser. */
    hcl2?: pulumi.Input<inputs.JobHcl2 | undefined>;
    /** The contents of the jobspec to register: HCL2 unless `json` is true. */
    jobspec?: pulumi.Input<string | undefined>;
    /** Whether `jobspec` is JSON (what `nomad job run -output` prints) and not HCL. Default false. */
    json?: pulumi.Input<boolean | undefined>;
    /** The Raft index of the job's last change, as decimal digits. */
    modifyIndex?: pulumi.Input<string | undefined>;
    /** The id of the job, from the jobspec. */
    name?: pulumi.Input<string | undefined>;
    /** The namespace of the job, from the jobspec. */
    namespace?: pulumi.Input<string | undefined>;
    /** The id of the parent job, for a child of a periodic or parameterized job. */
    parentId?: pulumi.Input<string | undefined>;
    /** The periodic configuration, if any. */
    periodicConfigs?: pulumi.Input<pulumi.Input<inputs.JobPeriodicConfig>[] | undefined>;
    /** Whether to override any soft-mandatory Sentinel policies that fail. Default false. */
    policyOverride?: pulumi.Input<boolean | undefined>;
    /**
     * Whether to keep the running task group counts over those in the jobspec when an existing job is updated. Default
     * false.
     */
    preserveCounts?: pulumi.Input<boolean | undefined>;
    /** The priority of the job. */
    priority?: pulumi.Input<number | undefined>;
    /** Whether a destroyed job is purged, and not only stopped. Default false. */
    purgeOnDestroy?: pulumi.Input<boolean | undefined>;
    /**
     * Whether to read the ids of the job's allocations. Default false. Deprecated upstream: read them with
     * `getAllocations`.
     */
    readAllocationIds?: pulumi.Input<boolean | undefined>;
    /** The region of the job. */
    region?: pulumi.Input<string | undefined>;
    /** Whether to register the job again when it is dead. Default false, which leaves a finished batch job as it is. */
    rerunIfDead?: pulumi.Input<boolean | undefined>;
    /** Whether the job is stable. */
    stable?: pulumi.Input<boolean | undefined>;
    /** The status of the job: pending, running or dead. */
    status?: pulumi.Input<string | undefined>;
    /** Why the job has this status. */
    statusDescription?: pulumi.Input<string | undefined>;
    /** Whether the job is stopped. */
    stop?: pulumi.Input<boolean | undefined>;
    /** When the job was submitted, in nanoseconds since the epoch, as decimal digits. */
    submitTime?: pulumi.Input<string | undefined>;
    /** The task groups of the job. */
    taskGroups?: pulumi.Input<pulumi.Input<inputs.JobTaskGroup>[] | undefined>;
    /** The type of the job: service, batch, system or sysbatch. */
    type?: pulumi.Input<string | undefined>;
    /** The update strategy, if any. */
    updateStrategies?: pulumi.Input<pulumi.Input<inputs.JobUpdateStrategy>[] | undefined>;
    /** The version of the job. */
    version?: pulumi.Input<number | undefined>;
}

/** What makes a Job. */
export interface JobArgs {
    /** Whether the job is deregistered when the resource is destroyed. Default true. */
    deregisterOnDestroy?: pulumi.Input<boolean | undefined>;
    /** Whether the job is replaced (the old one deregistered) when its id changes. Default true. */
    deregisterOnIdChange?: pulumi.Input<boolean | undefined>;
    /**
     * Whether to return as soon as the job is registered. When false, waits for its evaluation and, for service jobs,
     * its deployment. Default true.
     */
    detach?: pulumi.Input<boolean | undefined>;
    /** Options of the HCL2 parser. */
    hcl2?: pulumi.Input<inputs.JobHcl2 | undefined>;
    /** The contents of the jobspec to register: HCL2 unless `json` is true. */
    jobspec: pulumi.Input<string>;
    /** Whether `jobspec` is JSON (what `nomad job run -output` prints) and not HCL. Default false. */
    json?: pulumi.Input<boolean | undefined>;
    /** Whether to override any soft-mandatory Sentinel policies that fail. Default false. */
    policyOverride?: pulumi.Input<boolean | undefined>;
    /**
     * Whether to keep the running task group counts over those in the jobspec when an existing job is updated. Default
     * false.
     */
    preserveCounts?: pulumi.Input<boolean | undefined>;
    /** Whether a destroyed job is purged, and not only stopped. Default false. */
    purgeOnDestroy?: pulumi.Input<boolean | undefined>;
    /**
     * Whether to read the ids of the job's allocations. Default false. Deprecated upstream: read them with
     * `getAllocations`.
     */
    readAllocationIds?: pulumi.Input<boolean | undefined>;
    /** Whether to register the job again when it is dead. Default false, which leaves a finished batch job as it is. */
    rerunIfDead?: pulumi.Input<boolean | undefined>;
}
