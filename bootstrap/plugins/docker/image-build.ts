import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import type { BuildContext } from "./build-context";
import { openSession } from "./build-session";
import { traceLines } from "./build-trace";
import type { RegistryLogin } from "./connection";

/** Lines of the build's log that go into the error of a failed build. */
const TAIL = 20;

export interface BuildInputs {
    builderVersion?: "BuilderBuildKit" | "BuilderV1";
    args?: Record<string, string>;
    target?: string;
    platform?: string;
    network?: string;
    addHosts?: string[];
}

/**
 * Builds `context` and tags it `imageName`. Base images that the engine has are taken without asking a registry.
 *
 * @param status gets each line of the build's log.
 * @throws with the log's last lines when the build fails.
 */
export async function buildImage(
    engine: Docker,
    logins: readonly RegistryLogin[],
    imageName: string,
    context: BuildContext,
    build: BuildInputs,
    options: { signal: AbortSignal; status(message: string): void },
): Promise<void> {
    const session = build.builderVersion === "BuilderV1" ? undefined : await openSession(engine, logins);
    try {
        // dockerode opens a session of its own for version "2" only, and this one also answers health checks.
        const stream = await dialBuild(engine, await context.archive(), options.signal, {
            t: imageName,
            dockerfile: context.dockerfile,
            version: session ? "2" : "1",
            session: session?.id,
            platform: build.platform,
            target: build.target,
            networkmode: build.network,
            extrahosts: build.addHosts?.length ? build.addHosts.join(",") : undefined,
            buildargs: build.args && JSON.stringify(build.args),
            rm: true,
        });
        await followBuild(stream, imageName, options.status);
    } finally {
        session?.close();
    }
}

type Query = Record<string, string | boolean | undefined>;

function dialBuild(engine: Docker, archive: Buffer, signal: AbortSignal, query: Query): Promise<Readable> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const request = {
        path: "/build?",
        method: "POST",
        file: archive,
        options: { _query: Object.fromEntries(given) },
        abortSignal: signal,
        isStream: true,
        statusCodes: { 200: true, 400: "bad parameter", 500: "server error" },
    };
    return new Promise((resolve, reject) => {
        engine.modem.dial(request as unknown as Parameters<Docker["modem"]["dial"]>[0], (error, stream) =>
            error ? reject(error as Error) : resolve(stream as Readable),
        );
    });
}

interface BuildMessage {
    id?: string;
    aux?: unknown;
    stream?: string;
    error?: string;
    errorDetail?: { message?: string };
}

async function followBuild(stream: Readable, imageName: string, status: (message: string) => void): Promise<void> {
    const log: string[] = [];
    let failure: string | undefined;
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
        if (line.trim() === "") {
            continue;
        }
        const message = JSON.parse(line) as BuildMessage;
        for (const text of messageLines(message)) {
            log.push(text);
            status(text);
        }
        failure ??= message.errorDetail?.message ?? message.error;
    }
    if (failure !== undefined) {
        const tail = log.slice(-TAIL).join("\n");
        throw new Error(`Building image ${imageName} failed: ${failure}. Last lines of the build:\n${tail}`);
    }
}

function messageLines(message: BuildMessage): string[] {
    if (message.id === "moby.buildkit.trace" && typeof message.aux === "string") {
        return traceLines(Buffer.from(message.aux, "base64"));
    }
    return message.stream?.trim() ? [message.stream.trim()] : [];
}
