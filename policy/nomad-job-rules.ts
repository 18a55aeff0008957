import { rotation, securityOptions } from "./container-rules";
import { unpinned } from "./image-reference";
import { Task, block, blocks, tasksOf } from "./nomad-job";
import { Inputs, Resource, object, objects, strings } from "./resource";

/** Host volumes of the Nomad client that a task may mount, each with whether it may write there. */
export const HOST_VOLUMES: Readonly<Record<string, { readonly writable: boolean }>> = {
    artifacts: { writable: true },
    data: { writable: false },
};

/** Makes a rule about each task a rule about the job; a text that is not known yet is not judged. */
export function eachTask(judge: (task: Task) => string[]): (resource: Resource) => Promise<string[]> {
    return async ({ inputs }) => {
        if (typeof inputs.jobspec !== "string") {
            return [];
        }
        if (inputs.json) {
            return ["The job is written in JSON, which the pack cannot judge; write it in HCL."];
        }
        const tasks = await tasksOf(inputs.jobspec);
        return tasks.flatMap((task) => judge(task).map((violation) => `${task.where}: ${violation}`));
    };
}

export const jobImages = eachTask(({ config }) => unpinned(config.image));

export const jobPorts = eachTask(({ config, group, task }) => {
    const networks = [...objects(group.network), ...objects(block(task.resources).network)];
    const ports = networks.flatMap(({ port }) => blocks(port).map(([label]) => label));
    return [...new Set([...ports, ...strings(config.ports)])].map(
        (port) => `Port ${port} is published on the client's address; tasks are reached over the stack's network.`,
    );
});

export const jobLogRotation = eachTask(({ config }) => {
    const { type, config: options } = block(config.logging);
    return rotation(type, block(options));
});

export const jobMemoryLimit = eachTask(({ task }) => {
    const { memory } = block(task.resources);
    return typeof memory === "number" && memory > 0 ? [] : ["It has no memory limit; set resources.memory in MiB."];
});

export const jobProcessLimit = eachTask(({ config: { pids_limit: limit } }) =>
    typeof limit === "number" && limit > 0 ? [] : ["It has no limit of processes; set pids_limit."],
);

export const jobCapabilities = eachTask(({ config }) => [
    ...(strings(config.cap_drop).some((name) => name.toLowerCase() === "all")
        ? []
        : ['It keeps Docker\'s default capabilities; set cap_drop to ["all"].']),
    ...strings(config.cap_add).map((name) => `Capability ${name} is added; no task has one.`),
]);

export const jobNoNewPrivileges = eachTask(({ config }) => securityOptions(config.security_opt));

export const jobHostAccess = eachTask(({ task, config, group }) => {
    const namespaces = ["network_mode", "pid_mode", "ipc_mode", "userns_mode", "uts_mode", "cgroupns"];
    return [
        // Other drivers run their tasks beside the client, with nothing of what the other rules demand.
        ...(task.driver === "docker" ? [] : [`Its driver is ${String(task.driver)}; use docker.`]),
        ...(config.privileged ? ["It is privileged."] : []),
        ...namespaces.filter((key) => config[key] === "host").map((key) => `${key} is host.`),
        ...objects(group.network)
            .filter(({ mode }) => mode === "host")
            .map(() => "Its group's network is the host's."),
        ...(objects(config.devices).length > 0 ? ["It has devices of the host."] : []),
    ];
});

export const jobHostPaths = eachTask(({ config, group }) => [
    ...strings(config.volumes)
        .filter((volume) => /^[/~]|\.\./.test(volume))
        .map((volume) => `It mounts ${volume} of the host.`),
    ...[...objects(config.mount), ...objects(config.mounts)]
        .filter(({ type, source }) => type === undefined || type === "bind" || /^[/~]|\.\./.test(String(source)))
        .map(({ source }) => `It mounts ${String(source)} of the host.`),
    ...blocks(group.volume).flatMap(([, volume]) => hostVolume(volume)),
]);

function hostVolume({ type, source, read_only: readOnly }: Inputs): string[] {
    const known = HOST_VOLUMES[String(source)];
    if (type !== "host") {
        return [];
    }
    if (known === undefined) {
        return [
            `It mounts host volume ${String(source)}, but only ${Object.keys(HOST_VOLUMES).join(", ")} are allowed.`,
        ];
    }
    return known.writable || readOnly === true ? [] : [`It mounts host volume ${String(source)} without read_only.`];
}

export const jobNonRoot = eachTask(({ task: { user } }) =>
    typeof user === "string" && user !== "" && !/^(0|root)(:|$)/.test(user)
        ? []
        : [`It runs as ${String(user ?? "its image's user")}; set a user other than root.`],
);

export const jobReadOnlyRoot = eachTask(({ config }) =>
    config.readonly_rootfs === true ? [] : ["It can write to its root file system; set readonly_rootfs."],
);

/** The environment of a task, and its templates that become environment. */
export function environmentOf({ task }: Task): { env: Inputs; templates: string[] } {
    const templates = objects(task.template).filter(({ env }) => env === true);
    return { env: object(block(task.env)), templates: templates.map(({ data }) => String(data ?? "")) };
}
