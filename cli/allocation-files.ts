import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { UserError, reasonOf } from "./user-error";

/** An entry of an allocation's directory, as Nomad's client lists it. */
export interface ListedFile {
    readonly Name: string;
    readonly IsDir: boolean;
    /** Bytes. */
    readonly Size: number;
    /** As Go prints it: "-rw-r--r--" for a regular file, another first letter for anything else. */
    readonly FileMode: string;
    readonly ModTime: string;
}

/** Nomad answers 404 both for a path that is not there and for an allocation whose files it has collected. */
export class FileNotThere extends Error {}

const ANSWER_MILLISECONDS = 10_000;
/** Between two pieces of a file: how long the whole takes is a matter of its size. */
const SILENCE_MILLISECONDS = 30_000;

/** The files of one allocation through Nomad's client file system API (`/v1/client/fs/…`). Paths have slashes. */
export class AllocationFiles {
    constructor(
        private readonly url: string,
        private readonly token: string,
        private readonly allocation: string,
    ) {}

    /** @throws FileNotThere, UserError when Nomad or its client does not answer. */
    async list(path: string): Promise<readonly ListedFile[]> {
        return (await this.json<ListedFile[] | null>("ls", path)) ?? [];
    }

    /** @throws FileNotThere, UserError when Nomad or its client does not answer. */
    async stat(path: string): Promise<ListedFile> {
        return this.json("stat", path);
    }

    /**
     * A file's bytes as they come.
     *
     * Nomad starts to answer with 200 before it opens the file, and writes an error in place of the content or behind it
     * (fsStreamImpl in its command/agent/fs_endpoint.go). So what comes is only known to be the file when its size is
     * that of `stat` afterwards.
     *
     * @throws UserError when Nomad falls silent.
     */
    async *read(path: string): AsyncGenerator<Uint8Array> {
        const abort = new AbortController();
        const silence = setTimeout(
            () => abort.abort(new Error(`nothing for ${SILENCE_MILLISECONDS / 1000} s`)),
            SILENCE_MILLISECONDS,
        );
        try {
            const answer = await this.request("cat", path, abort.signal);
            for await (const piece of answer.body ? Readable.fromWeb(answer.body as ReadableStream) : []) {
                silence.refresh();
                yield piece as Uint8Array;
            }
        } catch (error) {
            throw this.unanswered(error);
        } finally {
            clearTimeout(silence);
            abort.abort();
        }
    }

    private async json<T>(what: string, path: string): Promise<T> {
        try {
            const answer = await this.request(what, path, AbortSignal.timeout(ANSWER_MILLISECONDS));
            return (await answer.json()) as T;
        } catch (error) {
            throw this.unanswered(error);
        }
    }

    private async request(what: string, path: string, signal: AbortSignal): Promise<Response> {
        const url = `${this.url}/v1/client/fs/${what}/${this.allocation}?path=${encodeURIComponent(path)}`;
        const answer = await fetch(url, { headers: this.token ? { "X-Nomad-Token": this.token } : {}, signal });
        if (answer.ok) {
            return answer;
        }
        const said = (await answer.text()).trim().split("\n")[0];
        if (answer.status === 404) {
            throw new FileNotThere(said);
        }
        throw new UserError(
            `Nomad's client could not show ${path} of run ${this.allocation}: HTTP ${answer.status}, ${said}`,
        );
    }

    private unanswered(error: unknown): unknown {
        return error instanceof UserError || error instanceof FileNotThere ? error : noAnswer(this.url, error);
    }
}

/** Nomad does not answer, said to people. */
export function noAnswer(url: string, error: unknown): UserError {
    return new UserError(
        `Nomad at ${url} does not answer (${reasonOf(error)}); npm run status tells how the stack is.`,
    );
}
