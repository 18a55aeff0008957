import { checkProperties, type Schema } from "./property-schema";
import type { CheckFailure } from "./resource-provider";
import { type Properties, UNKNOWN } from "./values";

/** What the engine adds to every provider's configuration for itself. */
const ENGINE_KEYS = ["version", "pluginDownloadURL", "pluginChecksums", "parameterization"];

export function checkConfig(schema: Schema | undefined, config: Properties): CheckFailure[] {
    return schema ? checkProperties(schema, decodeConfig(schema, config)) : [];
}

/** SDKs send every provider input as text, and what is no text as JSON in it. */
export function decodeConfig(schema: Schema | undefined, config: Properties): Properties {
    const own = Object.entries(config).filter(([key]) => !ENGINE_KEYS.includes(key));
    return Object.fromEntries(own.map(([key, value]) => [key, decodeText(schema?.[key]?.type, value)]));
}

function decodeText(type: Schema[string]["type"] | undefined, value: unknown): unknown {
    if (type === undefined || type === "string" || typeof value !== "string" || value === (UNKNOWN as unknown)) {
        return value;
    }
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}
