import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { BootstrapError } from "../bootstrap/bootstrap";
import { connectEngine } from "../components/engine";
import { removeContainers, stackContainers, sweep, taskContainers } from "./containers";
import { Nomad, isOver } from "./nomad";
import { readOutputs } from "./outputs";
import { Ground, Session, openSession, releaseStack } from "./session";
import { configValues, readSettingsLeniently, stackFile } from "./stack-config";
import { shortName } from "./stack-name";
import { StackState } from "./stack-state";
import { UpdateProgress } from "./update-progress";
import { UserError, reasonOf } from "./user-error";

/** A stopped task has its kill timeout (5 s by default), and its container some time to go. */
const STOP_MILLISECONDS = 40_000;
const POLL_MILLISECONDS = 200;

/** What lives and dies with the stack's containers: the state may forget it once those are gone. */
const OWN_PACKAGES = ["docker", "nomad", "consul", "grafana", "random", "mlops", "pulumi"];

/** Removes the stack: its running jobs, its resources, and whatever else bears its name on Docker. */
export async function down(ground: Ground): Promise<number> {
    const { prefix = "mlops", dockerHost } = configValues(ground.checkout, ground.stack);
    const session = await sessionIfPossible(ground);
    const hadState = session ? await destroy(session, prefix) : false;
    if (!hadState && !existsSync(stackFile(ground.checkout, ground.stack))) {
        // Its prefix would be the default one, which is another stack's.
        throw new UserError(
            `There is no stack ${ground.stack}: it has neither resources nor a file Pulumi.${shortName(ground.stack)}.yaml. ` +
                "npm run -s pulumi -- stack ls lists those there are; name one with --stack.",
        );
    }
    const swept = await sweepDocker(prefix, dockerHost);
    const leftovers = [
        ...swept.containers.map((name) => `container ${name}`),
        ...swept.volumes.map((name) => `volume ${name}`),
        ...swept.networks.map((name) => `network ${name}`),
    ];
    if (leftovers.length > 0) {
        ground.screen.line(`✓ removed leftovers: ${leftovers.join(", ")}`);
    }
    if (hadState) {
        await forgetGone(session as Session);
    }
    ground.screen.line(
        hadState || leftovers.length > 0
            ? `✓ nothing of stack ${ground.stack} is left; npm run up makes it anew`
            : `There is nothing to remove: stack ${ground.stack} has no resources, and Docker has nothing with the prefix ${prefix}.`,
    );
    return 0;
}

/** Without the tools, Docker can still be swept: nothing the stack made is anywhere else. */
async function sessionIfPossible(ground: Ground): Promise<Session | undefined> {
    try {
        return await openSession(ground, "find", readSettingsLeniently);
    } catch (error) {
        if (error instanceof BootstrapError) {
            ground.screen.line(`• Only what bears the stack's name on Docker can be removed now. ${error.message}`);
            return undefined;
        }
        throw error;
    }
}

/** @returns whether there was anything in the state. */
async function destroy(session: Session, prefix: string): Promise<boolean> {
    const { pulumi, screen, interruption } = session;
    await releaseStack(session);
    const state = await StackState.read(pulumi);
    if (!state || (state.resources.length === 0 && state.pending.length === 0)) {
        return false;
    }
    await stopJobs(session);
    await removeTasks(session, prefix);
    if (state.pending.length > 0) {
        // What was half made bears the stack's label and goes with the sweep.
        await state.dropPending(pulumi);
    }
    const progress = new UpdateProgress(screen, session.verbose);
    const { code } = await pulumi.update(["destroy"], progress.onEvent);
    screen.live("");
    interruption.check();
    if (code === 0) {
        screen.line(`✓ ${progress.summary()}`);
    } else {
        screen.line(`• pulumi destroy could not remove everything (${progress.errors()[0] ?? "no reason given"})`);
    }
    return true;
}

/** Stops every job and waits for its tasks to end: a client that goes first would leave their containers running. */
async function stopJobs({ pulumi, screen }: Session): Promise<void> {
    try {
        const { nomadUrl, nomadToken } = await readOutputs(pulumi);
        if (!nomadUrl || !nomadToken) {
            return;
        }
        const nomad = new Nomad(nomadUrl, nomadToken);
        const going = (await nomad.allocations()).filter((allocation) => !isOver(allocation));
        // The sweeper and other services are parts of the stack, no work that somebody may miss.
        const runs = going.filter(({ JobType }) => JobType === "batch").length;
        await Promise.all((await nomad.jobs()).map((job) => nomad.purge(job)));
        await tasksEnded(nomad);
        if (runs > 0) {
            screen.line(`✓ stopped ${runs} training${runs === 1 ? "" : "s"} that had not ended`);
        }
    } catch (error) {
        screen.line(`• Nomad could not stop its jobs (${reasonOf(error)}); their containers are removed instead`);
    }
}

async function tasksEnded(nomad: Nomad): Promise<void> {
    const deadline = Date.now() + STOP_MILLISECONDS;
    while ((await nomad.allocations()).some((allocation) => !isOver(allocation))) {
        if (Date.now() > deadline) {
            throw new UserError(`tasks still run after ${STOP_MILLISECONDS / 1000} s`);
        }
        await delay(POLL_MILLISECONDS);
    }
}

/** Task containers hold on to the network. Should Nomad not have ended them, its client must go first, or it restarts them. */
async function removeTasks({ settings }: Session, prefix: string): Promise<void> {
    const engine = await connectEngine(settings.dockerHost);
    const tasks = await taskContainers(engine, prefix);
    if (tasks.some(({ state }) => state === "running")) {
        const clients = await stackContainers(engine, prefix);
        await removeContainers(
            engine,
            clients.filter(({ name }) => name === `${prefix}-nomad-client`),
        );
    }
    await removeContainers(engine, tasks);
}

async function sweepDocker(prefix: string, dockerHost: string | undefined) {
    try {
        return await sweep(await connectEngine(dockerHost), prefix);
    } catch (error) {
        throw new UserError(
            `Docker cannot be asked what is left of the stack (${reasonOf(error)}). Start it and run npm run down again.`,
        );
    }
}

/** What a failed destroy left in the state is gone with the containers, unless it is something we do not know. */
async function forgetGone({ pulumi, stack }: Session): Promise<void> {
    const state = await StackState.read(pulumi);
    if (!state || state.resources.length === 0) {
        return;
    }
    const foreign = state.resources.filter(({ type }) => !OWN_PACKAGES.includes(type.split(":")[0] ?? ""));
    const unknown = foreign.filter(({ type }) => !type.startsWith("pulumi:"));
    if (unknown.length > 0) {
        throw new UserError(
            `Stack ${stack} still has ${unknown.map(({ urn }) => urn.split("::").at(-1)).join(", ")}. ` +
                "npm run -s pulumi -- destroy shows why they cannot be removed.",
        );
    }
    await state.forgetAll(pulumi);
}
