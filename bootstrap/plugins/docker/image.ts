import { existsSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type Docker from "dockerode";
import {
    type CheckFailure,
    containsUnknown,
    type OperationOptions,
    type Properties,
    schemaResource,
    type ResourceType,
} from "../resource-provider";
import { readBuildContext } from "./build-context";
import type { Connection } from "./connection";
import { unlessMissing } from "./engine-error";
import { buildImage, type BuildInputs } from "./image-build";

/** Where the official plugin, too, keeps the hash of the context: a changed file is a changed input. */
const DIGEST = "contextDigest";

type Build = BuildInputs & { context?: string; dockerfile?: string; contextDigest?: string };

/**
 * docker:index/image:Image for local images: `skipPush` must be true. As with the official plugin any changed input, also
 * a file of the context, is an update that builds again; deleting the resource leaves the image. Unlike it, a refresh
 * notices that the image is gone from the engine or was retagged.
 */
export function imageResource(connection: Connection): ResourceType {
    return schemaResource(
        {
            inputs: {
                imageName: { type: "string", required: true },
                build: {
                    type: {
                        object: {
                            addHosts: { type: { list: "string" } },
                            args: { type: { map: "string" } },
                            builderVersion: { type: "string", allowed: ["BuilderV1", "BuilderBuildKit"] },
                            cacheFrom: { type: "any", unsupported: true },
                            context: { type: "string" },
                            dockerfile: { type: "string" },
                            network: { type: "string" },
                            platform: { type: "string" },
                            target: { type: "string" },
                            [DIGEST]: { type: "string" },
                        },
                    },
                },
                buildOnPreview: {
                    type: "boolean",
                    refuse: (value: boolean) =>
                        value ? "not supported by this stand-in plugin: buildOnPreview" : undefined,
                },
                registry: { type: "any", unsupported: true },
                skipPush: { type: "boolean", default: false },
            },
            outputs: ["baseImageName", "context", "dockerfile", "platform", "registryServer", "repoDigest"],
            refuse: refuseBuild,
            normalise: withDigest,
        },
        {
            async create(news, options) {
                return { id: news.imageName as string, state: await build(connection, news, options) };
            },
            async read(id, state, oldInputs) {
                const engine = await connection.engine();
                const image = await unlessMissing(engine.getImage(state.imageName as string).inspect());
                if (!image) {
                    return undefined;
                }
                const now = imageDigest(image);
                const retagged = state.repoDigest !== undefined && now !== state.repoDigest;
                const inputs = retagged ? withoutDigest(oldInputs) : oldInputs;
                return { id, state: { ...state, ...inputs, repoDigest: now }, inputs };
            },
            async diff(_id, _state, news, oldInputs) {
                const keys = [...new Set([...Object.keys(oldInputs), ...Object.keys(news)])];
                const diffs = keys.filter((key) => !isDeepStrictEqual(oldInputs[key], news[key]));
                return { changes: diffs.length > 0, diffs, replaces: [] };
            },
            update: (_id, _state, news, options) => build(connection, news, options),
            changedOutputs: () => ["repoDigest"],
            async delete() {
                // Like the official plugin: other stacks and running containers may use the image.
            },
        },
    );
}

/** `build` with the official plugin's defaults. */
function paths(build: Build): { context: string; dockerfile: string } {
    const context = build.context ?? ".";
    return { context, dockerfile: build.dockerfile ?? join(context, "Dockerfile") };
}

function refuseBuild(inputs: Properties): CheckFailure[] {
    const build = (inputs.build ?? {}) as Build;
    if (inputs.skipPush === false) {
        return [{ property: "skipPush", reason: "this stand-in plugin pushes no images: set skipPush: true." }];
    }
    if (containsUnknown([build.context, build.dockerfile])) {
        return [];
    }
    const { context, dockerfile } = paths(build);
    if (!existsSync(context)) {
        return [{ property: "build.context", reason: `there is no directory ${resolve(context)}.` }];
    }
    if (existsSync(dockerfile)) {
        return [];
    }
    const kind = isAbsolute(dockerfile) ? "absolute" : "relative";
    const inContext = join(context, dockerfile);
    const hint = existsSync(inContext) ? `. Try setting \`dockerfile\` to "${inContext}"` : ": no such file";
    return [{ property: "build.dockerfile", reason: `could not open dockerfile at ${kind} path ${dockerfile}${hint}` }];
}

async function withDigest(inputs: Properties): Promise<Properties> {
    const build = (inputs.build ?? {}) as Build;
    const platform = build.platform ?? `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
    if (containsUnknown([build.context, build.dockerfile])) {
        return { ...inputs, build: { ...build, platform } };
    }
    const { context, dockerfile } = paths(build);
    const { digest } = await readBuildContext(context, dockerfile);
    return { ...inputs, build: { ...build, platform, [DIGEST]: digest } };
}

function withoutDigest(inputs: Properties): Properties {
    return { ...inputs, build: { ...(inputs.build as Build | undefined), [DIGEST]: undefined } };
}

async function build(connection: Connection, news: Properties, options: OperationOptions): Promise<Properties> {
    const inputs = (news.build ?? {}) as Build;
    const name = news.imageName as string;
    const { context, dockerfile } = paths(inputs);
    const engine = await connection.engine();
    await buildImage(engine, connection.logins, name, await readBuildContext(context, dockerfile), inputs, options);
    return {
        ...news,
        baseImageName: name,
        context,
        dockerfile: relative(resolve(context), resolve(dockerfile)),
        platform: inputs.platform,
        registryServer: "",
        repoDigest: imageDigest(await engine.getImage(name).inspect()),
    };
}

/** An image that no registry knows has no digest there; its id serves, as in the official plugin. */
function imageDigest(image: Docker.ImageInspectInfo): string {
    return image.RepoDigests?.[0] ?? image.Id;
}
