/** A request that got no answer at all, as when nothing listens. */
export class UnreachableError extends Error {}

/** An answer outside 2xx. */
export class HttpError extends Error {
    constructor(
        request: string,
        readonly status: number,
        readonly answer: string,
    ) {
        super(`${request} answered ${status}: ${answer.trim() || "(nothing)"}`);
    }
}

export interface JsonRequest {
    query?: Record<string, string | number | boolean | undefined>;
    headers?: Record<string, string>;
    /** Goes as JSON, but a string goes as it is. */
    body?: unknown;
    signal?: AbortSignal;
    /** Keys whose integers may be larger than a number can hold exactly: they come as text. */
    integersAsText?: readonly string[];
}

/** No answer of Consul's or Nomad's takes near this long unless something hangs. */
const TIMEOUT_MS = 30_000;

/** An HTTP API that speaks JSON. Nothing is retried: the official Consul and Nomad clients do not retry either. */
export class JsonApi {
    /** `base` is a URL without a trailing slash; `headers` and `query` go with every request. */
    constructor(
        private readonly base: string,
        private readonly headers: Record<string, string> = {},
        private readonly query: Record<string, string> = {},
        private readonly timeoutMs = TIMEOUT_MS,
    ) {}

    /** The same API with another bound on each answer. */
    within(timeoutMs: number): JsonApi {
        return new JsonApi(this.base, this.headers, this.query, timeoutMs);
    }

    /**
     * The parsed answer, undefined when it is empty.
     * @throws {HttpError} for an answer outside 2xx, {UnreachableError} when there is none in time.
     */
    async send<T>(method: string, path: string, request: JsonRequest = {}): Promise<T> {
        const url = new URL(`${this.base}${path}`);
        for (const [key, value] of Object.entries({ ...this.query, ...request.query })) {
            if (value !== undefined && value !== "") {
                url.searchParams.set(key, String(value));
            }
        }
        const timeout = AbortSignal.timeout(this.timeoutMs);
        const described = `${method} ${url.origin}${url.pathname}`;
        let answer: string;
        let response: Response;
        try {
            response = await fetch(url, {
                method,
                headers: { ...this.headers, ...request.headers },
                body: typeof request.body === "object" ? JSON.stringify(request.body) : (request.body as string),
                signal: request.signal ? AbortSignal.any([timeout, request.signal]) : timeout,
            });
            answer = await response.text();
        } catch (error) {
            throw new UnreachableError(`${described} got no answer: ${reasonOf(error)}`);
        }
        if (!response.ok) {
            throw new HttpError(described, response.status, answer);
        }
        try {
            return (answer === "" ? undefined : JSON.parse(quoted(answer, request.integersAsText))) as T;
        } catch {
            throw new HttpError(described, response.status, `no JSON: ${answer.slice(0, 200)}`);
        }
    }

    /** As `send`, but undefined for 404. */
    async find<T>(path: string, request: JsonRequest = {}): Promise<T | undefined> {
        try {
            return await this.send<T>("GET", path, request);
        } catch (error) {
            if (error instanceof HttpError && error.status === 404) {
                return undefined;
            }
            throw error;
        }
    }

    /** Deletes; what is gone already is no error. */
    async remove(path: string, request: JsonRequest = {}): Promise<void> {
        try {
            await this.send("DELETE", path, request);
        } catch (error) {
            if (!(error instanceof HttpError && error.status === 404)) {
                throw error;
            }
        }
    }
}

/** A quote that is part of a text stands behind a backslash, so only real keys match. */
function quoted(json: string, keys: readonly string[] = []): string {
    return keys.reduce(
        (text, key) => text.replace(new RegExp(`(?<!\\\\)("${key}"\\s*:\\s*)(\\d+)`, "g"), '$1"$2"'),
        json,
    );
}

/** `fetch` hides the reason (ECONNREFUSED and the like) in the cause of its error. */
function reasonOf(error: unknown): string {
    const { cause, message } = error as Error & { cause?: Error & { code?: string } };
    return cause?.code ?? cause?.message ?? message;
}
