import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { decodeProperties, encodeProperties, type Properties } from "../../bootstrap/plugins/values";

type Done<Response> = (error: grpc.ServiceError | null, response: Response) => void;

/** Nothing listens there; status lines are dropped. */
const NO_ENGINE = "127.0.0.1:1";

/** What the engine would record of a resource that exists but does not work. */
export class InitFailed extends Error {
    constructor(
        readonly id: string,
        readonly state: Properties,
        readonly reasons: string[],
    ) {
        super(reasons.join("; "));
    }
}

/** Drives one running plugin as the Pulumi engine does, for one resource type. */
export class PluginClient {
    private constructor(
        private readonly plugin: ChildProcess,
        private readonly client: ResourceProviderClient,
    ) {}

    /** Starts `main.ts` of a plugin, as `pulumi-resource-<name>` does, and configures it. */
    static async start(main: string, config: Properties): Promise<PluginClient> {
        // With an engine's address the plugin ends when its stdin closes, so also when this process is killed.
        const command = ["--import", "tsx", main, NO_ENGINE];
        const plugin = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "inherit"] });
        const [port] = (await once(createInterface({ input: plugin.stdout }), "line")) as [string];
        const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
        const started = new PluginClient(plugin, client);
        const request = new messages.ConfigureRequest().setArgs(encodeProperties(config)).setAcceptsecrets(true);
        await started.call((done: Done<messages.ConfigureResponse>) => client.configure(request, done));
        return started;
    }

    async stop(): Promise<void> {
        this.client.close();
        const ended = once(this.plugin, "exit");
        this.plugin.stdin?.end();
        await ended;
    }

    of(token: string): ResourceClient {
        return new ResourceClient(this, this.client, `urn:pulumi:test::project::${token}::thing`);
    }

    async call<Response>(send: (done: Done<Response>) => grpc.ClientUnaryCall): Promise<Response> {
        return new Promise((resolve, reject) => {
            send((error, response) => (error ? reject(initFailure(error) ?? error) : resolve(response)));
        });
    }
}

export class ResourceClient {
    constructor(
        private readonly plugin: PluginClient,
        private readonly client: ResourceProviderClient,
        private readonly urn: string,
    ) {}

    async check(news: Properties, olds: Properties = {}): Promise<{ inputs: Properties; failures: string[] }> {
        const request = new messages.CheckRequest()
            .setUrn(this.urn)
            .setNews(encodeProperties(news))
            .setOlds(encodeProperties(olds))
            .setRandomseed(new Uint8Array([1, 2, 3]));
        const response = await this.plugin.call((done: Done<messages.CheckResponse>) =>
            this.client.check(request, done),
        );
        const failures = response.getFailuresList().map((entry) => `${entry.getProperty()}: ${entry.getReason()}`);
        return { inputs: decodeProperties(response.getInputs()), failures };
    }

    /** Checks and creates; fails on a refused input. */
    async create(news: Properties, preview = false): Promise<{ id: string; state: Properties; inputs: Properties }> {
        const { inputs, failures } = await this.check(news);
        if (failures.length > 0) {
            throw new Error(failures.join("; "));
        }
        const request = new messages.CreateRequest()
            .setUrn(this.urn)
            .setProperties(encodeProperties(inputs))
            .setPreview(preview);
        const response = await this.plugin.call((done: Done<messages.CreateResponse>) =>
            this.client.create(request, done),
        );
        return { id: response.getId(), state: decodeProperties(response.getProperties()), inputs };
    }

    /** What an update to `news` would do to a resource made from `oldInputs`. */
    async diff(
        id: string,
        state: Properties,
        oldInputs: Properties,
        news: Properties,
    ): Promise<{ diffs: string[]; replaces: string[]; inputs: Properties }> {
        const { inputs, failures } = await this.check(news, oldInputs);
        if (failures.length > 0) {
            throw new Error(failures.join("; "));
        }
        const request = new messages.DiffRequest()
            .setUrn(this.urn)
            .setId(id)
            .setOlds(encodeProperties(state))
            .setOldInputs(encodeProperties(oldInputs))
            .setNews(encodeProperties(inputs));
        const response = await this.plugin.call((done: Done<messages.DiffResponse>) => this.client.diff(request, done));
        const paths = [...response.getDetaileddiffMap().keys()];
        return { diffs: paths.sort(), replaces: response.getReplacesList().sort(), inputs };
    }

    async read(
        id: string,
        state: Properties,
        inputs: Properties,
    ): Promise<{ state: Properties; inputs: Properties } | undefined> {
        const request = new messages.ReadRequest()
            .setUrn(this.urn)
            .setId(id)
            .setProperties(encodeProperties(state))
            .setInputs(encodeProperties(inputs));
        const response = await this.plugin.call((done: Done<messages.ReadResponse>) => this.client.read(request, done));
        return response.getId() === ""
            ? undefined
            : { state: decodeProperties(response.getProperties()), inputs: decodeProperties(response.getInputs()) };
    }

    async update(id: string, state: Properties, oldInputs: Properties, inputs: Properties): Promise<Properties> {
        const request = new messages.UpdateRequest()
            .setUrn(this.urn)
            .setId(id)
            .setOlds(encodeProperties(state))
            .setOldInputs(encodeProperties(oldInputs))
            .setNews(encodeProperties(inputs));
        const response = await this.plugin.call((done: Done<messages.UpdateResponse>) =>
            this.client.update(request, done),
        );
        return decodeProperties(response.getProperties());
    }

    async delete(id: string, state: Properties): Promise<void> {
        const request = new messages.DeleteRequest().setUrn(this.urn).setId(id).setProperties(encodeProperties(state));
        await this.plugin.call((done: Done<Empty>) => this.client.delete(request, done));
    }
}

function initFailure(error: grpc.ServiceError): InitFailed | undefined {
    const [details] = error.metadata?.get("grpc-status-details-bin") ?? [];
    if (!details) {
        return undefined;
    }
    const [packed] = Status.deserializeBinary(details as Buffer).getDetailsList();
    const failed = messages.ErrorResourceInitFailed.deserializeBinary(packed?.getValue_asU8() ?? new Uint8Array());
    return new InitFailed(failed.getId(), decodeProperties(failed.getProperties()), failed.getReasonsList());
}
