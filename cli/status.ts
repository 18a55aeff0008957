import { connectEngine } from "../components/engine";
import { isSick, stackContainers } from "./containers";
import { dashboardFindings } from "./dashboard-check";
import { Finding } from "./finding";
import { lostResources } from "./half-made";
import { Nomad } from "./nomad";
import { StackOutputs, readOutputs } from "./outputs";
import { Prometheus } from "./prometheus";
import { Ground, Session, openSession } from "./session";
import { StackState } from "./stack-state";
import { TrainingRun } from "./training-run";
import { resultLine, statusLine } from "./run-view";
import { UserError, reasonOf } from "./user-error";

/** Tells in a few lines how the stack is. @returns 1 when something is wrong. */
export async function status(ground: Ground): Promise<number> {
    const session = await openSession(ground, "find");
    const state = await StackState.read(session.pulumi);
    if (!state || state.resources.length === 0) {
        throw new UserError(`There is no stack ${ground.stack} yet. npm run up makes it.`);
    }
    const outputs = await readOutputs(session.pulumi);
    const findings = (
        await Promise.all([
            containers(session, state),
            asked("Nomad", () => nomadFindings(outputs)),
            asked("the last run", () => lastRun(outputs)),
            asked("Prometheus", () => targets(outputs)),
            asked("the dashboards' queries", () => dashboardFindings(prometheusOf(outputs))),
        ])
    ).flat();
    findings.forEach(({ well, line }) =>
        ground.screen.line(/^[✓✗…•]/.test(line) ? line : `${well ? "✓" : "✗"} ${line}`),
    );
    return findings.every(({ well }) => well) ? 0 : 1;
}

async function asked(what: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
    try {
        return await look();
    } catch (error) {
        return [{ well: false, line: `${what}: no answer (${reasonOf(error)})` }];
    }
}

async function containers({ settings }: Session, state: StackState): Promise<Finding[]> {
    const engine = await connectEngine(settings.dockerHost);
    const found = await stackContainers(engine, settings.prefix);
    const lost = await lostResources(engine, state);
    // Containers that only prepared something have ended well and are no news.
    return [
        ...found
            .filter((container) => container.state === "running" || isSick(container))
            .map((container) => ({
                well: !isSick(container),
                line: `container ${container.name}: ${container.status}`,
            })),
        ...lost.map((urn) => ({
            well: false,
            line: `${urn.split("::").at(-1)} is gone or has stopped; npm run up restores it`,
        })),
    ];
}

function nomadOf({ nomadUrl = "", nomadToken = "" }: Partial<StackOutputs>): Nomad {
    return new Nomad(nomadUrl, nomadToken);
}

function prometheusOf({
    prometheusUrl = "",
    metricsUser = "",
    metricsPassword = "",
}: Partial<StackOutputs>): Prometheus {
    return new Prometheus(prometheusUrl, metricsUser, metricsPassword);
}

async function nomadFindings(outputs: Partial<StackOutputs>): Promise<Finding[]> {
    const nodes = await nomadOf(outputs).nodes();
    const ready = nodes.filter((node) => node.Status === "ready" && node.SchedulingEligibility === "eligible");
    const names = ready.map(({ Name }) => Name).join(", ");
    return [{ well: ready.length > 0, line: `Nomad: ${ready.length > 0 ? `${names} ready` : "no node is ready"}` }];
}

async function lastRun(outputs: Partial<StackOutputs>): Promise<Finding[]> {
    const run = new TrainingRun(nomadOf(outputs), prometheusOf(outputs), outputs.trainingJob ?? "");
    const snapshot = await run.look();
    const isOver = ["succeeded", "failed", "gone"].includes(snapshot.phase);
    return [
        { well: snapshot.phase !== "failed", line: isOver ? resultLine(snapshot) : statusLine(snapshot, Date.now()) },
    ];
}

async function targets(outputs: Partial<StackOutputs>): Promise<Finding[]> {
    const found = await prometheusOf(outputs).targets();
    const sick = found.filter(({ health }) => health === "down");
    return [
        { well: sick.length === 0, line: `Prometheus: ${found.length - sick.length} of ${found.length} targets up` },
        ...sick.map(({ scrapeUrl, lastError }) => ({ well: false, line: `target ${scrapeUrl}: ${lastError}` })),
    ];
}
