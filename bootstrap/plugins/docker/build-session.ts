import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import type Docker from "dockerode";
import { BinaryReader, BinaryWriter } from "google-protobuf";
import type { RegistryLogin } from "./connection";

/** grpc.health.v1.HealthCheckResponse { status: SERVING } */
const SERVING = Buffer.from([0x08, 0x01]);

/** Docker Hub's name in BuildKit's questions for credentials. */
const DOCKER_HUB = "registry-1.docker.io";

const CREDENTIALS = "/moby.filesync.v1.Auth/Credentials";
const HEALTH = "/grpc.health.v1.Health/Check";

/**
 * A BuildKit session: the engine calls back over it, to ask for registry credentials and whether the client is alive. A
 * build that needs no registry works without one, but an engine that has to ask a registry fails with "no active
 * sessions" then. Session protocol: moby/buildkit/session (headers in grpc.go and session.go).
 *
 * @returns the session's id for the build request, and a function that ends it.
 */
export async function openSession(
    engine: Docker,
    logins: readonly RegistryLogin[],
): Promise<{ id: string; close: () => void }> {
    const id = randomUUID();
    const socket = await dialSession(engine, id);
    const server = new grpc.Server();
    server.addService(
        { credentials: method(CREDENTIALS), check: method(HEALTH) },
        {
            credentials: ((call, callback) =>
                callback(null, credentials(call.request, logins))) as grpc.handleUnaryCall<Buffer, Buffer>,
            check: ((_call, callback) => callback(null, SERVING)) as grpc.handleUnaryCall<Buffer, Buffer>,
        },
    );
    server.createConnectionInjector(grpc.ServerCredentials.createInsecure()).injectConnection(socket);
    return {
        id,
        close: () => {
            server.forceShutdown();
            socket.end();
        },
    };
}

function dialSession(engine: Docker, id: string): Promise<Duplex> {
    const request = {
        method: "POST",
        path: "/session",
        hijack: true,
        headers: {
            Upgrade: "h2c",
            "X-Docker-Expose-Session-Uuid": id,
            "X-Docker-Expose-Session-Name": "pulumi-resource-docker",
            "X-Docker-Expose-Session-Grpc-Method": [CREDENTIALS, HEALTH],
        },
        statusCodes: { 200: true, 500: "server error" },
    };
    return new Promise((resolve, reject) => {
        engine.modem.dial(request as unknown as Parameters<Docker["modem"]["dial"]>[0], (error, socket) => {
            if (error) {
                reject(error as Error);
            } else {
                // The engine drops the connection when the build is over; that is no failure.
                resolve((socket as Duplex).on("error", () => undefined));
            }
        });
    });
}

function method(path: string): grpc.MethodDefinition<Buffer, Buffer> {
    const asIs = (bytes: Buffer) => bytes;
    return {
        path,
        requestStream: false,
        responseStream: false,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
    };
}

/** moby.filesync.v1.CredentialsRequest { 1: host } to CredentialsResponse { 1: username, 2: secret }. */
function credentials(request: Buffer, logins: readonly RegistryLogin[]): Buffer {
    const reader = new BinaryReader(request);
    let host = "";
    while (reader.nextField()) {
        if (reader.getFieldNumber() === 1) {
            host = reader.readString();
        } else {
            reader.skipField();
        }
    }
    const asked = host === DOCKER_HUB ? "docker.io" : host;
    const login = logins.find(({ address }) => address.replace(/^https?:\/\//, "").split("/")[0] === asked);
    const writer = new BinaryWriter();
    if (login) {
        writer.writeString(1, login.username ?? "");
        writer.writeString(2, login.password ?? "");
    }
    return Buffer.from(writer.getResultBuffer());
}
