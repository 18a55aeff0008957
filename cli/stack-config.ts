import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { YAMLParseError, parse, parseDocument } from "yaml";
import { Settings, SettingsError, parseSettings } from "../components/settings";
import { shortName } from "./stack-name";
import { UserError } from "./user-error";

const NAMESPACE = "mlops-infra:";

interface StackFile {
    readonly config?: Record<string, unknown> | null;
    readonly encryptionsalt?: string;
    readonly secretsprovider?: string;
}

/** Path of a stack's configuration file. */
export function stackFile(checkout: string, stack: string): string {
    return join(checkout, `Pulumi.${shortName(stack)}.yaml`);
}

/**
 * A stack's checked configuration, read before anything is started.
 *
 * @throws SettingsError for wrong values, UserError when the file is not YAML.
 */
export function readSettings(checkout: string, stack: string, environment: NodeJS.ProcessEnv): Settings {
    return parseSettings(configValues(checkout, stack), environment);
}

/** The same for commands that must work in spite of a wrong value, such as the one that corrects it: then the defaults. */
export function readSettingsLeniently(checkout: string, stack: string, environment: NodeJS.ProcessEnv): Settings {
    try {
        return readSettings(checkout, stack, environment);
    } catch (error) {
        if (error instanceof SettingsError) {
            return parseSettings({}, environment);
        }
        throw error;
    }
}

/** The raw texts of this project's keys. Encrypted values are left to Pulumi, which alone can read them. */
export function configValues(checkout: string, stack: string): Record<string, string> {
    const entries = Object.entries(readStackFile(stackFile(checkout, stack)).config ?? {})
        .filter(([key, value]) => key.startsWith(NAMESPACE) && !isSecret(value))
        .map(([key, value]) => [key.slice(NAMESPACE.length), textOf(value)] as const);
    return Object.fromEntries(entries);
}

/** As Pulumi hands a value to a program: structures as JSON, the rest as written. */
function textOf(value: unknown): string {
    return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}

function isSecret(value: unknown): boolean {
    return typeof value === "object" && value !== null && "secure" in value;
}

function readStackFile(path: string): StackFile {
    if (!existsSync(path)) {
        return {};
    }
    try {
        return (parse(readFileSync(path, "utf8")) as StackFile | null) ?? {};
    } catch (error) {
        if (error instanceof YAMLParseError) {
            throw new UserError(`${path} is not valid YAML: ${error.message.split("\n")[0]}`);
        }
        throw error;
    }
}

/**
 * Makes a configuration file that came from another checkout usable for a new stack: its salt belongs to another
 * passphrase, and Pulumi would refuse ours. Without encrypted values the salt protects nothing, so it goes.
 *
 * @throws UserError when the file holds values that only the other passphrase can decrypt.
 */
export function dropForeignSalt(checkout: string, stack: string, passphrase: string): void {
    const path = stackFile(checkout, stack);
    const file = readStackFile(path);
    if (!file.encryptionsalt || opens(file.encryptionsalt, passphrase)) {
        return;
    }
    const secret = Object.entries(file.config ?? {}).find(([, value]) => isSecret(value));
    if (secret) {
        throw new UserError(
            `${path} holds the encrypted value ${secret[0]}, but the passphrase of this checkout does not open it. ` +
                "Set PULUMI_CONFIG_PASSPHRASE to the one it was encrypted with, or set the value anew after removing it.",
        );
    }
    const document = parseDocument(readFileSync(path, "utf8"));
    document.delete("encryptionsalt");
    writeFileSync(path, document.toString());
}

/** Whether a passphrase fits a salt: Pulumi appends the word "pulumi", encrypted with the key both give (its Go package secrets/passphrase). */
export function opens(salt: string, passphrase: string): boolean {
    const [version, encodedSalt, , nonce, sealed] = salt.split(":");
    if (version !== "v1" || !encodedSalt || !nonce || !sealed) {
        return false;
    }
    const key = pbkdf2Sync(passphrase, Buffer.from(encodedSalt, "base64"), 1_000_000, 32, "sha256");
    const bytes = Buffer.from(sealed, "base64");
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    try {
        return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString() === "pulumi";
    } catch {
        return false;
    }
}
