import { run } from "../command";
import { Door } from "./doors";

/** A server to be asked, and what. */
export interface House {
    readonly service: string;
    /** `http://host:port` as the stranger sees it. */
    readonly url: string;
    readonly doors: readonly Door[];
}

interface Answer {
    readonly status?: number;
    /** The first bytes of the body. */
    readonly text?: string;
    /** Why there was no answer at all. */
    readonly error?: string;
}

/** What came of one request. */
export interface Outcome {
    readonly service: string;
    readonly request: string;
    readonly verdict: "refused" | "told nothing" | "timed out" | "answered";
    readonly detail: string;
    readonly open?: string;
}

const PATIENCE_SECONDS = 5;
const AT_ONCE = 8;

/** How servers refuse in words where they do not with 401 or 403. Nomad denies that a thing exists to who may not see it. */
const REFUSALS =
    /permission denied|ACL not found|unknown allocation|lacks permission|bootstrap already done|invalid bootstrap reset index|bootstrap no longer allowed/i;
const NOTHING = /^(\s*|\[\]|\{\}|null)\s*$/;

/** @throws when there was neither an answer nor a time-out: then nobody was asked, and nothing is shown by it. */
export function outcomeOf(service: string, door: Door, answer: Answer): Outcome {
    const { status = 0, text = "", error } = answer;
    if (error !== undefined && !/timed? ?out/i.test(error)) {
        throw new Error(`${service} ${door.request}: ${error}`);
    }
    const refused = status === 401 || status === 403 || (status >= 400 && REFUSALS.test(text));
    const verdict =
        error !== undefined
            ? "timed out"
            : refused
              ? "refused"
              : status === 404 || NOTHING.test(text)
                ? "told nothing"
                : "answered";
    const detail = `${status || ""} ${text.replaceAll(/\s+/g, " ").slice(0, 60)}`.trim();
    return { service, request: door.request, verdict, detail, open: door.open };
}

/** Asks from the host, as any of its users can. */
export async function askFromHost(houses: readonly House[]): Promise<Outcome[]> {
    const all = houses.flatMap((house) => house.doors.map((door) => ({ house, door })));
    return inParallel(all, async ({ house, door }) => {
        const [method, path = ""] = door.request.split(" ");
        return outcomeOf(house.service, door, await asked(`${house.url}${path}`, method, door.body));
    });
}

async function asked(url: string, method: string | undefined, body: string | undefined): Promise<Answer> {
    try {
        const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
        const answer = await fetch(url, { method, body, signal, redirect: "manual" });
        // The first piece is enough to see whether there is one, and streams never end.
        const piece = await answer.body?.getReader().read();
        return {
            status: answer.status,
            text: Buffer.from(piece?.value ?? [])
                .toString()
                .slice(0, 300),
        };
    } catch (error) {
        return { error: error instanceof Error ? `${error.name} ${error.message}` : String(error) };
    }
}

async function inParallel<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    const queue = all.map((one, at) => ({ one, at }));
    const workers = Array.from({ length: AT_ONCE }, async () => {
        for (let next = queue.shift(); next; next = queue.shift()) {
            results[next.at] = await work(next.one);
        }
    });
    await Promise.all(workers);
    return results;
}

const SCRIPT = `
import json, sys, urllib.request, urllib.error
from concurrent.futures import ThreadPoolExecutor
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_): return None
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
def ask(one):
    url, method, body = one
    request = urllib.request.Request(url, method=method, data=None if body is None else body.encode())
    try:
        with opener.open(request, timeout=${PATIENCE_SECONDS}) as answer:
            return {"status": answer.status, "text": answer.read1(300).decode(errors="replace")}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "text": error.read(300).decode(errors="replace")}
    except Exception as error:
        return {"error": f"{type(error).__name__} {error}"}
with ThreadPoolExecutor(${AT_ONCE}) as pool:
    print(json.dumps(list(pool.map(ask, json.loads(sys.argv[1])))))
`;

/** Asks from a container that is no part of the stack and has been put onto its network. */
export async function askFromContainer(
    houses: readonly House[],
    place: { readonly network: string; readonly image: string; readonly name: string },
): Promise<Outcome[]> {
    const all = houses.flatMap((house) => house.doors.map((door) => ({ house, door })));
    const requests = all.map(({ house, door }) => {
        const [method, path = ""] = door.request.split(" ");
        return [`${house.url}${path}`, method, door.body ?? null];
    });
    const options = ["--rm", "--name", place.name, "--network", place.network, "--entrypoint", "/opt/venv/bin/python"];
    const script = ["-P", "-c", SCRIPT, JSON.stringify(requests)];
    const { code, stdout, stderr } = await run("docker", ["run", ...options, place.image, ...script]);
    if (code !== 0) {
        throw new Error(`The foreign container ended with ${code}: ${stderr}`);
    }
    const answers = JSON.parse(stdout) as Answer[];
    return all.map(({ house, door }, at) => outcomeOf(house.service, door, answers[at] ?? {}));
}

/** The list that a test prints: every door, and what a stranger gets there. */
export function listed(outcomes: readonly Outcome[]): string {
    return outcomes
        .map(({ service, request, verdict, detail, open }) =>
            [service.padEnd(13), verdict.padEnd(12), request, open ? `(open: ${open})` : `[${detail}]`].join(" "),
        )
        .join("\n");
}
