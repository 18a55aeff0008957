import { isDeepStrictEqual } from "node:util";
import type { PropertySchema, PropertyType, Schema } from "./property-schema";
import type { DiffResult } from "./resource-provider";
import { containsUnknown, isPlainObject, type Properties, UNKNOWN } from "./values";

/**
 * Compares what exists with what is wanted, as Terraform's plan does: the state rules (so that drift found by a refresh
 * shows), an input that was removed is a change unless the server computes it, and a value not known yet is a change.
 */
export function diffProperties(schema: Schema, state: Properties, news: Properties, oldInputs: Properties): DiffResult {
    const diffs: string[] = [];
    const replaces: string[] = [];
    for (const [key, property] of Object.entries(schema)) {
        const paths = diffProperty(key, property, state, news, oldInputs);
        diffs.push(...paths);
        replaces.push(...(property.replace ? paths : []));
    }
    return { changes: diffs.length > 0, diffs, replaces };
}

function diffProperty(
    key: string,
    property: PropertySchema,
    state: Properties,
    news: Properties,
    oldInputs: Properties,
): string[] {
    const wanted = news[key];
    const current = Object.hasOwn(state, key) ? state[key] : oldInputs[key];
    if (wanted === undefined) {
        const unset =
            property.computed ||
            property.absentMeansAny ||
            isZero(current) ||
            isDeepStrictEqual(current, property.default);
        return unset ? [] : [key];
    }
    if (property.equal && current !== undefined && !containsUnknown(wanted)) {
        return property.equal(current as never, wanted as never) ? [] : [key];
    }
    return diffValue(property.type, current, wanted, key);
}

/** Terraform cannot tell an absent value from the zero value of its type. */
function isZero(value: unknown): boolean {
    if (Array.isArray(value)) {
        return value.length === 0;
    }
    return isPlainObject(value) ? Object.keys(value).length === 0 : !value;
}

function diffValue(type: PropertyType, current: unknown, wanted: unknown, path: string): string[] {
    if (wanted === UNKNOWN) {
        return [path];
    }
    if (isZero(current) && isZero(wanted)) {
        return [];
    }
    if (typeof type === "object" && isPlainObject(current) && isPlainObject(wanted)) {
        if ("object" in type) {
            return Object.entries(type.object).flatMap(([key, property]) => {
                const equal = property.equal && current[key] !== undefined && !containsUnknown(wanted[key]);
                if (equal && property.equal?.(current[key] as never, wanted[key] as never)) {
                    return [];
                }
                const absent = wanted[key] === undefined && (property.computed || property.absentMeansAny);
                return absent ? [] : diffValue(property.type, current[key], wanted[key], `${path}.${key}`);
            });
        }
        const keys = new Set([...Object.keys(current), ...Object.keys(wanted)]);
        return [...keys].filter((key) => !isDeepStrictEqual(current[key], wanted[key])).map(() => path);
    }
    if (typeof type === "object" && "set" in type && Array.isArray(current) && Array.isArray(wanted)) {
        return diffSet(type.set, current, wanted, path);
    }
    if (typeof type === "object" && "list" in type && Array.isArray(current) && Array.isArray(wanted)) {
        return current.length === wanted.length
            ? wanted.flatMap((entry, index) => diffValue(type.list, current[index], entry, `${path}[${index}]`))
            : [path];
    }
    return isDeepStrictEqual(current, wanted) ? [] : [path];
}

/** Elements are matched by meaning; what has no partner is compared with what is left over, to name a precise path. */
function diffSet(element: PropertyType, current: unknown[], wanted: unknown[], path: string): string[] {
    const left = [...current];
    const unmatched: number[] = [];
    wanted.forEach((entry, index) => {
        const partner = left.findIndex((candidate) => diffValue(element, candidate, entry, path).length === 0);
        if (partner < 0) {
            unmatched.push(index);
        } else {
            left.splice(partner, 1);
        }
    });
    if (left.length !== unmatched.length) {
        return [path];
    }
    return unmatched.flatMap((index, n) => diffValue(element, left[n], wanted[index], `${path}[${index}]`));
}
