import { createHash } from "node:crypto";
import { diffProperties } from "./property-diff";
import { checkProperties, type Schema, withDefaults } from "./property-schema";
import type { CheckContext, CheckFailure, OperationOptions, ReadResult, ResourceType } from "./resource-provider";
import { isPlainObject, type Properties, UNKNOWN } from "./values";

export interface ResourceSchema {
    inputs: Schema;
    /** Outputs that are no inputs: unknown in a preview of a new resource. */
    outputs?: readonly string[];
    /** Refusals that concern more than one input. Is asked only when each input is fine by itself. */
    refuse?(inputs: Properties): CheckFailure[] | Promise<CheckFailure[]>;
    /** Last word on the inputs before they are recorded, for example to normalise them. */
    normalise?(inputs: Properties): Properties | Promise<Properties>;
    /** When the plugin itself asks for a replacement, the old resource goes first. */
    deleteBeforeReplace?: boolean;
}

/** What is done to the real thing. None of it runs in a preview. */
export interface ResourceOperations {
    create(news: Properties, options: OperationOptions): Promise<{ id: string; state: Properties }>;
    read(id: string, state: Properties, oldInputs: Properties): Promise<ReadResult | undefined>;
    /** Absent: changes that do not replace only change the recorded state. */
    update?(id: string, state: Properties, news: Properties, options: OperationOptions): Promise<Properties>;
    delete(id: string, state: Properties, options: OperationOptions): Promise<void>;
    /** In place of the comparison by schema. */
    diff?: ResourceType["diff"];
    /** Outputs an update changes, unknown while it is previewed. */
    changedOutputs?(state: Properties, news: Properties): readonly string[];
}

/** The inputs that the plugin and not the user chose, recorded under this key as the official plugins do. */
const DEFAULTS_KEY = "__defaults";

/** A resource type that checks and compares by a table of its inputs and is previewed without touching anything. */
export function schemaResource(schema: ResourceSchema, operations: ResourceOperations): ResourceType {
    return {
        async check(news, olds, context) {
            const given = withoutDefaults(news);
            const failures = checkProperties(schema.inputs, given);
            if (failures.length > 0) {
                return { inputs: news, failures };
            }
            const named = withAutoName(schema.inputs, given, olds, context);
            const inputs = withDefaults(schema.inputs, named);
            const refused = (await schema.refuse?.(inputs)) ?? [];
            if (refused.length > 0) {
                return { inputs: news, failures: refused };
            }
            return { inputs: (await schema.normalise?.(inputs)) ?? inputs, failures: [] };
        },
        async diff(id, state, news, oldInputs) {
            const found = await (operations.diff?.(id, state, news, oldInputs) ??
                diffProperties(schema.inputs, state, news, oldInputs));
            return { deleteBeforeReplace: schema.deleteBeforeReplace && found.replaces.length > 0, ...found };
        },
        async create(news, options) {
            const inputs = withoutDefaults(news);
            return options.preview
                ? { id: "", state: plannedState(schema, inputs) }
                : operations.create(inputs, options);
        },
        async read(id, state, oldInputs) {
            const found = await operations.read(id, state, withoutDefaults(oldInputs));
            return found && { ...found, inputs: found.inputs ?? inputsFromState(oldInputs, found.state) };
        },
        async update(id, state, news, options) {
            const inputs = withoutDefaults(news);
            if (!options.preview && operations.update) {
                return operations.update(id, state, inputs, options);
            }
            const kept = Object.entries(state).filter(([key]) => !Object.hasOwn(schema.inputs, key));
            const computed = Object.entries(state).filter(([key]) => schema.inputs[key]?.computed);
            const changed = operations.changedOutputs?.(state, inputs) ?? [];
            return {
                ...Object.fromEntries([...kept, ...computed]),
                ...inputs,
                ...(options.preview ? Object.fromEntries(changed.map((key) => [key, UNKNOWN])) : {}),
            };
        },
        async delete(id, state, options) {
            await operations.delete(id, state, options);
        },
    };
}

function plannedState(schema: ResourceSchema, news: Properties): Properties {
    const computed = Object.keys(schema.inputs).filter((key) => schema.inputs[key]?.computed);
    const unknown = [...computed, ...(schema.outputs ?? [])].map((key) => [key, UNKNOWN]);
    return { ...Object.fromEntries(unknown), ...news };
}

function withoutDefaults(inputs: Properties): Properties {
    return Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== DEFAULTS_KEY));
}

function withAutoName(
    schema: Schema,
    news: Properties,
    olds: Properties | undefined,
    context: CheckContext,
): Properties {
    const key = Object.keys(schema).find((candidate) => schema[candidate]?.autoName);
    if (!key || news[key] !== undefined) {
        return news;
    }
    const chosenBefore = (olds?.[DEFAULTS_KEY] as string[] | undefined)?.includes(key) && olds?.[key];
    const random = createHash("sha256").update(context.randomSeed).update(key).digest("hex").slice(0, 7);
    return { ...news, [key]: chosenBefore || `${context.name}-${random}`, [DEFAULTS_KEY]: [key] };
}

/** The old inputs with the values that the state has for them now; inputs the state does not mirror stay as they were. */
export function inputsFromState(oldInputs: Properties, state: Properties): Properties {
    const current = Object.entries(oldInputs).map(([key, old]) => {
        const now = state[key];
        return [
            key,
            now === undefined ? old : isPlainObject(old) && isPlainObject(now) ? inputsFromState(old, now) : now,
        ];
    });
    return Object.fromEntries(current);
}
