import { z } from "zod";

/** Servers the stack runs, in the order in which they are shown to people. */
export const SERVICES = ["nomad", "consul", "prometheus", "grafana", "pushgateway"] as const;
export type Service = (typeof SERVICES)[number];

/** Image references by what they are for. All are pinned by tag: a moving tag would make two stacks of one commit differ. */
export const DEFAULT_IMAGES = {
    nomad: "hashicorp/nomad:1.11.3",
    consul: "hashicorp/consul:1.22.0",
    prometheus: "prom/prometheus:v3.14.0",
    pushgateway: "prom/pushgateway:v1.11.1",
    grafana: "grafana/grafana:12.3.0",
    trainerBase: "debian:bookworm-slim",
    envoy: "envoyproxy/envoy:v1.36.2",
} as const;

/** A wrong configuration, told in sentences that name the key, the value and what is allowed. */
export class SettingsError extends Error {}

const port = (standard: number) =>
    z.coerce.number().int().min(1).max(65535).default(standard).describe("a port number from 1 to 65535");

const image = (standard: string) =>
    z
        .string()
        .regex(/^[a-z0-9][\w.\-/:]*:(?!latest$)[\w][\w.-]{0,127}$|@sha256:[0-9a-f]{64}$/)
        .default(standard)
        .describe("an image reference with a tag other than latest, such as hashicorp/nomad:1.11.3");

const flag = z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .describe("true or false");

const MODELS = ["mlp", "linear"] as const;
const DATASETS = ["digits", "wine", "breast_cancer", "iris"] as const;

const schema = z.strictObject({
    prefix: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,30}$/)
        .default("mlops")
        .describe("1 to 31 lower-case letters, digits and dashes, starting with a letter"),
    bindAddress: z.union([z.ipv4(), z.ipv6()]).default("127.0.0.1").describe("an IP address of the Docker host"),
    host: z
        .string()
        .regex(/^[\w.:-]+$/)
        .optional()
        .describe("a host name or an IP address, without a scheme or a port"),
    nomadPort: port(4646),
    consulPort: port(8500),
    prometheusPort: port(9090),
    grafanaPort: port(3000),
    pushgatewayPort: port(9091),
    nomadImage: image(DEFAULT_IMAGES.nomad),
    consulImage: image(DEFAULT_IMAGES.consul),
    prometheusImage: image(DEFAULT_IMAGES.prometheus),
    pushgatewayImage: image(DEFAULT_IMAGES.pushgateway),
    grafanaImage: image(DEFAULT_IMAGES.grafana),
    trainerBaseImage: image(DEFAULT_IMAGES.trainerBase),
    envoyImage: image(DEFAULT_IMAGES.envoy),
    dockerHost: z
        .string()
        .regex(/^(unix|tcp|ssh|npipe):\/\/.+$/)
        .optional()
        .describe("an engine address that starts with unix://, tcp://, ssh:// or npipe://"),
    dockerSocket: z
        .string()
        .regex(/^\/.+$/)
        .default("/var/run/docker.sock")
        .describe("the absolute path of the engine's socket on the engine's own host"),
    readyTimeoutSeconds: z.coerce
        .number()
        .int()
        .min(5)
        .max(3600)
        .default(120)
        .describe("a whole number of seconds from 5 to 3600"),
    grafana: flag.default(true),
    dockerGuard: flag.default(true),
    mesh: flag.default(false),
    secretsGeneration: z.coerce
        .number()
        .int()
        .min(1)
        .max(1000000)
        .default(1)
        .describe("a whole number from 1 to 1000000; another one makes every secret anew"),
    extraCaFile: z
        .string()
        .regex(/^\/.+$|^[A-Za-z]:[\\/].+$/)
        .optional()
        .describe("the absolute path of a PEM file"),
    pipIndexUrl: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe("an http or https URL"),
    trainingModel: z
        .enum(MODELS)
        .default("mlp")
        .describe(`one of ${MODELS.join(", ")}`),
    trainingDataset: z
        .enum(DATASETS)
        .default("digits")
        .describe(`one of ${DATASETS.join(", ")}`),
    trainingExperiment: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,64}$/)
        .default("baseline")
        .describe("1 to 64 letters, digits, dots, dashes and underscores"),
    trainingEpochs: z.coerce.number().int().min(1).max(100000).default(50).describe("a whole number from 1 to 100000"),
    trainingBatchSize: z.coerce.number().int().min(1).max(65536).default(32).describe("a whole number from 1 to 65536"),
    trainingLearningRate: z.coerce
        .number()
        .positive()
        .max(10)
        .default(0.00002)
        .describe("a number above 0, at most 10"),
    trainingHiddenLayers: z
        .string()
        .regex(/^[1-9]\d{0,3}(,[1-9]\d{0,3}){0,7}$/)
        // As the trainer does (mlops_trainer/settings.py).
        .refine((widths) => widths.split(",").every((width) => Number(width) <= 8192))
        .default("1024,512,256")
        .describe("one to eight layer widths from 1 to 8192 separated by commas, such as 1024,512,256"),
    trainingSeed: z.coerce
        .number()
        .int()
        .min(0)
        .max(4294967295)
        .default(42)
        .describe("a whole number from 0 to 4294967295"),
    trainingCpuMhz: z.coerce.number().int().min(50).max(1000000).default(500).describe("CPU MHz from 50 to 1000000"),
    trainingMemoryMiB: z.coerce.number().int().min(128).max(1048576).default(768).describe("MiB from 128 to 1048576"),
});

/** The checked configuration of one stack. Times in seconds, memory in MiB, ports as published on `bindAddress`. */
export type Settings = Omit<z.output<typeof schema>, "host"> & {
    /** Where a person or this program reaches the published ports. */
    readonly host: string;
};
export type SettingsKey = keyof z.input<typeof schema>;

/** Every configuration key, for reading them from a stack's configuration. */
export const SETTINGS_KEYS = Object.keys(schema.shape) as SettingsKey[];

/** A configuration key as docs/configuration.md shows it. */
export interface SettingsReference {
    readonly key: SettingsKey;
    /** Undefined where the key has none. */
    readonly standard: string | undefined;
    readonly allowed: string;
}

/** What can be configured, read from the schema itself. */
export function settingsReference(): SettingsReference[] {
    const defaults: Readonly<Record<string, unknown>> = schema.parse({});
    return SETTINGS_KEYS.map((key) => ({
        key,
        standard: defaults[key] === undefined ? undefined : String(defaults[key]),
        allowed: description(key),
    }));
}

const NEEDS_BRACKETS = /:/;

/**
 * Checks a stack's configuration before any resource exists.
 *
 * @param values the raw texts by key; a missing key takes its default.
 * @param environment what is known about this machine: `MLOPS_WITHOUT` (comma-separated services to leave out) and
 *   `MLOPS_EXTRA_CA_FILE` (CA bundle for builds) from the bootstrap, and pip's own `PIP_INDEX_URL`; configuration wins.
 * @throws SettingsError with one sentence for every wrong value.
 */
export function parseSettings(
    values: Readonly<Record<string, string | undefined>>,
    environment: Readonly<Record<string, string | undefined>> = {},
): Settings {
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    const withMachine = {
        ...(environment.PIP_INDEX_URL ? { pipIndexUrl: environment.PIP_INDEX_URL } : {}),
        ...(environment.MLOPS_EXTRA_CA_FILE ? { extraCaFile: environment.MLOPS_EXTRA_CA_FILE } : {}),
        ...(environment.MLOPS_WITHOUT?.split(",").includes("grafana") ? { grafana: "false" } : {}),
        ...given,
    };
    const parsed = schema.safeParse(withMachine);
    if (!parsed.success) {
        throw new SettingsError(parsed.error.issues.map((issue) => sentence(issue, withMachine)).join("\n"));
    }
    const { host, ...rest } = parsed.data;
    const settings = { ...rest, host: bracketed(host ?? reachable(rest.bindAddress)) };
    refuseSharedPorts(settings);
    return settings;
}

function sentence(issue: z.core.$ZodIssue, values: Readonly<Record<string, string | undefined>>): string {
    if (issue.code === "unrecognized_keys") {
        return `Configuration key ${issue.keys.join(", ")} is not known; the keys are ${SETTINGS_KEYS.join(", ")}.`;
    }
    const key = String(issue.path[0]) as SettingsKey;
    return `Configuration key ${key} is "${values[key]}", but must be ${description(key)}.`;
}

/**
 * Checks one value as a stack's configuration would be.
 *
 * @returns what is allowed, to complete "must be …"; undefined when the value is.
 */
export function settingProblem(key: SettingsKey, text: string): string | undefined {
    return schema.shape[key].safeParse(text).success ? undefined : description(key);
}

function description(key: SettingsKey): string {
    const field = schema.shape[key] as { description?: string; def: { innerType?: { description?: string } } };
    return field.description ?? field.def.innerType?.description ?? "something else";
}

function refuseSharedPorts(settings: Settings): void {
    const taken = new Map<number, string>();
    for (const service of SERVICES) {
        const key: SettingsKey = `${service}Port`;
        const other = taken.get(settings[key]);
        if (other !== undefined) {
            throw new SettingsError(
                `Configuration keys ${other} and ${key} are both ${settings[key]}; give each service a port of its own.`,
            );
        }
        taken.set(settings[key], key);
    }
}

/** An address to connect to: a wildcard can be bound but not reached. */
function reachable(bindAddress: string): string {
    return { "0.0.0.0": "127.0.0.1", "::": "::1" }[bindAddress] ?? bindAddress;
}

function bracketed(host: string): string {
    return NEEDS_BRACKETS.test(host) && !host.startsWith("[") ? `[${host}]` : host;
}

/** The URL at which a service is reached from outside Docker. */
export function publishedUrl(settings: Settings, service: Service): string {
    return `http://${settings.host}:${settings[`${service}Port`]}`;
}
