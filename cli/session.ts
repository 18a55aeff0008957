import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { bootstrap, findToolchain } from "../bootstrap/bootstrap";
import { Settings } from "../components/settings";
import { Backend, chooseBackend } from "./backend";
import { Interruption } from "./interruption";
import { Pulumi } from "./pulumi";
import { Screen } from "./screen";
import { dropForeignSalt, readSettings } from "./stack-config";
import { STANDARD_STACK, stackName } from "./stack-name";
import { StackState, releaseStaleLock } from "./stack-state";

/** What every command starts from: which stack, how it is configured, where its state is. Nothing has been started yet. */
export interface Ground {
    readonly checkout: string;
    readonly backend: Backend;
    readonly stack: string;
    readonly screen: Screen;
    readonly interruption: Interruption;
    readonly verbose: boolean;
}

/** A ground with the tools to work on it. */
export interface Session extends Ground {
    readonly pulumi: Pulumi;
    /** Settings with what the bootstrap found out about this machine. */
    readonly settings: Settings;
    /** What a shell needs to do the same by hand. */
    readonly env: Readonly<Record<string, string>>;
    readonly leftOut: readonly string[];
}

/** The checkout this file belongs to. */
export const CHECKOUT = resolve(__dirname, "..");

export interface GlobalOptions {
    readonly stack?: string;
    readonly verbose?: boolean;
}

/** @throws UserError when the embedded backend cannot serve. */
export function prepareGround(options: GlobalOptions, screen: Screen, interruption: Interruption): Ground {
    const backend = chooseBackend(CHECKOUT, process.env);
    const stack = stackName(options.stack, CHECKOUT, backend.url, process.env);
    return { checkout: CHECKOUT, backend, stack, screen, interruption, verbose: options.verbose ?? false };
}

/**
 * Makes the tools available, or only looks for them, and applies their environment to this process and its children.
 *
 * @param tools "provide" makes what is missing available, "retry" also tries downloads again that failed a while ago.
 * @param read how the settings are read. @default strictly, a wrong value is refused
 * @throws SettingsError before anything is started, BootstrapError when something is missing.
 */
export async function openSession(
    ground: Ground,
    tools: "provide" | "retry" | "find",
    read: typeof readSettings = readSettings,
): Promise<Session> {
    const { checkout, stack, backend, screen, interruption } = ground;
    const settings = read(checkout, stack, process.env);
    const options = { images: imagesOf(settings), dockerHost: settings.dockerHost };
    const toolchain =
        tools === "find"
            ? await findToolchain(options)
            : await bootstrap({ ...options, report: (line) => screen.line(line), retry: tools === "retry" });
    const env = { ...toolchain.env, ...backend.env };
    Object.assign(process.env, env);
    return {
        ...ground,
        env,
        settings: read(checkout, stack, process.env),
        // Somebody who does not want Grafana need not be told that it is left out.
        leftOut: settings.grafana ? toolchain.leftOut : [],
        pulumi: new Pulumi({ executable: toolchain.pulumi, checkout, stack, env: process.env, interruption }),
    };
}

/** Images by the names the bootstrap knows them by. */
export function imagesOf(settings: Settings) {
    return {
        consul: settings.consulImage,
        nomad: settings.nomadImage,
        prometheus: settings.prometheusImage,
        pushgateway: settings.pushgatewayImage,
        grafana: settings.grafanaImage,
        trainerBase: settings.trainerBaseImage,
        ...(settings.mesh && { envoy: settings.envoyImage }),
    };
}

/** The stack's state; a stack that does not exist yet is made. */
export async function ensureStack(session: Session): Promise<StackState | undefined> {
    const state = await StackState.read(session.pulumi);
    if (state) {
        return state;
    }
    const passphrase = session.backend.env.PULUMI_CONFIG_PASSPHRASE_FILE;
    if (passphrase) {
        dropForeignSalt(session.checkout, session.stack, readFileSync(passphrase, "utf8").trim());
    }
    // Plain Pulumi commands then mean the standard stack; another one is the user's to select.
    const select = session.stack === STANDARD_STACK ? [] : ["--no-select"];
    await session.pulumi.ask(["stack", "init", session.stack, "--non-interactive", ...select]);
    return undefined;
}

/** Makes sure that nobody else works on the stack: waits for who does, and releases the lock of who is gone. */
export async function releaseStack({ pulumi, backend, settings, screen, interruption }: Session): Promise<void> {
    const patience = {
        seconds: settings.readyTimeoutSeconds,
        say: (line: string) => screen.line(line),
        check: () => interruption.check(),
    };
    if (await releaseStaleLock(pulumi, backend.url, patience)) {
        screen.line("✓ released the lock of an interrupted update");
    }
}
