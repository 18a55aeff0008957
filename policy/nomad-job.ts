import { parse } from "@cdktn/hcl2json";
import { Inputs, object, objects } from "./resource";

/** A task of a job with the group it is in. */
export interface Task {
    /** Such as `Task train of group training`. */
    readonly where: string;
    readonly task: Inputs;
    /** The docker driver's `config` block. */
    readonly config: Inputs;
    readonly group: Inputs;
}

/** Parsing starts a WebAssembly module, and every rule asks for the same text. */
const parsed = new Map<string, Promise<Task[]>>();

/**
 * The tasks of a job in HCL.
 *
 * @throws when the text is no HCL; the engine then names the resource.
 */
export function tasksOf(jobspec: string): Promise<Task[]> {
    const tasks = parsed.get(jobspec) ?? parse("job.nomad", jobspec).then(tasksIn);
    parsed.set(jobspec, tasks);
    return tasks;
}

function tasksIn(tree: unknown): Task[] {
    return blocks(object(tree).job).flatMap(([, job]) =>
        blocks(job.group).flatMap(([groupName, group]) =>
            blocks(group.task).map(([name, task]) => ({
                where: `Task ${name} of group ${groupName}`,
                task,
                config: block(task.config),
                group,
            })),
        ),
    );
}

/** Blocks with a label, as the parser gives them: by label, each a list. */
export function blocks(labelled: unknown): [label: string, content: Inputs][] {
    return Object.entries(object(labelled)).flatMap(([label, contents]) =>
        objects(contents).map((content): [string, Inputs] => [label, content]),
    );
}

/** A block without a label that stands once; empty where it is missing. */
export function block(contents: unknown): Inputs {
    return object(objects(contents)[0]);
}
