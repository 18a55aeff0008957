import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError, reasonOf } from "./user-error";

/** Where Pulumi keeps a stack's state and what unlocks its secrets. */
export interface Backend {
    /** What to add to Pulumi's environment; empty where the user's own choices hold. */
    readonly env: Readonly<Record<string, string>>;
    /** URL of the backend; undefined where Pulumi decides (Pulumi Cloud with an access token). */
    readonly url: string | undefined;
    /** Whether state and passphrase are the checkout's own, which this program made. */
    readonly embedded: boolean;
}

const PASSPHRASE_BYTES = 32;

/**
 * The user's own backend, untouched, when there is any sign of one: `PULUMI_BACKEND_URL`, `PULUMI_ACCESS_TOKEN`, a
 * `backend` in Pulumi.yaml or a `pulumi login`. Else state and passphrase live in the checkout's `.mlops` folder.
 *
 * @throws UserError when the passphrase file is there but cannot serve.
 */
export function chooseBackend(checkout: string, environment: NodeJS.ProcessEnv): Backend {
    const own = environment.PULUMI_BACKEND_URL || projectBackend(checkout) || loggedIn(environment);
    if (own || environment.PULUMI_ACCESS_TOKEN) {
        return { env: {}, url: own, embedded: false };
    }
    const state = join(checkout, ".mlops", "state");
    mkdirSync(state, { recursive: true });
    const url = `file://${state}`;
    const hasPassphrase =
        environment.PULUMI_CONFIG_PASSPHRASE !== undefined || Boolean(environment.PULUMI_CONFIG_PASSPHRASE_FILE);
    const passphrase: Record<string, string> = hasPassphrase
        ? {}
        : { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(join(checkout, ".mlops", "passphrase"), state) };
    return { env: { PULUMI_BACKEND_URL: url, ...passphrase }, url, embedded: true };
}

function projectBackend(checkout: string): string | undefined {
    const project = parse(readFileSync(join(checkout, "Pulumi.yaml"), "utf8")) as { backend?: { url?: string } } | null;
    return project?.backend?.url;
}

/** The backend of the last `pulumi login`, which Pulumi keeps in credentials.json. */
function loggedIn(environment: NodeJS.ProcessEnv): string | undefined {
    const directory = environment.PULUMI_CREDENTIALS_PATH || pulumiHome(environment);
    try {
        const credentials = JSON.parse(readFileSync(join(directory, "credentials.json"), "utf8")) as {
            current?: string;
        };
        return credentials.current || undefined;
    } catch {
        return undefined;
    }
}

/** Pulumi's own directory. */
export function pulumiHome(environment: NodeJS.ProcessEnv): string {
    return environment.PULUMI_HOME || join(environment.HOME ?? homedir(), ".pulumi");
}

/** The checkout's passphrase file, made once; a lost one cannot be made again, because state is encrypted with it. */
function passphraseFile(path: string, state: string): string {
    if (!existsSync(path)) {
        if (existsSync(join(state, ".pulumi", "stacks"))) {
            throw new UserError(
                `The passphrase file ${path} is gone, but the state in ${state} is encrypted with it. Put it back, or ` +
                    "run npm run down and remove the state folder to start anew.",
            );
        }
        writeFileSync(path, `${randomBytes(PASSPHRASE_BYTES).toString("base64")}\n`, { mode: 0o600, flag: "wx" });
    }
    let text: string;
    try {
        text = readFileSync(path, "utf8");
    } catch (error) {
        throw new UserError(`The passphrase file ${path} cannot be read (${reasonOf(error)}). Make it readable.`);
    }
    if (text.trim() === "") {
        throw new UserError(`The passphrase file ${path} is empty. Put the passphrase back into it.`);
    }
    // A copy or an unpacked archive may have opened it to others.
    chmodSync(path, 0o600);
    return path;
}
