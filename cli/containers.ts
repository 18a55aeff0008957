import type Docker from "dockerode";
import { plainLog } from "../components/engine";
import { LOG_LINES } from "../components/engine";
import { STACK_LABEL } from "../components/labels";

/** Nomad's label of the node that runs a task container (`extra_labels` in the client's configuration). */
const NODE_LABEL = "com.hashicorp.nomad.node_name";

/** A container of the stack as people want to see it. */
export interface StackContainer {
    readonly id: string;
    readonly name: string;
    /** "running", "exited", "created", … */
    readonly state: string;
    /** Docker's own words, such as "Up 3 minutes (healthy)". */
    readonly status: string;
    readonly image: string;
}

/** Containers that bear the stack's label, by name. */
export async function stackContainers(engine: Docker, prefix: string): Promise<StackContainer[]> {
    return list(engine, `${STACK_LABEL}=${prefix}`);
}

/** Containers in which the stack's Nomad client runs tasks. */
export async function taskContainers(engine: Docker, prefix: string): Promise<StackContainer[]> {
    return list(engine, `${NODE_LABEL}=${prefix}-nomad-client`);
}

async function list(engine: Docker, label: string): Promise<StackContainer[]> {
    const found = await engine.listContainers({ all: true, filters: { label: [label] } });
    return found
        .map(({ Id, Names, State, Status, Image }) => ({
            id: Id,
            name: (Names[0] ?? Id).replace(/^\//, ""),
            state: State,
            status: Status,
            image: Image,
        }))
        .sort((left, right) => left.name.localeCompare(right.name));
}

/** Whether a container is neither up and well nor one that has done its work. */
export function isSick({ state, status }: StackContainer): boolean {
    return state === "running" ? /\((unhealthy|health: starting)\)/.test(status) : !/^Exited \(0\)/.test(status);
}

/** For each sick container of the stack: its name, the last answer of its health check and its last log lines. */
export async function explainSick(engine: Docker, prefix: string): Promise<string[]> {
    const sick = (await stackContainers(engine, prefix)).filter(isSick);
    return Promise.all(sick.map((container) => explain(engine, container)));
}

async function explain(engine: Docker, { id, name, status }: StackContainer): Promise<string> {
    const container = engine.getContainer(id);
    const [{ State }, log] = await Promise.all([
        container.inspect(),
        container.logs({ stdout: true, stderr: true, tail: LOG_LINES }),
    ]);
    const health = State.Health?.Log?.at(-1)?.Output?.trim();
    const answer = health ? `; its health check last said: ${health}` : "";
    const oom = State.OOMKilled ? "; it ran out of memory" : "";
    const lines = plainLog(log).trimEnd().split("\n");
    return [`Container ${name} is ${status}${oom}${answer}. Its last log lines:`, ...lines.map((l) => `    ${l}`)].join(
        "\n",
    );
}

/** What `sweep` removed. */
export interface Swept {
    readonly containers: string[];
    readonly volumes: string[];
    readonly networks: string[];
}

/** Removes everything on Docker that bears the stack's label, and its task containers. Images stay. */
export async function sweep(engine: Docker, prefix: string): Promise<Swept> {
    const filters = { label: [`${STACK_LABEL}=${prefix}`] };
    const containers = [...(await stackContainers(engine, prefix)), ...(await taskContainers(engine, prefix))];
    await removeContainers(engine, containers);
    const { Volumes } = await engine.listVolumes({ filters });
    for (const { Name } of Volumes ?? []) {
        await ignoringGone(engine.getVolume(Name).remove({ force: true }));
    }
    const networks = await engine.listNetworks({ filters });
    for (const { Id } of networks) {
        await ignoringGone(engine.getNetwork(Id).remove());
    }
    return {
        containers: containers.map(({ name }) => name),
        volumes: (Volumes ?? []).map(({ Name }) => Name),
        networks: networks.map(({ Name }) => Name),
    };
}

/** Removes containers, running or not, with their anonymous volumes. */
export async function removeContainers(engine: Docker, containers: readonly { id: string }[]): Promise<void> {
    await Promise.all(
        containers.map(({ id }) => ignoringGone(engine.getContainer(id).remove({ force: true, v: true }))),
    );
}

const GONE = 404;
const IS_BEING_REMOVED = 409;

/** Somebody else may remove the same thing at the same time. */
export async function ignoringGone(removal: Promise<unknown>): Promise<void> {
    try {
        await removal;
    } catch (error) {
        const { statusCode, message } = error as { statusCode?: number; message: string };
        if (statusCode === GONE || (statusCode === IS_BEING_REMOVED && /already in progress/.test(message))) {
            return;
        }
        throw error;
    }
}
