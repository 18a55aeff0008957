/** What dockerode rejects with when the engine answered with an error. */
interface EngineError extends Error {
    statusCode?: number;
    json?: { message?: string };
    code?: string;
}

/** Whether the engine said that the thing does not exist. */
export function isMissing(error: unknown): boolean {
    return (error as EngineError).statusCode === 404;
}

/** The engine's own sentence, without dockerode's "(HTTP code 409) unexpected -" around it. */
export function engineMessage(error: unknown): string {
    const { json, message, code } = error as EngineError;
    if (code === "ECONNREFUSED" || code === "ENOENT" || code === "EACCES") {
        return `${message}: no Docker engine answers there. Start it, or set the provider's host or DOCKER_HOST`;
    }
    return json?.message ?? message ?? String(error);
}

/** The result, or undefined when the thing does not exist. */
export async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
    try {
        return await request;
    } catch (error) {
        if (isMissing(error)) {
            return undefined;
        }
        throw new Error(engineMessage(error));
    }
}

/** Runs `request`; a failure is told as `<what>: <the engine's sentence>`. */
export async function explaining<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
        return await request();
    } catch (error) {
        throw new Error(`${what}: ${engineMessage(error)}`, { cause: error });
    }
}
