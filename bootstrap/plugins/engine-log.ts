import * as grpc from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";

/** Status lines for the terminal of the user who runs the update. Losing one harms nothing, so errors are dropped. */
export class EngineLog {
    private client: EngineClient | undefined;
    private readonly last = new Map<string, string>();

    constructor(public engineAddress: string | undefined) {}

    status(urn: string, message: string): void {
        if (!this.engineAddress || this.last.get(urn) === message) {
            return;
        }
        this.last.set(urn, message);
        /* eslint-disable @typescript-eslint/no-require-imports -- loaded on first use: start-up time counts */
        const { EngineClient } =
            require("@pulumi/pulumi/proto/engine_grpc_pb") as typeof import("@pulumi/pulumi/proto/engine_grpc_pb");
        const messages = require("@pulumi/pulumi/proto/engine_pb") as typeof import("@pulumi/pulumi/proto/engine_pb");
        /* eslint-enable @typescript-eslint/no-require-imports */
        this.client ??= new EngineClient(this.engineAddress, grpc.credentials.createInsecure());
        const request = new messages.LogRequest()
            .setSeverity(messages.LogSeverity.INFO)
            .setMessage(message)
            .setUrn(urn)
            .setEphemeral(true);
        this.client.log(request, () => undefined);
    }
}
