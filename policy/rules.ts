import * as container from "./container-rules";
import { unpinned } from "./image-reference";
import * as job from "./nomad-job-rules";
import { Resource, object } from "./resource";
import * as secrets from "./secret-rules";

export const CONTAINER = "docker:index/container:Container";
export const IMAGE = "docker:index/image:Image";
export const REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage";
export const NETWORK = "docker:index/network:Network";
export const VOLUME = "docker:index/volume:Volume";
export const JOB = "nomad:index/job:Job";
/** Judges resources of every type. */
export const EVERY_TYPE = "*";

/** What is wrong with a resource, in sentences; empty when nothing is. */
export type Judge = (resource: Resource, allowed: readonly string[]) => string[] | Promise<string[]>;

export interface Rule {
    /** The policy's name in the pack and in its configuration. */
    readonly name: string;
    readonly description: string;
    /** @default false: a violation stops the update */
    readonly advisory?: boolean;
    /** The rule is about marks of secrets, which the policy framework shows only to remediations. @default false */
    readonly readsMarks?: boolean;
    /** What the configuration key `allowed` of the policy lists, and what it is by itself. @default not configurable */
    readonly allowed?: { readonly description: string; readonly standard: readonly string[] };
    readonly judges: Readonly<Record<string, Judge>>;
}

export const RULES: readonly Rule[] = [
    {
        name: "pinned-images",
        description: "Images are pinned by tag or digest, never latest.",
        judges: {
            [CONTAINER]: ({ inputs }) => unpinned(inputs.image),
            [REMOTE_IMAGE]: ({ inputs }) => unpinned(inputs.name),
            [IMAGE]: ({ inputs }) => [...unpinned(inputs.imageName), ...baseImages(inputs.build)],
            [JOB]: job.jobImages,
        },
    },
    {
        name: "health-checks",
        description: "Services have a health check.",
        judges: { [CONTAINER]: container.healthCheck },
    },
    {
        name: "loopback-ports",
        description: "Ports are published on the loopback address.",
        allowed: {
            description: "Addresses on which ports may be published, such as the stack's bindAddress.",
            standard: ["127.0.0.1", "::1"],
        },
        judges: { [CONTAINER]: container.loopbackPorts, [JOB]: job.jobPorts },
    },
    {
        name: "log-rotation",
        description: "Logs are rotated by Docker: json-file with max-size and max-file.",
        judges: { [CONTAINER]: container.logRotation, [JOB]: job.jobLogRotation },
    },
    {
        name: "memory-limits",
        description: "Memory is limited, without swap on top.",
        judges: { [CONTAINER]: container.memoryLimit, [JOB]: job.jobMemoryLimit },
    },
    {
        name: "process-limits",
        description: "Tasks have a limit of processes.",
        judges: { [JOB]: job.jobProcessLimit },
    },
    {
        name: "dropped-capabilities",
        description: "All capabilities are dropped; init containers get back what preparing a volume needs.",
        judges: { [CONTAINER]: container.capabilities, [JOB]: job.jobCapabilities },
    },
    {
        name: "no-new-privileges",
        description: "No process gains privileges, and no protection of the engine is taken away.",
        judges: { [CONTAINER]: container.noNewPrivileges, [JOB]: job.jobNoNewPrivileges },
    },
    {
        name: "no-host-access",
        description: "Nothing is privileged, has devices of the host or shares its namespaces.",
        judges: {
            [CONTAINER]: container.hostAccess,
            [NETWORK]: container.bridgeNetwork,
            [JOB]: job.jobHostAccess,
        },
    },
    {
        name: "no-host-paths",
        description: "Nothing mounts a path of the host but who runs tasks, and that only the engine's socket.",
        allowed: {
            description: "Paths at which the engine's socket may stand on its host, such as the stack's dockerSocket.",
            standard: ["/var/run/docker.sock"],
        },
        judges: {
            [CONTAINER]: container.hostPaths,
            [VOLUME]: container.volumeIsNoHostPath,
            [JOB]: job.jobHostPaths,
        },
    },
    {
        name: "no-root",
        description: "Nothing runs as root but init containers, which have no network.",
        judges: { [CONTAINER]: container.nonRoot, [JOB]: job.jobNonRoot },
    },
    {
        name: "read-only-root",
        description: "Services and tasks do not write to their root file system.",
        // Grafana's image could not be tried.
        advisory: true,
        judges: { [CONTAINER]: container.readOnlyRoot, [JOB]: job.jobReadOnlyRoot },
    },
    {
        name: "labels",
        description: "What stands on Docker says which stack and which part of it it is.",
        judges: { [CONTAINER]: container.labels, [NETWORK]: container.labels, [VOLUME]: container.labels },
    },
    {
        name: "judged-types",
        description: "Docker resources are of the types that the other rules judge.",
        judges: { [EVERY_TYPE]: judgedType },
    },
    {
        name: "secrets-hidden",
        description: "Secrets do not stand in environments, arguments, labels, images or job descriptions.",
        readsMarks: true,
        judges: {
            [CONTAINER]: secrets.hiddenInContainer,
            [IMAGE]: secrets.hiddenInImage,
            [JOB]: secrets.hiddenInJob,
        },
    },
    {
        name: "secrets-encrypted",
        description: "Secrets are marked as such, and files with them are readable by their owner only.",
        readsMarks: true,
        judges: { [CONTAINER]: secrets.secretFiles, [EVERY_TYPE]: secrets.encrypted },
    },
];

/** Everything a rule says about a resource. */
export async function violations(rule: Rule, resource: Resource, allowed?: readonly string[]): Promise<string[]> {
    const judges = [rule.judges[resource.type], rule.judges[EVERY_TYPE]].filter((judge) => judge !== undefined);
    const said = judges.map((judge) => judge(resource, allowed ?? rule.allowed?.standard ?? []));
    return (await Promise.all(said)).flat();
}

/** Build arguments that name images, such as `BASE_IMAGE`. */
function baseImages(build: unknown): string[] {
    return Object.entries(object(object(build).args))
        .filter(([name]) => /image$/i.test(name))
        .flatMap(([, reference]) => unpinned(reference));
}

function judgedType({ type }: Resource): string[] {
    const judged = [CONTAINER, IMAGE, REMOTE_IMAGE, NETWORK, VOLUME];
    return !type.startsWith("docker:") || judged.includes(type)
        ? []
        : [`No rule judges ${type}; run it as a container of the stack, or teach the pack about it first.`];
}
