import * as pulumi from "@pulumi/pulumi";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { EXTRA_CA_FILE } from "../../components/build-context";
import { REPOSITORY } from "../command";

/** A resource as the program registered it. */
export interface Registered {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly parent: string;
    readonly custom: boolean;
    readonly inputs: Record<string, unknown>;
    readonly dependencies: string[];
    readonly provider: string;
    readonly deleteBeforeReplace: boolean;
    readonly replaceOnChanges: string[];
    readonly additionalSecretOutputs: string[];
}

export interface ProgramRun {
    readonly resources: Registered[];
    readonly outputs: Record<string, pulumi.Output<unknown>>;
}

export interface RunOptions {
    /** Configuration by key, without the project's name. */
    readonly config?: Record<string, string>;
    /** A preview of a fresh stack: ids and computed outputs are unknown. */
    readonly preview?: boolean;
}

const PROJECT = "mlops-infra";
/** How Pulumi marks a secret on the wire (sdk/nodejs/runtime/rpc.ts, specialSecretSig). */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/** Runs `program` under Pulumi's mocks until everything it registered is there. */
export async function runUnderMocks(program: () => unknown, options: RunOptions = {}): Promise<ProgramRun> {
    const preview = options.preview ?? false;
    const config = Object.entries(options.config ?? {}).map(([key, value]) => [`${PROJECT}:${key}`, value]);
    forgetThisMachine();
    pulumi.runtime.setAllConfig(Object.fromEntries(config));
    await pulumi.runtime.setMocks(
        { newResource: (args) => created(args, preview), call: called },
        PROJECT,
        "dev",
        preview,
    );
    const resources = recordRegistrations();
    const answers = preview ? undefined : answerReadiness();
    try {
        const outputs = (await program()) as unknown as Record<string, pulumi.Output<unknown>>;
        await pulumi.runtime.disconnect();
        return { resources: resources.sort((a, b) => (a.urn < b.urn ? -1 : 1)), outputs };
    } finally {
        answers?.mockRestore();
    }
}

/** What the bootstrap found out here must not show in a golden file; the CA bundle of a build beside this test must stay. */
function forgetThisMachine(): void {
    const bundle = join(REPOSITORY, "trainer", EXTRA_CA_FILE);
    delete process.env.MLOPS_WITHOUT;
    delete process.env.PIP_INDEX_URL;
    delete process.env.MLOPS_EXTRA_CA_FILE;
    if (existsSync(bundle)) {
        process.env.MLOPS_EXTRA_CA_FILE = bundle;
    }
}

/** What an engine would answer: an id, and outputs that tell their origin. Unknown in the preview of a fresh stack. */
function created(args: pulumi.runtime.MockResourceArgs, preview: boolean): { id: string | undefined; state: object } {
    if (preview) {
        return { id: undefined, state: args.inputs };
    }
    return { id: `${args.name}-id`, state: { ...args.inputs, ...computed(args) } };
}

function computed({ type, name, inputs }: pulumi.runtime.MockResourceArgs): object {
    switch (type) {
        case "random:index/randomBytes:RandomBytes":
            return { base64: `generated-${name}`, hex: "0123456789abcdef0123456789abcdef" };
        case "random:index/randomPassword:RandomPassword":
            return { result: `generated-${name}`, bcryptHash: `hashed-${name}` };
        case "docker:index/network:Network":
            return { ipamConfigs: [{ subnet: "172.18.0.0/16", gateway: "172.18.0.1" }] };
        case "docker:index/volume:Volume":
            return { mountpoint: `/var/lib/docker/volumes/${inputs.name}/_data` };
        case "docker:index/container:Container":
            return inputs.attach ? { exitCode: 0, containerLogs: "999\n" } : {};
        case "nomad:index/aclToken:AclToken":
            return { secretId: `generated-${name}` };
        case "consul:index/aclToken:AclToken":
            return { accessorId: `accessor-${name}` };
        case "nomad:index/job:Job":
            return { name: "ml-training" };
        default:
            return {};
    }
}

function called(args: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    if (args.token === "consul:index/getAclTokenSecretId:getAclTokenSecretId") {
        return { secretId: `secret-of-${args.inputs.accessorId}` };
    }
    throw new Error(`The program called ${args.token}, which has no answer under mocks.`);
}

/** Everything ready at once: readiness asks servers, and under mocks there are none. */
function answerReadiness(): jest.SpyInstance {
    return jest.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
        const driver = { Detected: true, Healthy: true };
        const node = { Status: "ready", SchedulingEligibility: "eligible", Drivers: { docker: driver } };
        if (String(input).endsWith("/v1/acl/tokens")) {
            return Response.json([]);
        }
        return String(input).endsWith("/v1/nodes")
            ? Response.json(["mlops", "other"].map((prefix) => ({ ...node, Name: `${prefix}-nomad-client` })))
            : Response.json({ database: "ok" });
    });
}

interface RegisterRequest {
    getType(): string;
    getName(): string;
    getParent(): string;
    getCustom(): boolean;
    getProvider(): string;
    getObject(): { toJavaScript(): Record<string, unknown> };
    getDependenciesList(): string[];
    getDeletebeforereplace(): boolean;
    getReplaceonchangesList(): string[];
    getAdditionalsecretoutputsList(): string[];
}

/** Mocks see inputs only; the options of a resource are in the request to the monitor. */
function recordRegistrations(): Registered[] {
    const seen: Registered[] = [];
    const monitor = pulumi.runtime.getMonitor() as unknown as {
        registerResource(
            request: RegisterRequest,
            callback: (error: unknown, answer: { getUrn(): string }) => void,
        ): void;
    };
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, callback) =>
        register(request, (error, answer) => {
            if (!error) {
                seen.push(registered(request, answer.getUrn()));
            }
            callback(error, answer);
        });
    return seen;
}

function registered(request: RegisterRequest, urn: string): Registered {
    return {
        urn,
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        custom: request.getCustom(),
        inputs: request.getObject().toJavaScript(),
        dependencies: [...request.getDependenciesList()].sort(),
        provider: request.getProvider(),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        replaceOnChanges: request.getReplaceonchangesList(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    };
}

/** Inputs without the text of secrets, for golden files. */
export function redacted(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(redacted);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (SECRET_MARK in value) {
        return "[secret]";
    }
    return Object.fromEntries(
        Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, entry]) => [key, redacted(entry)]),
    );
}

/** Inputs as plain values, secrets included, for assertions. */
export function revealed<T = Record<string, never>>(value: unknown): T {
    if (Array.isArray(value)) {
        return value.map((entry) => revealed(entry)) as T;
    }
    if (typeof value !== "object" || value === null) {
        return value as T;
    }
    if (SECRET_MARK in value) {
        return revealed((value as { value?: unknown }).value);
    }
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, revealed(entry)])) as T;
}
