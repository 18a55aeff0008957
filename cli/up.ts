import type Docker from "dockerode";
import Table from "cli-table3";
import pc from "picocolors";
import { findEngine } from "../bootstrap/engine";
import { connectEngine } from "../components/engine";
import { SERVICES, Settings } from "../components/settings";
import { explainSick } from "./containers";
import { firstFailure } from "./exit-code";
import { follow } from "./follow";
import { lostResources, removeHalfMade, removeStrangers } from "./half-made";
import { Nomad } from "./nomad";
import { StackOutputs, readOutputs } from "./outputs";
import { checkPorts, inTheWay } from "./ports";
import { Prometheus } from "./prometheus";
import { plain } from "./pulumi";
import { ScreenReporter } from "./run-reporter";
import { Screen } from "./screen";
import { Ground, Session, ensureStack, openSession, releaseStack } from "./session";
import { readSettings } from "./stack-config";
import { StackState } from "./stack-state";
import { TrainingRun } from "./training-run";
import { UpdateProgress } from "./update-progress";
import { UserError } from "./user-error";

export interface UpOptions {
    /** Whether to watch the training to its end. */
    readonly follow: boolean;
    /** When the command was started, milliseconds since 1970. */
    readonly startedAt: number;
}

/**
 * Makes everything available, provisions the stack and follows the training.
 *
 * @returns the exit code: 0, or that of a training that failed (cli/exit-code.ts).
 */
export async function up(ground: Ground, options: UpOptions): Promise<number> {
    const portsChecked = await checkPortsEarly(ground);
    const session = await openSession(ground, "provide");
    if (!portsChecked) {
        await checkPorts(await connectEngine(session.settings.dockerHost), session.settings, ground.stack);
    }
    await repair(session);
    await provision(session);
    const outputs = await readOutputs(session.pulumi);
    showAccess(session, outputs);
    return options.follow && outputs.trainingJob ? followTraining(session, outputs, options.startedAt) : 0;
}

/** A taken port should be told before a bootstrap of many minutes; without an engine yet, nobody can be told from ours. */
async function checkPortsEarly({ checkout, stack }: Ground): Promise<boolean> {
    const settings = readSettings(checkout, stack, process.env);
    const engine = await findEngine(settings.dockerHost);
    if (engine) {
        await checkPorts(engine.docker, settings, stack);
    }
    return engine !== undefined;
}

/** Brings a stack that was interrupted, or lost a part, back to where an update can start from. */
async function repair(session: Session): Promise<void> {
    const { screen, pulumi, settings } = session;
    await releaseStack(session);
    const engine = await connectEngine(settings.dockerHost);
    const state = await StackState.read(pulumi);
    if (state && state.pending.length > 0) {
        await removeHalfMade(engine, settings.prefix, state.halfMade);
        await state.dropPending(pulumi);
        screen.line(`✓ cleaned up ${state.pending.length} interrupted step(s)`);
    }
    const strangers = await removeStrangers(engine, settings.prefix, state, session.stack);
    if (strangers.length > 0) {
        screen.line(`✓ removed leftover containers: ${strangers.join(", ")}`);
    }
    await removeInTheWay(engine, settings, screen);
    const lost = state ? await lostResources(engine, state) : [];
    if (lost.length > 0) {
        screen.line(`• gone or stopped since the last run: ${lost.map((urn) => urn.split("::").at(-1)).join(", ")}`);
        await update(session, ["refresh", ...lost.flatMap((urn) => ["--target", urn])]);
    }
}

/** A service that moves into the mesh, or out of it, leaves its port to another container. */
async function removeInTheWay(engine: Docker, settings: Settings, screen: Screen): Promise<void> {
    for (const name of inTheWay(await engine.listContainers(), settings)) {
        await engine.getContainer(name).stop({ t: 30 });
        await engine.getContainer(name).remove({ v: true });
        screen.line(`✓ container ${name} removed: another one gets its port`);
    }
}

async function provision(session: Session): Promise<void> {
    await ensureStack(session);
    const progress = await update(session, ["up"]);
    session.screen.line(`✓ ${progress.summary()}`);
}

/** Runs an update with its progress on the screen. @throws UserError that explains its failure. */
async function update(session: Session, args: string[]): Promise<UpdateProgress> {
    const { screen, pulumi, settings, interruption } = session;
    const progress = new UpdateProgress(screen, session.verbose);
    const { code, stderr, stdout } = await pulumi.update(args, progress.onEvent);
    screen.live("");
    interruption.check();
    if (code === 0) {
        return progress;
    }
    const engine = await connectEngine(settings.dockerHost);
    const sick = await explainSick(engine, settings.prefix).catch(() => []);
    const said = [...progress.errors(), ...[plain(stderr), plain(stdout)].filter((text) => text !== "")];
    throw new UserError([`pulumi ${args[0]} failed:`, ...said, ...sick].join("\n"));
}

function showAccess({ screen, leftOut }: Session, outputs: Partial<StackOutputs>): void {
    const table = new Table({ head: ["service", "URL", "log in with the outputs"], style: { head: [], border: [] } });
    const logins: Readonly<Record<string, string>> = {
        nomad: "nomadToken",
        consul: "consulToken",
        prometheus: "metricsUser, metricsPassword",
        pushgateway: "metricsUser, metricsPassword",
        grafana: "grafanaUser, grafanaPassword",
    };
    for (const service of SERVICES) {
        const url = outputs[`${service}Url`];
        if (url) {
            table.push([service, url, logins[service] ?? ""]);
        }
    }
    screen.line(table.toString());
    screen.line(pc.dim("An output is shown by: npm run -s pulumi -- stack output nomadToken --show-secrets"));
    leftOut.forEach((sentence) => screen.line(`• ${sentence}`));
}

async function followTraining(
    { screen, settings, interruption }: Session,
    outputs: Partial<StackOutputs>,
    startedAt: number,
): Promise<number> {
    interruption.hint =
        "The training goes on without this command; npm run status shows it, npm run up follows it again.";
    const nomad = new Nomad(outputs.nomadUrl ?? "", outputs.nomadToken ?? "");
    const { prometheusUrl = "", metricsUser = "", metricsPassword = "" } = outputs;
    const prometheus = new Prometheus(prometheusUrl, metricsUser, metricsPassword);
    const run = new TrainingRun(nomad, prometheus, outputs.trainingJob ?? "");
    const reporter = new ScreenReporter(screen);
    const patienceSeconds = settings.readyTimeoutSeconds;
    const [last] = await follow([run], { reporter, patienceSeconds, startedAt, tellsFirstMetric: true });
    // A run that Nomad has forgotten is no news about this update.
    return last?.phase === "gone" ? 0 : firstFailure([last?.end]);
}
