import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { providerService } from "./provider-service";
import type { Plugin } from "./resource-provider";

/** The engine's own limit for messages, from `grpcChannelOptions` of @pulumi/pulumi: states may be large. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/**
 * Serves `plugin` to a Pulumi engine: listens on a free loopback port, prints the port as the first line of stdout, and
 * ends when the engine's end of stdin closes, also when the engine was killed. The engine passes its own address as the
 * first argument; without one (started by hand) only a signal ends the plugin.
 */
export function serve(plugin: Plugin): void {
    const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
    const server = new grpc.Server({
        "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
        "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    });
    // What is not implemented is answered with UNIMPLEMENTED by grpc-js.
    const service = providerService(plugin, engineAddress) as grpc.UntypedServiceImplementation;
    server.addService(ResourceProviderService, service);
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) {
            console.error(`The ${plugin.name} plugin cannot listen on 127.0.0.1: ${error.message}`);
            process.exit(1);
        }
        process.stdout.write(`${port}\n`);
    });
    if (engineAddress) {
        process.stdin.on("end", () => process.exit(0)).resume();
    }
}
