/** Where Nomad's HTTP API is and who asks. */
export interface NomadApi {
    readonly url: string;
    readonly token: string;
}

interface NodeStub {
    readonly Name: string;
    readonly Status: string;
    readonly SchedulingEligibility: string;
    readonly Drivers?: Record<string, { Detected: boolean; Healthy: boolean; HealthDescription?: string }>;
}

async function answerOf(api: NomadApi, path: string, signal: AbortSignal, body?: unknown): Promise<Response> {
    return fetch(`${api.url}${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { "X-Nomad-Token": api.token },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
    });
}

/**
 * Makes `api.token` the management token: the first one of a fresh server, or the next one after a rotation, which takes
 * the earlier one's place. Later calls find that it already is.
 *
 * @param allowAgain lets the server be bootstrapped once more; given the reset index that its answer names.
 * @returns undefined when the server has a leader and accepts the token, else what is missing.
 */
export async function bootstrapAcl(
    api: NomadApi,
    allowAgain: (resetIndex: number) => Promise<void>,
    signal: AbortSignal,
): Promise<string | undefined> {
    const self = await answerOf(api, "/v1/acl/token/self", signal);
    if (self.ok) {
        return removeEarlierTokens(api, (await self.json()) as TokenStub, signal);
    }
    // Asked without a token: the server does not know this one yet.
    const answer = await fetch(`${api.url}/v1/acl/bootstrap`, {
        method: "POST",
        body: JSON.stringify({ BootstrapSecret: api.token }),
        signal,
    });
    if (answer.ok) {
        return removeEarlierTokens(api, (await answer.json()) as TokenStub, signal);
    }
    const text = (await answer.text()).trim();
    const index = resetIndex(text);
    if (index !== undefined) {
        await allowAgain(index);
    }
    return `ACL bootstrap: HTTP ${answer.status} ${text}`;
}

/** The index that Nomad wants to see in its reset file before it bootstraps once more; undefined where it names none. */
export function resetIndex(refusal: string): number | undefined {
    const index = /reset index: (\d+)\)/.exec(refusal)?.[1];
    return index === undefined ? undefined : Number(index);
}

interface TokenStub {
    readonly AccessorID: string;
    readonly Name: string;
}

/** A rotation is over when the token it replaces opens nothing any more. */
async function removeEarlierTokens(api: NomadApi, current: TokenStub, signal: AbortSignal): Promise<undefined> {
    const tokens = (await (await answerOf(api, "/v1/acl/tokens", signal)).json()) as TokenStub[];
    for (const { AccessorID, Name } of tokens) {
        // What Nomad itself calls the token that a bootstrap makes.
        if (Name === "Bootstrap Token" && AccessorID !== current.AccessorID) {
            const path = `${api.url}/v1/acl/token/${AccessorID}`;
            await fetch(path, { method: "DELETE", headers: { "X-Nomad-Token": api.token }, signal });
        }
    }
    return undefined;
}

/** @returns undefined when the named node can take a task of the docker driver, else what is missing. */
export async function nodeReady(api: NomadApi, name: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await answerOf(api, "/v1/nodes", signal);
    if (!answer.ok) {
        return `HTTP ${answer.status} ${(await answer.text()).trim()}`;
    }
    return nodeMissing((await answer.json()) as NodeStub[], name);
}

/** What keeps the newest node of that name from taking a docker task; undefined when nothing does. */
export function nodeMissing(nodes: readonly NodeStub[], name: string): string | undefined {
    const named = nodes.filter((node) => node.Name === name);
    if (named.length === 0) {
        return `node ${name} has not registered`;
    }
    // A client whose data was lost comes back under a new id; its old self stays listed as down for a day.
    const node = named.find(({ Status }) => Status === "ready");
    if (!node) {
        return `node ${name} is ${named[0]?.Status}`;
    }
    if (node.SchedulingEligibility !== "eligible") {
        return `node ${name} is ${node.SchedulingEligibility} for scheduling`;
    }
    const driver = node.Drivers?.docker;
    if (!driver?.Detected) {
        return "the docker driver is not detected";
    }
    return driver.Healthy
        ? undefined
        : `the docker driver is unhealthy: ${driver.HealthDescription ?? "no reason given"}`;
}
