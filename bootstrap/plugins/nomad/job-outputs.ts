import { goDurationText } from "../go-duration";
import type { JsonApi } from "../json-api";
import type { Properties } from "../resource-provider";
import type { JobIdentity } from "./jobspec";

/** The outputs of a job that are no inputs, as the official provider names them. */
export const JOB_OUTPUTS = [
    "allAtOnce",
    "allocationIds",
    "constraints",
    "createIndex",
    "datacenters",
    "deploymentId",
    "deploymentStatus",
    "modifyIndex",
    "name",
    "namespace",
    "parentId",
    "periodicConfigs",
    "priority",
    "region",
    "stable",
    "status",
    "statusDescription",
    "stop",
    "submitTime",
    "taskGroups",
    "type",
    "updateStrategies",
    "version",
] as const;

/** The job as `GET /v1/job/:id` answers, as far as outputs need it. */
export interface ApiJob {
    ID: string;
    Namespace: string;
    ParentID: string;
    Type: string;
    Region: string;
    Priority: number;
    AllAtOnce: boolean;
    Datacenters: string[] | null;
    Constraints: { LTarget: string; RTarget: string; Operand: string }[] | null;
    Update: ApiUpdate | null;
    Periodic: ApiPeriodic | null;
    TaskGroups: ApiTaskGroup[] | null;
    Stop: boolean;
    Stable: boolean;
    Status: string;
    StatusDescription: string;
    Version: number;
    SubmitTime: string;
    CreateIndex: number;
    JobModifyIndex: number;
}

interface ApiPeriodic {
    Enabled: boolean;
    Spec: string;
    SpecType: string;
    ProhibitOverlap: boolean;
    TimeZone: string;
}

interface ApiUpdate {
    Stagger?: number;
    MaxParallel?: number;
    HealthCheck?: string;
    MinHealthyTime?: number;
    HealthyDeadline?: number;
    AutoRevert?: boolean;
    Canary?: number;
}

interface ApiTaskGroup {
    Name: string;
    Count: number;
    Meta: Record<string, string> | null;
    Update: ApiUpdate | null;
    Tasks: ApiTask[] | null;
    Volumes: Record<string, { Name: string; Type: string; ReadOnly: boolean; Source: string }> | null;
}

interface ApiTask {
    Name: string;
    Driver: string;
    Meta: Record<string, string> | null;
    VolumeMounts: { Volume: string; Destination: string; ReadOnly: boolean }[] | null;
}

/** The job; undefined when Nomad has none by that id, because nobody registered it or it was purged. */
export async function findJob(api: JsonApi, { id, namespace }: JobIdentity): Promise<ApiJob | undefined> {
    // Nanoseconds since the epoch are larger than a JavaScript number holds exactly.
    const request = { query: { namespace }, integersAsText: ["SubmitTime"] };
    return api.find<ApiJob>(`/v1/job/${encodeURIComponent(id)}`, request);
}

/** Ids of the allocations that the job has now. */
export async function allocationIds(api: JsonApi, { id, namespace }: JobIdentity): Promise<string[]> {
    const path = `/v1/job/${encodeURIComponent(id)}/allocations`;
    return ((await api.find<{ ID: string }[]>(path, { query: { namespace } })) ?? []).map(({ ID }) => ID);
}

/** What the job itself tells; allocation and deployment ids come from elsewhere. */
export function jobOutputs(job: ApiJob): Properties {
    return {
        allAtOnce: job.AllAtOnce,
        constraints: (job.Constraints ?? []).map(({ LTarget, RTarget, Operand }) => ({
            ltarget: LTarget,
            rtarget: RTarget,
            operand: Operand,
        })),
        createIndex: job.CreateIndex,
        datacenters: job.Datacenters ?? [],
        modifyIndex: String(job.JobModifyIndex),
        name: job.ID,
        namespace: job.Namespace,
        parentId: job.ParentID,
        periodicConfigs: job.Periodic ? [periodicConfig(job.Periodic)] : [],
        priority: job.Priority,
        region: job.Region,
        stable: job.Stable,
        status: job.Status,
        statusDescription: job.StatusDescription,
        stop: job.Stop,
        submitTime: job.SubmitTime,
        taskGroups: (job.TaskGroups ?? []).map(taskGroup),
        type: job.Type,
        updateStrategies: job.Update ? [updateStrategy(job.Update)] : [],
        version: job.Version,
    };
}

function periodicConfig({ Enabled, Spec, SpecType, ProhibitOverlap, TimeZone }: ApiPeriodic): Properties {
    return { enabled: Enabled, spec: Spec, specType: SpecType, prohibitOverlap: ProhibitOverlap, timezone: TimeZone };
}

function updateStrategy(update: ApiUpdate): Properties {
    return {
        stagger: goDurationText(update.Stagger ?? 0),
        maxParallel: update.MaxParallel ?? 0,
        healthCheck: update.HealthCheck ?? "",
        minHealthyTime: goDurationText(update.MinHealthyTime ?? 0),
        healthyDeadline: goDurationText(update.HealthyDeadline ?? 0),
        autoRevert: update.AutoRevert ?? false,
        canary: update.Canary ?? 0,
    };
}

function taskGroup(group: ApiTaskGroup): Properties {
    const volumes = Object.values(group.Volumes ?? {}).sort((a, b) => (a.Name < b.Name ? -1 : 1));
    return {
        name: group.Name,
        count: group.Count,
        meta: group.Meta ?? {},
        tasks: (group.Tasks ?? []).map(task),
        updateStrategies: group.Update ? [updateStrategy(group.Update)] : [],
        volumes: volumes.map(({ Name, Type, ReadOnly, Source }) => ({
            name: Name,
            type: Type,
            readOnly: ReadOnly,
            source: Source,
        })),
    };
}

function task({ Name, Driver, Meta, VolumeMounts }: ApiTask): Properties {
    const volumeMounts = (VolumeMounts ?? []).map(({ Volume, Destination, ReadOnly }) => ({
        volume: Volume,
        destination: Destination,
        readOnly: ReadOnly,
    }));
    return { name: Name, driver: Driver, meta: Meta ?? {}, volumeMounts };
}
