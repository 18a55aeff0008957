/** What Nomad's HTTP API answers with; only what is read here. Times in nanoseconds since 1970, memory in MiB, CPU in MHz. */

export interface Allocation {
    readonly ID: string;
    readonly JobID: string;
    readonly JobType?: string;
    readonly JobVersion?: number;
    readonly Namespace?: string;
    readonly NodeName: string;
    readonly CreateIndex: number;
    readonly CreateTime: number;
    readonly ModifyTime: number;
    readonly DesiredStatus: string;
    readonly ClientStatus: "pending" | "running" | "complete" | "failed" | "lost" | "unknown";
    readonly ClientDescription?: string;
    readonly TaskStates?: Readonly<Record<string, TaskState>> | null;
    /** Not in lists. */
    readonly Job?: { readonly Meta?: Meta };
    /** Not in lists. */
    readonly AllocatedResources?: {
        readonly Tasks: Readonly<Record<string, { readonly Memory: { readonly MemoryMB: number } }>>;
    } | null;
}

export type Meta = Readonly<Record<string, string>> | null;

export interface TaskState {
    readonly State: "pending" | "running" | "dead";
    readonly Failed: boolean;
    /** ISO 8601; null while it has not. */
    readonly StartedAt?: string | null;
    readonly FinishedAt?: string | null;
    readonly Events?: readonly TaskEvent[];
}

export interface TaskEvent {
    readonly Type: string;
    readonly DisplayMessage?: string;
    readonly ExitCode?: number;
    readonly Details?: Readonly<Record<string, string>>;
    readonly Time?: number;
}

export interface Job {
    readonly ID: string;
    readonly Namespace: string;
    readonly Version: number;
    readonly Status: "pending" | "running" | "dead";
    readonly Stop: boolean;
    readonly Meta?: Meta;
    readonly TaskGroups?: readonly TaskGroup[] | null;
}

export interface TaskGroup {
    readonly EphemeralDisk?: { readonly SizeMB: number } | null;
    readonly Tasks: readonly Task[];
}

export interface Task {
    readonly Name: string;
    readonly Config: Readonly<Record<string, unknown>>;
    readonly Resources: { readonly CPU: number; readonly MemoryMB: number };
}

/** A job as it is listed. */
export interface JobStub {
    readonly ID: string;
    readonly ParentID?: string;
    readonly Namespace?: string;
    readonly Type?: string;
    readonly ParameterizedJob?: boolean;
    readonly Status: "pending" | "running" | "dead";
    readonly Stop?: boolean;
    readonly CreateIndex?: number;
    /** When it was last changed: also a stop is a change. */
    readonly SubmitTime?: number;
    readonly Meta?: Meta;
}

/** Why a task group could not be placed (Nomad's AllocMetric). */
export interface PlacementFailure {
    readonly NodesEvaluated?: number;
    readonly NodesAvailable?: Readonly<Record<string, number>> | null;
    readonly ConstraintFiltered?: Readonly<Record<string, number>> | null;
    readonly DimensionExhausted?: Readonly<Record<string, number>> | null;
}

export interface Evaluation {
    readonly ID: string;
    readonly CreateIndex: number;
    readonly Status: string;
    readonly StatusDescription?: string;
    readonly FailedTGAllocs?: Readonly<Record<string, PlacementFailure>> | null;
}

export interface Node {
    readonly Name: string;
    readonly Status: string;
    readonly SchedulingEligibility: string;
    readonly NodeResources?: NodeResources;
    readonly ReservedResources?: NodeResources;
}

interface NodeResources {
    readonly Cpu: { readonly CpuShares: number };
    readonly Memory: { readonly MemoryMB: number };
    readonly Disk: { readonly DiskMB: number };
}
