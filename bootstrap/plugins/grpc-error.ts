import * as grpc from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { InitializationError } from "./initialization-error";
import { encodeProperties } from "./values";

/**
 * The gRPC form of an error. An `InitializationError` carries the half-working resource in the status details, from where
 * the engine records it (same encoding as `grpcResponseFromError` in @pulumi/pulumi/provider/server.js).
 */
export function grpcError(error: unknown): Partial<grpc.StatusObject> {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof InitializationError)) {
        return { code: grpc.status.UNKNOWN, details: message };
    }
    const detail = new ErrorResourceInitFailed()
        .setId(error.id)
        .setProperties(encodeProperties(error.state))
        .setReasonsList(error.reasons);
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(message);
    status.addDetails(packed);
    const metadata = new grpc.Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
    return { code: grpc.status.UNKNOWN, details: message, metadata };
}
