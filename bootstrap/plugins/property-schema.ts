import type { CheckFailure } from "./resource-provider";
import { isPlainObject, type Properties, UNKNOWN } from "./values";

/** `set` is a list whose order means nothing. An `object` lists its own properties. */
export type PropertyType =
    | "string"
    | "integer"
    | "number"
    | "boolean"
    | "any"
    | { list: PropertyType }
    | { set: PropertyType }
    | { map: PropertyType }
    | { object: Schema };

export interface PropertySchema {
    type: PropertyType;
    required?: boolean;
    /** A change replaces the resource (`willReplaceOnChanges` in the official schema). */
    replace?: boolean;
    /** The server fills it in when it is absent, so that leaving it out is no change. */
    computed?: boolean;
    /** Leaving it out is no change although the server reports a value of its own (Terraform's DiffSuppressFunc). */
    absentMeansAny?: boolean;
    /** Filled in at Check when absent. */
    default?: unknown;
    /** When absent: the logical name and seven random hexadecimal digits, kept for the life of the resource. */
    autoName?: boolean;
    /** The official plugin knows this input, this stand-in does not: it is refused. */
    unsupported?: boolean;
    allowed?: readonly unknown[];
    /** Why a value is refused; undefined when it is fine. Is not asked about values not known yet. */
    refuse?(value: never): string | undefined;
    /** Whether two values mean the same, where plain equality is too strict. */
    equal?(old: never, current: never): boolean;
}

export type Schema = Record<string, PropertySchema>;

/** Every input that `schema` refuses: unknown names, missing or wrong values. Unknown values pass. */
export function checkProperties(schema: Schema, properties: Properties, path = ""): CheckFailure[] {
    const at = (key: string) => (path ? `${path}.${key}` : key);
    const missing = Object.entries(schema)
        .filter(([key, property]) => property.required && properties[key] === undefined)
        .map(([key]) => ({
            property: at(key),
            reason: `Missing required argument. The argument "${key}" is required, but no definition was found.`,
        }));
    const wrong = Object.entries(properties).flatMap(([key, value]) => {
        const property = Object.hasOwn(schema, key) ? schema[key] : undefined;
        if (!property) {
            const known = Object.keys(schema).sort().join(", ");
            return [{ property: at(key), reason: `Unsupported argument. "${key}" is none of: ${known}.` }];
        }
        return checkProperty(property, value, at(key));
    });
    return [...missing, ...wrong];
}

function checkProperty(property: PropertySchema, value: unknown, path: string): CheckFailure[] {
    if (property.unsupported) {
        return [{ property: path, reason: `not supported by this stand-in plugin: ${path}` }];
    }
    if (value === UNKNOWN) {
        return [];
    }
    const failures = checkType(property.type, value, path);
    if (failures.length > 0) {
        return failures;
    }
    if (property.allowed && !property.allowed.includes(value)) {
        const allowed = property.allowed.map((entry) => JSON.stringify(entry)).join(", ");
        return [{ property: path, reason: `${JSON.stringify(value)} is not allowed, expected one of ${allowed}.` }];
    }
    const reason = property.refuse?.(value as never);
    return reason ? [{ property: path, reason }] : [];
}

function checkType(type: PropertyType, value: unknown, path: string): CheckFailure[] {
    if (value === UNKNOWN || type === "any") {
        return [];
    }
    const wrongType = (expected: string) => [
        { property: path, reason: `expected ${expected}, got ${describe(value)}.` },
    ];
    if (typeof type === "string") {
        const fits = type === "integer" ? Number.isInteger(value) : typeof value === type;
        return fits ? [] : wrongType(type);
    }
    if ("list" in type || "set" in type) {
        const element = "list" in type ? type.list : type.set;
        return Array.isArray(value)
            ? value.flatMap((entry, index) => checkType(element, entry, `${path}[${index}]`))
            : wrongType("a list");
    }
    if (!isPlainObject(value)) {
        return wrongType("an object");
    }
    return "object" in type
        ? checkProperties(type.object, value, path)
        : Object.entries(value).flatMap(([key, entry]) => checkType(type.map, entry, `${path}["${key}"]`));
}

/** Names the kind of a value but not the value: it may be a secret. */
function describe(value: unknown): string {
    if (value === null || value === undefined) {
        return "nothing";
    }
    return Array.isArray(value) ? "a list" : isPlainObject(value) ? "an object" : `a ${typeof value}`;
}

/** `properties` with the defaults of `schema` filled in, also inside nested objects. */
export function withDefaults(schema: Schema, properties: Properties): Properties {
    const filled: Properties = { ...properties };
    for (const [key, property] of Object.entries(schema)) {
        filled[key] = fillType(property.type, filled[key] ?? property.default);
        if (filled[key] === undefined) {
            delete filled[key];
        }
    }
    return filled;
}

function fillType(type: PropertyType, value: unknown): unknown {
    if (typeof type === "string" || "map" in type) {
        return value;
    }
    if ("object" in type) {
        return isPlainObject(value) ? withDefaults(type.object, value) : value;
    }
    const element = "list" in type ? type.list : type.set;
    return Array.isArray(value) ? value.map((entry) => fillType(element, entry)) : value;
}
