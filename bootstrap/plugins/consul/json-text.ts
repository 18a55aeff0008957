import { isDeepStrictEqual } from "node:util";

/** Whether two JSON texts mean the same; texts that are no JSON are compared as they are. */
export function sameJson(old: string, current: string): boolean {
    try {
        return isDeepStrictEqual(JSON.parse(old), JSON.parse(current));
    } catch {
        return old === current;
    }
}

/** Why text is refused that must hold a JSON object. */
export function refuseJson(text: string): string | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null && !Array.isArray(value)
            ? undefined
            : "must be a JSON object.";
    } catch (error) {
        return `is no JSON: ${(error as Error).message}`;
    }
}
