import { PART_LABEL, STACK_LABEL } from "../components/labels";
import { Inputs, Resource, UNKNOWN, object, objects, strings } from "./resource";

/** Parts that may mount the engine's socket: whoever has it has the host. */
export const SOCKET_PARTS = ["nomad-client", "nomad-client-init", "nomad-guard"];

/** What a container that prepares a volume as root needs. */
export const INIT_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER"];

/** Where the engine's socket stands in a container. */
const SOCKET_IN_CONTAINER = "/var/run/docker.sock";

const ROOT = /^(0|root)(:|$)/;

/** The stack's labels of a Docker resource, by name. */
function labelsOf(inputs: Inputs): Record<string, unknown> {
    return Object.fromEntries(objects(inputs.labels).map(({ label, value }) => [String(label), value]));
}

function partOf(inputs: Inputs): string {
    const part = labelsOf(inputs)[PART_LABEL];
    return typeof part === "string" ? part : "";
}

/** A container that runs once and stays exited. */
function isOneShot({ mustRun, restart }: Inputs): boolean {
    return mustRun === false && (restart === undefined || restart === "no");
}

/** A one-shot container that prepares something before a service starts; cut off from every network. */
function isInitContainer(inputs: Inputs): boolean {
    return isOneShot(inputs) && partOf(inputs).endsWith("-init") && inputs.networkMode === "none";
}

export function healthCheck({ inputs }: Resource): string[] {
    const tests = object(inputs.healthcheck).tests;
    const none = tests === undefined || (Array.isArray(tests) && (tests.length === 0 || tests[0] === "NONE"));
    return none && !isOneShot(inputs) && inputs.healthcheck !== UNKNOWN
        ? ["The service has no health check; give it one, so that its failures are seen and waited for."]
        : [];
}

export function loopbackPorts({ inputs }: Resource, addresses: readonly string[]): string[] {
    const wide = objects(inputs.ports).filter(({ ip }) => ip !== UNKNOWN && !addresses.includes(String(ip)));
    return [
        ...wide.map(
            ({ external, internal, ip }) =>
                `Port ${String(external ?? internal)} is published on ${String(ip ?? "every address")}, ` +
                `but only ${addresses.join(", ")} is allowed.`,
        ),
        ...(inputs.publishAllPorts ? ["publishAllPorts publishes on every address; name the ports instead."] : []),
    ];
}

/** Judges Docker's json-file options, which Nomad's docker driver takes too. */
export function rotation(driver: unknown, options: unknown): string[] {
    const { "max-size": size, "max-file": files } = object(options);
    const bounded = /^[1-9]\d*[kmg]$/i.test(String(size)) && /^[1-9]\d*$/.test(String(files));
    return driver === "json-file" && bounded
        ? []
        : [
              `Logs are not rotated (driver ${String(driver)}, max-size ${String(size)}, max-file ${String(files)}); ` +
                  "set driver json-file with max-size and max-file.",
          ];
}

export function logRotation({ inputs }: Resource): string[] {
    return rotation(inputs.logDriver, inputs.logOpts);
}

export function memoryLimit({ inputs: { memory, memorySwap } }: Resource): string[] {
    if (memory === UNKNOWN || memorySwap === UNKNOWN) {
        return [];
    }
    if (typeof memory !== "number" || memory <= 0) {
        return ["The container has no memory limit; set memory in MiB."];
    }
    return memorySwap === memory
        ? []
        : [`memorySwap is ${String(memorySwap)}, so there is swap on top; set it to memory's ${memory}.`];
}

export function capabilities({ inputs }: Resource): string[] {
    const { adds, drops } = object(inputs.capabilities);
    const allowed = isInitContainer(inputs) ? INIT_CAPABILITIES : [];
    const excess = strings(adds).filter((name) => !allowed.includes(name.replace(/^CAP_/, "")));
    return [
        ...(strings(drops).includes("ALL") ? [] : ["The container keeps Docker's default capabilities; drop ALL."]),
        ...excess.map((name) => `Capability ${name} is not allowed for part "${partOf(inputs)}".`),
    ];
}

/** Judges security options as both Docker and Nomad's docker driver take them. */
export function securityOptions(options: unknown): string[] {
    const given = strings(options);
    const weaker = given.filter((option) => /unconfined|disable|^no-new-privileges[:=]false$/.test(option));
    return [
        ...(given.some((option) => /^no-new-privileges([:=]true)?$/.test(option))
            ? []
            : ["The container may gain privileges; set the security option no-new-privileges."]),
        ...weaker.map((option) => `Security option ${option} takes a protection away.`),
    ];
}

export function noNewPrivileges({ inputs }: Resource): string[] {
    return securityOptions(inputs.securityOpts);
}

export function hostAccess({ inputs }: Resource): string[] {
    const namespaces = ["networkMode", "pidMode", "ipcMode", "usernsMode", "cgroupnsMode"];
    const networks = objects(inputs.networksAdvanced).filter(({ name }) => name === "host");
    const devices = ["devices", "deviceCgroupRules"].filter((key) => objects(inputs[key]).length > 0);
    return [
        ...(inputs.privileged ? ["The container is privileged."] : []),
        ...namespaces.filter((key) => inputs[key] === "host").map((key) => `${key} is host.`),
        ...networks.map(() => "The container is in network host."),
        ...devices.map((key) => `The container has ${key} of the host.`),
    ];
}

/** Networks are bridges: any other driver puts containers beside the host. */
export function bridgeNetwork({ inputs: { driver } }: Resource): string[] {
    return [undefined, "bridge", UNKNOWN].includes(driver as string)
        ? []
        : [`The network's driver is ${String(driver)}; use bridge.`];
}

export function hostPaths({ inputs }: Resource, sockets: readonly string[]): string[] {
    const binds = [
        ...objects(inputs.volumes).map(({ hostPath, volumeName, containerPath }) => ({
            // Docker reads a volume's name with a slash as a path of the host.
            from: hostPath ?? (String(volumeName).includes("/") ? volumeName : undefined),
            to: containerPath,
        })),
        ...objects(inputs.mounts).map(({ type, source, target }) => ({
            from: type === "bind" || String(source).includes("/") ? source : undefined,
            to: target,
        })),
    ].filter(({ from }) => from !== undefined && from !== UNKNOWN && from !== "");
    const isSocket = ({ from, to }: { from: unknown; to: unknown }) =>
        sockets.includes(String(from)) && to === SOCKET_IN_CONTAINER;
    const borrowed = objects(inputs.volumes).filter(({ fromContainer }) => fromContainer !== undefined);
    return [
        ...borrowed.map(
            ({ fromContainer }) => `The volumes of ${String(fromContainer)} are mounted; name each volume.`,
        ),
        ...binds.flatMap((bind) => mountViolations(bind)),
    ];

    function mountViolations(bind: { from: unknown; to: unknown }): string[] {
        if (!isSocket(bind)) {
            return [`Path ${String(bind.from)} of the host is mounted; use a named volume.`];
        }
        return SOCKET_PARTS.includes(partOf(inputs))
            ? []
            : [`Part "${partOf(inputs)}" mounts the engine's socket, but only ${SOCKET_PARTS.join(", ")} may.`];
    }
}

/** A named volume can be a path of the host in disguise. */
export function volumeIsNoHostPath({ inputs: { driver, driverOpts } }: Resource): string[] {
    return [
        ...([undefined, "local", UNKNOWN].includes(driver as string)
            ? []
            : [`The volume's driver is ${String(driver)}; use local.`]),
        ...(object(driverOpts).device === undefined
            ? []
            : [`The volume stands for ${String(object(driverOpts).device)} of the host; leave driverOpts.device out.`]),
    ];
}

/** An init container may be root: it has no network. */
export function nonRoot({ inputs }: Resource): string[] {
    const { user } = inputs;
    if (user === UNKNOWN || isInitContainer(inputs) || (typeof user === "string" && user !== "" && !ROOT.test(user))) {
        return [];
    }
    return [`The container runs as ${String(user ?? "its image's user")}; set a user other than root.`];
}

export function labels({ inputs }: Resource): string[] {
    const given = labelsOf(inputs);
    const missing = [PART_LABEL, STACK_LABEL].filter((label) => given[label] === undefined || given[label] === "");
    if (missing.length > 0) {
        return [`Label ${missing.join(" and ")} is missing, so npm run down would not find this.`];
    }
    const [part, stack] = [given[PART_LABEL], given[STACK_LABEL]];
    // Allow-lists go by part, so a part's label must not be free to choose.
    return [part, stack, inputs.name].includes(UNKNOWN) || inputs.name === `${String(stack)}-${String(part)}`
        ? []
        : [`The name is ${String(inputs.name)}, but its labels say ${String(stack)}-${String(part)}.`];
}

export function readOnlyRoot({ inputs }: Resource): string[] {
    return inputs.readOnly === true || isOneShot(inputs)
        ? []
        : ["The container can write to its root file system; set readOnly and name the writable paths."];
}
