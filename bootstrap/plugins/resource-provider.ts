/**
 * What a resource plugin consists of. A plugin gives `serve` a `Plugin`; its resource types are mostly made by
 * `schemaResource` from a table of inputs (see property-schema.ts) and four operations on the real thing.
 *
 *     serve({ name: "docker", version: "5.2.0", configure, resources: { "docker:index/network:Network": network } });
 */
import type { Schema } from "./property-schema";
import type { Properties } from "./values";

export { UNKNOWN, Secret, containsUnknown, type Properties } from "./values";
export { schemaResource, type ResourceOperations, type ResourceSchema } from "./schema-resource";
export type { PropertySchema, PropertyType, Schema } from "./property-schema";
export { InitializationError } from "./initialization-error";
export { serve } from "./serve";

/** One refused input. `property` is a path such as `uploads[0].content`. */
export interface CheckFailure {
    property: string;
    reason: string;
}

export interface CheckContext {
    /** The resource's logical name, from which a missing physical name is derived. */
    name: string;
    /** Random bytes of this resource, the same when the engine asks again. */
    randomSeed: Uint8Array;
}

/** Paths are property paths such as `labels` or `healthcheck.interval`. Every path in `replaces` is in `diffs` too. */
export interface DiffResult {
    changes: boolean;
    replaces: string[];
    diffs: string[];
    deleteBeforeReplace?: boolean;
}

export interface OperationOptions {
    /** No side effects: answer with what is known of the state, `UNKNOWN` for the rest. */
    preview: boolean;
    /** The resource's custom timeout in seconds, 0 when it has none. */
    timeoutSeconds: number;
    /** Aborts when the user cancels the update. */
    signal: AbortSignal;
    /** Shows a status line beside the resource while the operation runs. */
    status(message: string): void;
}

export interface ReadResult {
    id: string;
    state: Properties;
    /** What the inputs would be now, so that a refresh sees drift. Default: the old inputs with the state's values. */
    inputs?: Properties;
}

/** Secret inputs arrive as plain values; the engine marks outputs of the same name as secret again. */
export interface ResourceType {
    /** `olds` are the inputs of the last update, undefined for a new resource. */
    check(
        news: Properties,
        olds: Properties | undefined,
        context: CheckContext,
    ): Promise<{ inputs: Properties; failures: CheckFailure[] }>;
    diff(id: string, state: Properties, news: Properties, oldInputs: Properties): Promise<DiffResult>;
    /** @throws {InitializationError} when the resource exists now but does not work. */
    create(news: Properties, options: OperationOptions): Promise<{ id: string; state: Properties }>;
    /** Undefined when the resource is gone. */
    read(id: string, state: Properties, oldInputs: Properties): Promise<ReadResult | undefined>;
    /** The new state. @throws {InitializationError} when it was updated but does not work. */
    update(id: string, state: Properties, news: Properties, options: OperationOptions): Promise<Properties>;
    /** A resource that is gone already is no error. */
    delete(id: string, state: Properties, options: OperationOptions): Promise<void>;
}

export interface Plugin {
    /** Package name as in type tokens, for example `docker`. */
    name: string;
    /** Version of the official plugin this one stands in for. */
    version: string;
    /** Provider configuration; without it every key is accepted as text. Values that are no text arrive parsed. */
    config?: Schema;
    /** Is not called while a preview does not know the configuration; the engine answers for the plugin then. */
    configure(config: Properties): Promise<void>;
    /** By type token, for example `docker:index/network:Network`. */
    resources: Record<string, ResourceType>;
    /** By function token. */
    functions?: Record<string, (args: Properties) => Promise<Properties>>;
}
