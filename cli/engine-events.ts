/** The parts of Pulumi's engine events (apitype.EngineEvent, as `--json` streams them) that this program reads. */
export interface EngineEvent {
    readonly diagnosticEvent?: {
        readonly urn?: string;
        readonly message: string;
        readonly severity: "debug" | "info" | "info#err" | "warning" | "error";
    };
    readonly resourcePreEvent?: { readonly metadata: StepMetadata };
    readonly resOutputsEvent?: { readonly metadata: StepMetadata };
    readonly resOpFailedEvent?: { readonly metadata: StepMetadata };
    readonly summaryEvent?: {
        readonly durationSeconds: number;
        readonly resourceChanges: Readonly<Record<string, number>>;
        readonly result?: string;
    };
}

/** One step of the engine on one resource. */
export interface StepMetadata {
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    readonly old?: StepState | null;
    readonly new?: StepState | null;
}

export interface StepState {
    readonly custom?: boolean;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly initErrors?: readonly string[];
}
