import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

/** Properties of a resource as plain JavaScript. A value that is not known yet (preview only) is `UNKNOWN`. */
export type Properties = Record<string, unknown>;

/** Stands for a value that only the real update will know. Never appears outside a preview. */
export const UNKNOWN = Symbol("unknown");

/**
 * Marks an output as secret although no input of the same name is one, as random.RandomPassword does with `result`.
 * Secret inputs need nothing: plugins receive them unwrapped and the engine marks the outputs of the same name again.
 */
export class Secret {
    constructor(readonly value: unknown) {}
}

/* Constants of the wire format: pulumi/sdk/go/common/resource/plugin/rpc.go and sig/sig.go. */
const UNKNOWN_ON_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

export function isPlainObject(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** Whether `value` is, or holds at any depth, a value not known yet. */
export function containsUnknown(value: unknown): boolean {
    if (Array.isArray(value)) {
        return value.some(containsUnknown);
    }
    return isPlainObject(value) ? Object.values(value).some(containsUnknown) : value === UNKNOWN;
}

/** Properties of a request: unknowns become `UNKNOWN`, secrets their value, and nulls are left out as absent. */
export function decodeProperties(struct: Struct | undefined): Properties {
    return struct ? (decodeValue(struct.toJavaScript()) as Properties) : {};
}

function decodeValue(value: unknown): unknown {
    if (value === UNKNOWN_ON_WIRE) {
        return UNKNOWN;
    }
    if (Array.isArray(value)) {
        return value.map(decodeValue);
    }
    if (!isPlainObject(value)) {
        return value;
    }
    if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) {
        return decodeValue(value.value);
    }
    const present = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
    return Object.fromEntries(present.map(([key, entry]) => [key, decodeValue(entry)]));
}

/** The reverse of `decodeProperties`, for responses. */
export function encodeProperties(properties: Properties): Struct {
    return Struct.fromJavaScript(encodeValue(properties) as { [key: string]: JavaScriptValue });
}

function encodeValue(value: unknown): unknown {
    if (value === UNKNOWN) {
        return UNKNOWN_ON_WIRE;
    }
    if (value instanceof Secret) {
        return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: encodeValue(value.value) };
    }
    if (Array.isArray(value)) {
        return value.map((entry) => encodeValue(entry ?? null));
    }
    if (!isPlainObject(value)) {
        return value;
    }
    const present = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return Object.fromEntries(present.map(([key, entry]) => [key, encodeValue(entry)]));
}
