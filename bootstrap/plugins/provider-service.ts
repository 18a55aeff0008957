import * as grpc from "@grpc/grpc-js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { EngineLog } from "./engine-log";
import { grpcError } from "./grpc-error";
import { keepIgnored } from "./ignored-changes";
import { checkConfig, decodeConfig } from "./provider-config";
import type { CheckFailure, DiffResult, OperationOptions, Plugin, ResourceType } from "./resource-provider";
import { decodeProperties, encodeProperties } from "./values";

type Handler<Request, Response> = grpc.handleUnaryCall<Request, Response>;

/**
 * The gRPC service of one plugin. Secrets: the plugin tells the engine that it does not take them, as the official
 * bridged plugins do. The engine then sends plain values and marks every output whose input of the same name held a
 * secret (`annotateSecrets` in pulumi/pkg/resource/plugin/provider_plugin.go).
 */
export function providerService(plugin: Plugin, engineAddress: string | undefined): Partial<IResourceProviderServer> {
    const cancellation = new AbortController();
    const log = new EngineLog(engineAddress);
    const options = (call: {
        request: messages.CreateRequest | messages.UpdateRequest | messages.DeleteRequest;
    }): OperationOptions => ({
        preview: "getPreview" in call.request && call.request.getPreview(),
        timeoutSeconds: call.request.getTimeout(),
        signal: cancellation.signal,
        status: (message) => log.status(call.request.getUrn(), message),
    });
    return {
        handshake: unary(async (request: messages.ProviderHandshakeRequest) => {
            log.engineAddress = request.getEngineAddress() || engineAddress;
            return new messages.ProviderHandshakeResponse();
        }),
        attach: unary(async (request: { getAddress(): string }) => {
            log.engineAddress = request.getAddress();
            return new Empty();
        }),
        getPluginInfo: unary(async () => new PluginInfo().setVersion(plugin.version)),
        cancel: unary(async () => {
            cancellation.abort(new Error("The update was cancelled."));
            return new Empty();
        }),
        checkConfig: unary(async (request: messages.CheckRequest) => {
            const config = decodeProperties(request.getNews());
            return checkResponse({ inputs: config, failures: checkConfig(plugin.config, config) });
        }),
        diffConfig: unary(async (request: messages.DiffRequest) => {
            const [olds, news] = [decodeProperties(request.getOldInputs()), decodeProperties(request.getNews())];
            const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
            const diffs = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
            return diffResponse({ changes: diffs.length > 0, diffs, replaces: [] }, new Set(diffs));
        }),
        configure: unary(async (request: messages.ConfigureRequest) => {
            await plugin.configure(decodeConfig(plugin.config, decodeProperties(request.getArgs())));
            return new messages.ConfigureResponse().setSupportspreview(true);
        }),
        invoke: unary(async (request: messages.InvokeRequest) => {
            const invoked = plugin.functions?.[request.getTok()];
            if (!invoked) {
                throw new Error(`The ${plugin.name} stand-in plugin has no function ${request.getTok()}.`);
            }
            const result = await invoked(decodeProperties(request.getArgs()));
            return new messages.InvokeResponse().setReturn(encodeProperties(result));
        }),
        check: unary(async (request: messages.CheckRequest) => {
            const olds = decodeProperties(request.getOlds());
            const context = {
                name: request.getName() || request.getUrn().split("::").pop() || "",
                randomSeed: request.getRandomseed_asU8(),
            };
            const known = Object.keys(olds).length > 0 ? olds : undefined;
            return checkResponse(
                await resourceType(plugin, request).check(decodeProperties(request.getNews()), known, context),
            );
        }),
        diff: unary(async (request: messages.DiffRequest) => {
            const [state, oldInputs] = [decodeProperties(request.getOlds()), decodeProperties(request.getOldInputs())];
            const news = keepIgnored(request.getIgnorechangesList(), decodeProperties(request.getNews()), state);
            const found = await resourceType(plugin, request).diff(request.getId(), state, news, oldInputs);
            const changedInputs = Object.keys({ ...oldInputs, ...news }).filter(
                (key) => JSON.stringify(oldInputs[key]) !== JSON.stringify(news[key]),
            );
            return diffResponse(found, new Set(changedInputs));
        }),
        create: unary(async (request: messages.CreateRequest) => {
            const news = decodeProperties(request.getProperties());
            const created = await resourceType(plugin, request).create(news, options({ request }));
            return new messages.CreateResponse().setId(created.id).setProperties(encodeProperties(created.state));
        }),
        read: unary(async (request: messages.ReadRequest) => {
            const [state, inputs] = [decodeProperties(request.getProperties()), decodeProperties(request.getInputs())];
            const found = await resourceType(plugin, request).read(request.getId(), state, inputs);
            const response = new messages.ReadResponse();
            return found === undefined
                ? response
                : response
                      .setId(found.id)
                      .setProperties(encodeProperties(found.state))
                      .setInputs(encodeProperties(found.inputs ?? inputs));
        }),
        update: unary(async (request: messages.UpdateRequest) => {
            const state = decodeProperties(request.getOlds());
            const news = keepIgnored(request.getIgnorechangesList(), decodeProperties(request.getNews()), state);
            const type = resourceType(plugin, request);
            const updated = await type.update(request.getId(), state, news, options({ request }));
            return new messages.UpdateResponse().setProperties(encodeProperties(updated));
        }),
        delete: unary(async (request: messages.DeleteRequest) => {
            const state = decodeProperties(request.getProperties());
            await resourceType(plugin, request).delete(request.getId(), state, options({ request }));
            return new Empty();
        }),
    };
}

function unary<Request, Response>(answer: (request: Request) => Promise<Response>): Handler<Request, Response> {
    return (call, callback) => {
        answer(call.request).then(
            (response) => callback(null, response),
            (error: unknown) => callback(grpcError(error)),
        );
    };
}

function resourceType(plugin: Plugin, request: { getUrn(): string }): ResourceType {
    // The type part of a URN holds the types of the parents too, separated by "$".
    const token = request.getUrn().split("::")[2]?.split("$").pop() ?? "";
    const type = plugin.resources[token];
    if (!type) {
        const known = Object.keys(plugin.resources).join(", ");
        throw new Error(`The ${plugin.name} stand-in plugin has no resource type ${token}, only ${known}.`);
    }
    return type;
}

function checkResponse(result: { inputs: Record<string, unknown>; failures: CheckFailure[] }): messages.CheckResponse {
    const failures = result.failures.map(({ property, reason }) =>
        new messages.CheckFailure().setProperty(property).setReason(reason),
    );
    return new messages.CheckResponse().setInputs(encodeProperties(result.inputs)).setFailuresList(failures);
}

function diffResponse(found: DiffResult, changedInputs: ReadonlySet<string>): messages.DiffResponse {
    const { DiffChanges } = messages.DiffResponse;
    const topLevel = (path: string) => path.split(/[.[]/)[0] ?? path;
    const response = new messages.DiffResponse()
        .setChanges(found.changes ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
        .setReplacesList([...new Set(found.replaces.map(topLevel))])
        .setDiffsList([...new Set(found.diffs.map(topLevel))])
        .setDeletebeforereplace(found.deleteBeforeReplace ?? false)
        .setHasdetaileddiff(true);
    const { Kind } = messages.PropertyDiff;
    for (const path of found.diffs) {
        const kind = found.replaces.includes(path) ? Kind.UPDATE_REPLACE : Kind.UPDATE;
        // Without inputDiff the engine shows the recorded state against the new input, which is what drift looks like.
        const difference = new messages.PropertyDiff().setKind(kind).setInputdiff(changedInputs.has(topLevel(path)));
        response.getDetaileddiffMap().set(path, difference);
    }
    return response;
}
