import type Docker from "dockerode";
import { STACK_LABEL } from "../components/labels";
import { ignoringGone, removeContainers, stackContainers } from "./containers";
import { RecordedResource, StackState } from "./stack-state";
import { configSet } from "./stack-name";
import { UserError } from "./user-error";

/** Removes what a killed update had begun to create on Docker and not recorded, so that its names are free again. */
export async function removeHalfMade(
    engine: Docker,
    prefix: string,
    halfMade: readonly RecordedResource[],
): Promise<void> {
    for (const { type, inputs } of halfMade) {
        const name = inputs?.name;
        if (typeof name === "string") {
            await removeOurs(engine, prefix, type, name);
        }
    }
}

/** By name, but only what bears the stack's label: a name alone may be somebody else's. */
async function removeOurs(engine: Docker, prefix: string, type: string, name: string): Promise<void> {
    const filters = { label: [`${STACK_LABEL}=${prefix}`], name: [name] };
    if (type.endsWith(":Container")) {
        const found = await engine.listContainers({ all: true, filters });
        for (const { Id } of found.filter(({ Names }) => Names.includes(`/${name}`))) {
            await ignoringGone(engine.getContainer(Id).remove({ force: true, v: true }));
        }
    } else if (type.endsWith(":Volume")) {
        const { Volumes } = await engine.listVolumes({ filters });
        for (const { Name } of (Volumes ?? []).filter((volume) => volume.Name === name)) {
            await ignoringGone(engine.getVolume(Name).remove({ force: true }));
        }
    } else if (type.endsWith(":Network")) {
        const found = await engine.listNetworks({ filters });
        for (const { Id } of found.filter((network) => network.Name === name)) {
            await ignoringGone(engine.getNetwork(Id).remove());
        }
    }
}

/**
 * Removes containers that bear the stack's prefix but that its state does not know, when the state does know the network
 * they are on: then they are its own leftovers.
 *
 * @returns their names. @throws UserError when the network is unknown as well: this is somebody else's stack.
 */
export async function removeStrangers(
    engine: Docker,
    prefix: string,
    state: StackState | undefined,
    stack: string,
): Promise<string[]> {
    const known = state?.dockerIds ?? new Set();
    const strangers = (await stackContainers(engine, prefix)).filter(({ id }) => !known.has(id));
    const names = strangers.map(({ name }) => name);
    if (names.length === 0) {
        return [];
    }
    const networks = await engine.listNetworks({ filters: { label: [`${STACK_LABEL}=${prefix}`] } });
    if (!networks.some(({ Id }) => known.has(Id))) {
        throw new UserError(
            `Docker has containers of a stack with the prefix ${prefix} that this checkout's state does not know ` +
                `(${names.join(", ")}). npm run down removes them; to keep them, choose another prefix and other ` +
                `ports: ${configSet("prefix", "<name>", stack)}.`,
        );
    }
    await removeContainers(engine, strangers);
    return names;
}

/**
 * URNs of recorded containers, volumes and networks that Docker no longer has, or of services that do not run: Pulumi
 * looks only when told to, so without a refresh of these `up` would call a broken stack unchanged.
 */
export async function lostResources(engine: Docker, state: StackState): Promise<string[]> {
    const recorded = state.resources.filter(({ type }) => type.startsWith("docker:index/"));
    const [containers, volumes, networks] = await Promise.all([
        engine.listContainers({ all: true }),
        engine.listVolumes(),
        engine.listNetworks(),
    ]);
    const stateOf = new Map(containers.map(({ Id, State }) => [Id, State]));
    const others = new Set([...(volumes.Volumes ?? []).map(({ Name }) => Name), ...networks.map(({ Id }) => Id)]);
    return recorded.filter((resource) => isLost(resource, stateOf, others)).map(({ urn }) => urn);
}

function isLost(
    { type, id = "", inputs }: RecordedResource,
    stateOf: ReadonlyMap<string, string>,
    others: ReadonlySet<string>,
): boolean {
    if (type.endsWith(":Container")) {
        const state = stateOf.get(id);
        return state === undefined || (inputs?.mustRun !== false && state !== "running");
    }
    return /:(Volume|Network)$/.test(type) && !others.has(id);
}
