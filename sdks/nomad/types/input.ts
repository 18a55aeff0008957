import type * as pulumi from "@pulumi/pulumi";
// The nested shapes that the resources take.

export interface AclPolicyJobAcl {
    group?: pulumi.Input<string | undefined>;
    jobId?: pulumi.Input<string | undefined>;
    namespace?: pulumi.Input<string | undefined>;
    task?: pulumi.Input<string | undefined>;
}

export interface AclRolePolicy {
    name: pulumi.Input<string>;
}

export interface AclTokenRole {
    id: pulumi.Input<string>;
    name?: pulumi.Input<string | undefined>;
}

export interface JobConstraint {
    ltarget?: pulumi.Input<string | undefined>;
    operand?: pulumi.Input<string | undefined>;
    rtarget?: pulumi.Input<string | undefined>;
}

export interface JobHcl2 {
    allowFs?: pulumi.Input<boolean | undefined>;
    vars?: pulumi.Input<{ [key: string]: pulumi.Input<string> } | undefined>;
}

export interface JobPeriodicConfig {
    enabled?: pulumi.Input<boolean | undefined>;
    prohibitOverlap?: pulumi.Input<boolean | undefined>;
    spec?: pulumi.Input<string | undefined>;
    specType?: pulumi.Input<string | undefined>;
    timezone?: pulumi.Input<string | undefined>;
}

export interface JobTaskGroup {
    count?: pulumi.Input<number | undefined>;
    meta?: pulumi.Input<{ [key: string]: pulumi.Input<string> } | undefined>;
    name?: pulumi.Input<string | undefined>;
    tasks?: pulumi.Input<pulumi.Input<JobTaskGroupTask>[] | undefined>;
    updateStrategies?: pulumi.Input<pulumi.Input<JobTaskGroupUpdateStrategy>[] | undefined>;
    volumes?: pulumi.Input<pulumi.Input<JobTaskGroupVolume>[] | undefined>;
}

export interface JobTaskGroupTask {
    driver?: pulumi.Input<string | undefined>;
    meta?: pulumi.Input<{ [key: string]: pulumi.Input<string> } | undefined>;
    name?: pulumi.Input<string | undefined>;
    volumeMounts?: pulumi.Input<pulumi.Input<JobTaskGroupTaskVolumeMount>[] | undefined>;
}

export interface JobTaskGroupTaskVolumeMount {
    destination?: pulumi.Input<string | undefined>;
    readOnly?: pulumi.Input<boolean | undefined>;
    volume?: pulumi.Input<string | undefined>;
}

export interface JobTaskGroupUpdateStrategy {
    autoRevert?: pulumi.Input<boolean | undefined>;
    canary?: pulumi.Input<number | undefined>;
    healthCheck?: pulumi.Input<string | undefined>;
    healthyDeadline?: pulumi.Input<string | undefined>;
    maxParallel?: pulumi.Input<number | undefined>;
    minHealthyTime?: pulumi.Input<string | undefined>;
    stagger?: pulumi.Input<string | undefined>;
}

export interface JobTaskGroupVolume {
    name?: pulumi.Input<string | undefined>;
    readOnly?: pulumi.Input<boolean | undefined>;
    source?: pulumi.Input<string | undefined>;
    type?: pulumi.Input<string | undefined>;
}

export interface JobUpdateStrategy {
    autoRevert?: pulumi.Input<boolean | undefined>;
    canary?: pulumi.Input<number | undefined>;
    healthCheck?: pulumi.Input<string | undefined>;
    healthyDeadline?: pulumi.Input<string | undefined>;
    maxParallel?: pulumi.Input<number | undefined>;
    minHealthyTime?: pulumi.Input<string | undefined>;
    stagger?: pulumi.Input<string | undefined>;
}

export interface NamespaceCapabilities {
    disabledNetworkModes?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    disabledTaskDrivers?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    enabledNetworkModes?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    enabledTaskDrivers?: pulumi.Input<pulumi.Input<string>[] | undefined>;
}

export interface NamespaceConsulConfig {
    alloweds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    default?: pulumi.Input<string | undefined>;
    denieds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
}

export interface NamespaceNodePoolConfig {
    alloweds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    default?: pulumi.Input<string | undefined>;
    denieds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
}

export interface NamespaceVaultConfig {
    alloweds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    default?: pulumi.Input<string | undefined>;
    denieds?: pulumi.Input<pulumi.Input<string>[] | undefined>;
}

export interface ProviderAuthJwt {
    authMethod: pulumi.Input<string>;
    loginToken: pulumi.Input<string>;
}

export interface ProviderHeader {
    name: pulumi.Input<string>;
    value: pulumi.Input<string>;
}
