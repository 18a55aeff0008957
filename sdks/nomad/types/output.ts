// The nested shapes that the resources give out.

export interface AclPolicyJobAcl {
    group?: string;
    jobId?: string;
    namespace?: string;
    task?: string;
}

export interface AclRolePolicy {
    name: string;
}

export interface AclTokenRole {
    id: string;
    name?: string;
}

export interface JobConstraint {
    ltarget?: string;
    operand?: string;
    rtarget?: string;
}

export interface JobHcl2 {
    allowFs?: boolean;
    vars?: { [key: string]: string };
}

export interface JobPeriodicConfig {
    enabled?: boolean;
    prohibitOverlap?: boolean;
    spec?: string;
    specType?: string;
    timezone?: string;
}

export interface JobTaskGroup {
    count?: number;
    meta?: { [key: string]: string };
    name?: string;
    tasks?: JobTaskGroupTask[];
    updateStrategies?: JobTaskGroupUpdateStrategy[];
    volumes?: JobTaskGroupVolume[];
}

export interface JobTaskGroupTask {
    driver?: string;
    meta?: { [key: string]: string };
    name?: string;
    volumeMounts?: JobTaskGroupTaskVolumeMount[];
}

export interface JobTaskGroupTaskVolumeMount {
    destination?: string;
    readOnly?: boolean;
    volume?: string;
}

export interface JobTaskGroupUpdateStrategy {
    autoRevert?: boolean;
    canary?: number;
    healthCheck?: string;
    healthyDeadline?: string;
    maxParallel?: number;
    minHealthyTime?: string;
    stagger?: string;
}

export interface JobTaskGroupVolume {
    name?: string;
    readOnly?: boolean;
    source?: string;
    type?: string;
}

export interface JobUpdateStrategy {
    autoRevert?: boolean;
    canary?: number;
    healthCheck?: string;
    healthyDeadline?: string;
    maxParallel?: number;
    minHealthyTime?: string;
    stagger?: string;
}

export interface NamespaceCapabilities {
    disabledNetworkModes?: string[];
    disabledTaskDrivers?: string[];
    enabledNetworkModes?: string[];
    enabledTaskDrivers?: string[];
}

export interface NamespaceConsulConfig {
    alloweds?: string[];
    default?: string;
    denieds?: string[];
}

export interface NamespaceNodePoolConfig {
    alloweds?: string[];
    default?: string;
    denieds?: string[];
}

export interface NamespaceVaultConfig {
    alloweds?: string[];
    default?: string;
    denieds?: string[];
}

export interface ProviderAuthJwt {
    authMethod: string;
    loginToken: string;
}

export interface ProviderHeader {
    name: string;
    value: string;
}
