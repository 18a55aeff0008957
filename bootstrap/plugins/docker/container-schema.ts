import type { PropertySchema, Schema } from "../resource-provider";
import { parseDuration } from "./duration";
import { labelsSchema } from "./labels";

const text: PropertySchema = { type: "string" };
const flag: PropertySchema = { type: "boolean" };
const setOf = (object: Schema): PropertySchema => ({ type: { set: { object } }, replace: true });
const strings: PropertySchema = { type: { set: "string" }, replace: true };
const textMap: PropertySchema = { type: { map: "string" }, replace: true };
const replacing = (property: PropertySchema): PropertySchema => ({ ...property, replace: true });
const required = (property: PropertySchema): PropertySchema => ({ ...property, required: true });
const computed = (property: PropertySchema): PropertySchema => ({ ...property, computed: true });
const atLeast = (least: number): PropertySchema => ({
    type: "integer",
    refuse: (value: number) => (value < least ? `${value} must be at least ${least}.` : undefined),
});
const matching = (pattern: RegExp): PropertySchema => ({
    type: "string",
    refuse: (value: string) => (pattern.test(value) ? undefined : `"${value}" doesn't match ${pattern}.`),
});

/** Durations are compared as text: the official plugin records them as Go writes them, so 60 s has to be `1m0s`. */
const duration: PropertySchema = {
    type: "string",
    default: "0s",
    refuse: (value: string) => (parseDuration(value) === undefined ? `"${value}" is no valid duration.` : undefined),
};

const commandLine: PropertySchema = {
    type: { list: "string" },
    refuse: (words: unknown[]) => (words.includes("") ? "values for command may not be empty" : undefined),
};

const deviceRate = (): PropertySchema => ({
    type: { set: { object: { path: required(text), rate: required({ type: "integer" }) } } },
});

/** What `update` of a running container can change, and `mustRun`, which starts it. */
export const updatedInPlace = [
    "restart",
    "maxRetryCount",
    "cpuShares",
    "memory",
    "memoryReservation",
    "memorySwap",
    "cpuSet",
    "deviceReadBps",
    "deviceReadIops",
    "deviceWriteBps",
    "deviceWriteIops",
] as const;

/**
 * Inputs of docker:index/container:Container as in the official schema 5.1, plus `deviceCgroupRules` and the owner and
 * group of uploads of 5.2. `replace` is its `willReplaceOnChanges`; defaults and patterns are those of the Terraform
 * provider that it wraps (kreuzwerker/docker 4.x, resource_docker_container.go).
 */
export const containerInputs: Schema = {
    attach: { type: "boolean", default: false },
    capabilities: { type: { object: { adds: strings, drops: strings } }, replace: true },
    cgroupParent: replacing(text),
    cgroupnsMode: { type: "string", replace: true, allowed: ["private", "host"] },
    command: replacing(computed(commandLine)),
    containerReadRefreshTimeoutMilliseconds: { type: "integer", default: 15000 },
    cpuPeriod: atLeast(0),
    cpuQuota: atLeast(0),
    cpuSet: matching(/^\d+([,-]\d+)*$/),
    cpuShares: atLeast(0),
    cpus: replacing(matching(/^\d*\.?\d+$/)),
    destroyGraceSeconds: { type: "integer" },
    deviceCgroupRules: strings,
    deviceReadBps: deviceRate(),
    deviceReadIops: deviceRate(),
    deviceRequests: setOf({
        capabilities: { type: { list: "string" } },
        count: { type: "integer" },
        deviceIds: { type: { list: "string" } },
        driver: text,
        options: { type: { map: "string" } },
    }),
    deviceWriteBps: deviceRate(),
    deviceWriteIops: deviceRate(),
    devices: setOf({ hostPath: required(text), containerPath: text, permissions: text }),
    dns: strings,
    dnsOpts: strings,
    dnsSearches: strings,
    domainname: replacing(text),
    entrypoints: replacing(computed({ type: { list: "string" } })),
    envs: computed(strings),
    gpus: replacing(matching(/^(all|\d+)$/)),
    groupAdds: strings,
    healthcheck: {
        type: {
            object: {
                interval: duration,
                retries: { ...atLeast(0), default: 0 },
                startInterval: duration,
                startPeriod: duration,
                tests: { type: { list: "string" } },
                timeout: duration,
            },
        },
        computed: true,
    },
    hostname: replacing(computed(text)),
    hosts: setOf({ host: required(text), ip: required(text) }),
    image: required(replacing(text)),
    init: computed(flag),
    ipcMode: replacing(computed(text)),
    labels: computed(labelsSchema),
    logDriver: replacing(computed(text)),
    logOpts: textMap,
    logs: { type: "boolean", default: false },
    maxRetryCount: { type: "integer" },
    memory: atLeast(0),
    memoryReservation: atLeast(0),
    memorySwap: atLeast(-1),
    mounts: setOf({
        bindOptions: { type: { object: { propagation: matching(/^(r?private|r?shared|r?slave)$/) } } },
        readOnly: flag,
        source: text,
        target: required(text),
        tmpfsOptions: { type: { object: { mode: { type: "integer" }, sizeBytes: { type: "integer" } } } },
        type: { type: "string", required: true, allowed: ["bind", "volume", "tmpfs"] },
        volumeOptions: {
            type: {
                object: {
                    driverName: text,
                    driverOptions: { type: { map: "string" } },
                    labels: labelsSchema,
                    noCopy: flag,
                    subpath: text,
                },
            },
        },
    }),
    mustRun: { type: "boolean", default: true },
    name: { type: "string", replace: true, autoName: true },
    networkMode: { type: "string", replace: true, default: "bridge" },
    networksAdvanced: setOf({
        aliases: { type: { set: "string" } },
        driverOpts: { type: { set: "string" } },
        gwPriority: { type: "integer" },
        ipv4Address: text,
        ipv6Address: text,
        linkLocalIps: { type: { set: "string" } },
        macAddress: text,
        name: required(text),
    }),
    pidMode: replacing(text),
    platform: replacing(computed(text)),
    ports: {
        type: {
            list: {
                object: {
                    external: { type: "integer", computed: true },
                    internal: { type: "integer", required: true },
                    ip: { type: "string", default: "0.0.0.0" },
                    protocol: { type: "string", default: "tcp" },
                },
            },
        },
        replace: true,
    },
    privileged: replacing(flag),
    publishAllPorts: replacing(flag),
    readOnly: { type: "boolean", replace: true, default: false },
    removeVolumes: { type: "boolean", default: true },
    restart: { type: "string", default: "no", allowed: ["no", "on-failure", "always", "unless-stopped"] },
    rm: { type: "boolean", default: false },
    runtime: replacing(computed(text)),
    securityOpts: computed(strings),
    shmSize: replacing(computed(atLeast(0))),
    start: { type: "boolean", default: true },
    stdinOpen: { type: "boolean", replace: true, default: false },
    stopSignal: replacing(computed(text)),
    stopTimeout: replacing(computed({ type: "integer" })),
    storageOpts: textMap,
    sysctls: textMap,
    tmpfs: { type: { map: "string" } },
    tty: { type: "boolean", replace: true, default: false },
    ulimits: setOf({
        hard: { type: "integer", required: true },
        name: required(text),
        soft: { type: "integer", required: true },
    }),
    uploads: setOf({
        content: text,
        contentBase64: {
            type: "string",
            refuse: (value: string) =>
                Buffer.from(value, "base64").toString("base64") === value ? undefined : "is not base64-encoded.",
        },
        executable: { type: "boolean", default: false },
        file: required(text),
        group: text,
        owner: text,
        permissions: matching(/^0[0-7]{3}$/),
        source: text,
        sourceHash: text,
    }),
    user: { type: "string", replace: true, absentMeansAny: true },
    usernsMode: replacing(text),
    volumes: setOf({
        containerPath: text,
        fromContainer: text,
        hostPath: matching(/^(\/|[A-Za-z]:[\\/]|\\\\|~)/),
        readOnly: flag,
        selinuxRelabel: { type: "string", allowed: ["z", "Z"] },
        volumeName: text,
    }),
    wait: { type: "boolean", default: false },
    waitTimeout: { type: "integer", default: 60 },
    workingDir: { type: "string", replace: true, absentMeansAny: true },
};

/** Outputs that are no inputs. */
export const containerOutputs = ["bridge", "containerLogs", "exitCode", "networkDatas"] as const;
