import * as pulumi from "@pulumi/pulumi";

/** Stands for an input that a preview does not know yet. No rule judges it: the same rule sees the value on `up`. */
export const UNKNOWN = Symbol("unknown until the update");

export type Inputs = Readonly<Record<string, unknown>>;

/** A resource as the rules see it. */
export interface Resource {
    /** Type token, such as `docker:index/container:Container`. */
    readonly type: string;
    /** Inputs as plain values, secrets included, with `UNKNOWN` for what is not known. */
    readonly inputs: Inputs;
    /** Paths of the inputs marked secret, such as `uploads.0.content`; undefined where marks cannot be seen. */
    readonly secrets?: ReadonlySet<string>;
}

/**
 * How the engine says "unknown" on the wire, by kind: text, truth value, number, list, asset, archive, object
 * (sdk/go/common/resource/plugin/rpc.go). In a program there is just the first.
 */
const UNKNOWN_ON_WIRE = new Set([
    pulumi.runtime.unknownValue,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Takes the mark off a secret; undefined for what is none. Marks look different on the wire and in a policy pack. */
export type Unmark = (value: object) => { readonly value: unknown } | undefined;

/** Plain inputs and the paths of the secrets among them, out of inputs with marks. */
export function readInputs(marked: object, unmark: Unmark): { inputs: Inputs; secrets: ReadonlySet<string> } {
    const secrets = new Set<string>();
    const plain = (value: unknown, path: string): unknown => {
        if (typeof value === "string" && UNKNOWN_ON_WIRE.has(value)) {
            return UNKNOWN;
        }
        if (typeof value !== "object" || value === null) {
            return value;
        }
        const secret = unmark(value);
        if (secret) {
            secrets.add(path);
            return plain(secret.value, path);
        }
        // The policy framework's views throw at unknown values and hide marks from reads, but not from descriptors.
        const entries = Object.entries(Object.getOwnPropertyDescriptors(value))
            .filter(([, { enumerable }]) => enumerable)
            .map(([key, entry]) => [key, plain(entry.value, path ? `${path}.${key}` : key)] as const);
        return Array.isArray(value) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries);
    };
    return { inputs: plain(marked, "") as Inputs, secrets };
}

/** A value with its path, such as `envs.0`. */
export type Leaf = readonly [path: string, value: string];

/** Every known text among the inputs, or below one of them. */
export function texts(value: unknown, path = ""): Leaf[] {
    if (typeof value === "string") {
        return [[path, value]];
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, entry]) => texts(entry, path ? `${path}.${key}` : key));
}

/** Whether the input at `path`, or what it is part of, is marked secret. */
export function isSecret(resource: Resource, path: string): boolean {
    return [...(resource.secrets ?? [])].some((secret) => path === secret || path.startsWith(`${secret}.`));
}

/** A list of objects, as most nested inputs are; empty where it is missing or unknown. */
export function objects(value: unknown): Inputs[] {
    return (Array.isArray(value) ? value : []).filter((entry) => typeof entry === "object" && entry !== null);
}

/** The known texts of a list; empty where it is missing or unknown. */
export function strings(value: unknown): string[] {
    return (Array.isArray(value) ? value : []).filter((entry) => typeof entry === "string");
}

/** An object, empty where it is missing or unknown. */
export function object(value: unknown): Inputs {
    return typeof value === "object" && value !== null ? (value as Inputs) : {};
}
