import * as pulumi from "@pulumi/pulumi";
import { Settings, SettingsError, parseSettings } from "./settings";

/**
 * Reads and checks the stack's configuration.
 *
 * @throws pulumi.RunError with one sentence for every wrong value; Pulumi shows it without a stack trace.
 */
export function stackSettings(): Settings {
    const prefix = `${pulumi.getProject()}:`;
    const values = Object.entries(pulumi.runtime.allConfig())
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value] as const);
    try {
        return parseSettings(Object.fromEntries(values), process.env);
    } catch (error) {
        throw error instanceof SettingsError ? new pulumi.RunError(error.message) : error;
    }
}
