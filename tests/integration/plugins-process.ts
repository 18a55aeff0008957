import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

type Properties = Record<string, unknown>;

/** How a secret looks on the wire (sdk/go/common/resource/sig). */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const UNKNOWN_ON_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface CheckAnswer {
    inputs: Properties;
    failures: { property: string; reason: string }[];
}

export interface DiffAnswer {
    changes: boolean;
    diffs: string[];
    replaces: string[];
}

/** A plugin in a process of its own, asked over gRPC the way the engine asks. */
export class PluginProcess {
    private constructor(
        private readonly child: ChildProcess,
        private readonly client: ResourceProviderClient,
    ) {}

    /** Starts `bootstrap/plugins/<name>/main.ts`. */
    static async start(name: string, env: NodeJS.ProcessEnv = {}): Promise<PluginProcess> {
        const main = join(__dirname, "../../bootstrap/plugins", name, "main.ts");
        const child = spawn(process.execPath, ["--import", "tsx", main], {
            stdio: ["pipe", "pipe", "inherit"],
            env: { ...process.env, ...env },
        });
        const port = await new Promise<string>((resolve, reject) => {
            child.once("exit", (code) =>
                reject(new Error(`The ${name} plugin ended with ${code} before it listened.`)),
            );
            child.stdout!.once("data", (line: Buffer) => resolve(line.toString().trim()));
        });
        const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
        return new PluginProcess(child, client);
    }

    async configure(config: Properties): Promise<void> {
        const text = Object.entries(config).map(([key, value]) => [
            key,
            typeof value === "string" ? value : JSON.stringify(value),
        ]);
        const args = toStruct(Object.fromEntries(text));
        const checked = await this.ask<messages.CheckResponse>(
            "checkConfig",
            new messages.CheckRequest().setNews(args),
        );
        const [failure] = checked.getFailuresList();
        if (failure) {
            throw new Error(`${failure.getProperty()}: ${failure.getReason()}`);
        }
        await this.ask("configure", new messages.ConfigureRequest().setArgs(args));
    }

    resource(type: string, name = "example"): PluginResource {
        return new PluginResource(this, `urn:pulumi:test::test::${type}::${name}`, name);
    }

    async invoke(token: string, args: Properties): Promise<Properties> {
        const request = new messages.InvokeRequest().setTok(token).setArgs(toStruct(args));
        return fromStruct((await this.ask<messages.InvokeResponse>("invoke", request)).getReturn());
    }

    /** One call; a gRPC error becomes an Error with the plugin's message. */
    ask<Response>(method: string, request: unknown): Promise<Response> {
        type Unary = (request: unknown, done: (error: grpc.ServiceError | null, response: Response) => void) => void;
        const call = this.client[method as keyof ResourceProviderClient] as unknown as Unary;
        return new Promise((resolve, reject) =>
            call.call(this.client, request, (error, response) =>
                error ? reject(new Error(error.details)) : resolve(response),
            ),
        );
    }

    async stop(): Promise<void> {
        this.client.close();
        const ended = new Promise((resolve) => this.child.once("exit", resolve));
        this.child.kill();
        await ended;
    }
}

/** The calls about one resource. States and inputs are plain objects; secrets in answers are under `secret(...)`. */
export class PluginResource {
    constructor(
        private readonly plugin: PluginProcess,
        private readonly urn: string,
        private readonly name: string,
    ) {}

    async check(news: Properties, olds: Properties = {}): Promise<CheckAnswer> {
        const request = new messages.CheckRequest()
            .setUrn(this.urn)
            .setName(this.name)
            .setNews(toStruct(news))
            .setOlds(toStruct(olds))
            .setRandomseed(new Uint8Array(32));
        const response = await this.plugin.ask<messages.CheckResponse>("check", request);
        const failures = response.getFailuresList();
        return {
            inputs: fromStruct(response.getInputs()),
            failures: failures.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() })),
        };
    }

    /** The checked inputs. @throws when one is refused. */
    async inputs(news: Properties, olds: Properties = {}): Promise<Properties> {
        const { inputs, failures } = await this.check(news, olds);
        if (failures.length > 0) {
            throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
        }
        return inputs;
    }

    async create(news: Properties, preview = false, timeoutSeconds = 0): Promise<{ id: string; state: Properties }> {
        const request = new messages.CreateRequest()
            .setUrn(this.urn)
            .setProperties(toStruct(await this.inputs(news)))
            .setPreview(preview)
            .setTimeout(timeoutSeconds);
        const response = await this.plugin.ask<messages.CreateResponse>("create", request);
        return { id: response.getId(), state: fromStruct(response.getProperties()) };
    }

    async diff(id: string, state: Properties, news: Properties, oldInputs: Properties = state): Promise<DiffAnswer> {
        const request = new messages.DiffRequest()
            .setUrn(this.urn)
            .setId(id)
            .setOlds(toStruct(state))
            .setOldInputs(toStruct(oldInputs))
            .setNews(toStruct(await this.inputs(news, oldInputs)));
        const response = await this.plugin.ask<messages.DiffResponse>("diff", request);
        return {
            changes: response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
            diffs: response.getDiffsList(),
            replaces: response.getReplacesList(),
        };
    }

    /** Undefined when the resource is gone. */
    async read(id: string, state: Properties, inputs: Properties = state): Promise<Properties | undefined> {
        const request = new messages.ReadRequest()
            .setUrn(this.urn)
            .setId(id)
            .setProperties(toStruct(state))
            .setInputs(toStruct(inputs));
        const response = await this.plugin.ask<messages.ReadResponse>("read", request);
        return response.getId() === "" ? undefined : fromStruct(response.getProperties());
    }

    async update(id: string, state: Properties, news: Properties): Promise<Properties> {
        const request = new messages.UpdateRequest()
            .setUrn(this.urn)
            .setId(id)
            .setOlds(toStruct(state))
            .setNews(toStruct(await this.inputs(news)));
        return fromStruct((await this.plugin.ask<messages.UpdateResponse>("update", request)).getProperties());
    }

    async delete(id: string, state: Properties): Promise<void> {
        const request = new messages.DeleteRequest().setUrn(this.urn).setId(id).setProperties(toStruct(state));
        await this.plugin.ask("delete", request);
    }
}

/** A value not known yet, for requests. */
export const unknown = UNKNOWN_ON_WIRE;

/** What a secret in an answer equals. */
export function secret(value: unknown): Properties {
    return { [SIGNATURE_KEY]: "1b47061264138c4ac30d75fd1eb44270", value };
}

function toStruct(properties: Properties): Struct {
    return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}

function fromStruct(struct: Struct | undefined): Properties {
    return (struct?.toJavaScript() ?? {}) as Properties;
}
