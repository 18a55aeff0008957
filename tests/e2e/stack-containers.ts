import type Docker from "dockerode";
import { connectEngine } from "../../components/engine";
import { STACK_LABEL } from "../../components/labels";

/** A container of a stack: a server, a one-shot container, or a task. */
export interface StackContainer {
    readonly name: string;
    readonly container: Docker.Container;
    readonly running: boolean;
    /** Paths in the container at which volumes, and the directories of a task, are mounted. */
    readonly mounts: readonly string[];
}

/** Every container of the stack with this prefix, ended ones too. */
export async function stackContainers(prefix: string): Promise<StackContainer[]> {
    const engine = await connectEngine(undefined);
    const listed = await engine.listContainers({ all: true });
    return listed
        .filter(
            ({ Labels }) =>
                Labels[STACK_LABEL] === prefix || Labels["com.hashicorp.nomad.node_name"] === `${prefix}-nomad-client`,
        )
        .map(({ Id, Names, State, Mounts }) => ({
            name: Names[0]?.slice(1) ?? Id,
            container: engine.getContainer(Id),
            running: State === "running",
            mounts: Mounts.map(({ Destination }) => Destination).filter((path) => !path.endsWith("docker.sock")),
        }));
}
