/** Where Consul's HTTP API is and its management token. */
export interface ConsulApi {
    readonly url: string;
    readonly token: string;
}

/** The token that an agent uses for itself. Consul takes one that was chosen: the agent's configuration has it first. */
export interface AgentToken {
    readonly secret: string;
    /** The agent's node name: it may register this node and see services, and nothing else. */
    readonly nodeName: string;
}

interface TokenStub {
    readonly AccessorID: string;
    readonly Description?: string;
}

const AGENT_DESCRIPTION = "Consul agent";
/** What Consul itself calls the token that `initial_management` makes. */
const MANAGEMENT_DESCRIPTION = "Initial Management Token";

async function answerOf(api: ConsulApi, path: string, signal: AbortSignal, init?: RequestInit): Promise<Response> {
    return fetch(`${api.url}/v1/acl${path}`, { ...init, headers: { "X-Consul-Token": api.token }, signal });
}

/**
 * Makes Consul know the tokens of the current configuration and none of an earlier one: after a rotation Consul has made
 * the new management token by itself, and keeps the old one until somebody takes it away.
 *
 * @returns undefined when there is a leader, access control is initialised and both tokens are known, else what is missing.
 */
export async function settleTokens(
    api: ConsulApi,
    agent: AgentToken,
    signal: AbortSignal,
): Promise<string | undefined> {
    const self = await answerOf(api, "/token/self", signal);
    if (!self.ok) {
        return `HTTP ${self.status} ${(await self.text()).trim()}`;
    }
    const known = await answerOf({ ...api, token: agent.secret }, "/token/self", signal);
    const agentToken = known.ok ? known : await createAgentToken(api, agent, signal);
    if (!agentToken.ok) {
        return `agent token: HTTP ${agentToken.status} ${(await agentToken.text()).trim()}`;
    }
    const current = [(await self.json()) as TokenStub, (await agentToken.json()) as TokenStub];
    const listed = await answerOf(api, "/tokens", signal);
    for (const { AccessorID } of outdated((await listed.json()) as TokenStub[], current)) {
        await answerOf(api, `/token/${AccessorID}`, signal, { method: "DELETE" });
    }
    return undefined;
}

function createAgentToken(api: ConsulApi, agent: AgentToken, signal: AbortSignal): Promise<Response> {
    const token = {
        SecretID: agent.secret,
        Description: AGENT_DESCRIPTION,
        NodeIdentities: [{ NodeName: agent.nodeName, Datacenter: "dc1" }],
    };
    return answerOf(api, "/token", signal, { method: "PUT", body: JSON.stringify(token) });
}

/** The tokens that stand for an earlier generation of those in `current`. */
export function outdated(tokens: readonly TokenStub[], current: readonly TokenStub[]): TokenStub[] {
    const kept = new Set(current.map(({ AccessorID }) => AccessorID));
    return tokens.filter(
        ({ AccessorID, Description = "" }) =>
            [AGENT_DESCRIPTION, MANAGEMENT_DESCRIPTION].includes(Description) && !kept.has(AccessorID),
    );
}
