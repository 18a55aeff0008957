import { stackContainers } from "./stack-containers";
import { StackApis } from "./stack-apis";

/** What must not change when strangers and garbage come by. */
export interface Snapshot {
    readonly containers: Record<string, unknown>;
    readonly consul: Record<string, unknown>;
    readonly nomad: Record<string, unknown>;
    readonly prometheus: unknown;
    readonly pushgateway: unknown;
}

/** What is kept of a run that has ended. */
export interface EndedRun {
    readonly id: string;
    /** A moment after its last sample, in seconds since 1970. */
    readonly at: number;
}

/** Reads the data of a stack whose runs have ended: keys, jobs, access control, samples and groups. */
export async function snapshot(prefix: string, apis: StackApis, run: EndedRun): Promise<Snapshot> {
    return {
        containers: await health(prefix),
        consul: await answers(
            ["/v1/kv/?recurse", "/v1/acl/tokens", "/v1/acl/policies", "/v1/acl/roles", "/v1/config/proxy-defaults"],
            (path) => apis.consul(path),
        ),
        nomad: await answers(
            ["/v1/acl/tokens", "/v1/acl/policies", "/v1/vars", "/v1/namespaces", "/v1/job/ml-train", "/v1/jobs"],
            (path) => apis.nomad(path),
        ),
        prometheus: await samples(apis, run),
        pushgateway: await groups(apis),
    };
}

/** Health, starts and kills of the stack's servers. */
async function health(prefix: string): Promise<Record<string, unknown>> {
    const servers = (await stackContainers(prefix)).filter(({ running }) => running);
    const seen = await Promise.all(
        servers.map(async ({ name, container }) => {
            const { State: state, RestartCount: restarts } = await container.inspect();
            const { StartedAt: started, OOMKilled: outOfMemory } = state;
            return [name, { health: state.Health?.Status, started, outOfMemory, restarts }] as const;
        }),
    );
    return Object.fromEntries(seen);
}

async function answers(
    paths: readonly string[],
    ask: (path: string) => Promise<Response>,
): Promise<Record<string, unknown>> {
    // Parsed, because Nomad writes the keys of a job's configuration in any order.
    const all = await Promise.all(paths.map(async (path) => [path, parsed(await (await ask(path)).text())] as const));
    return Object.fromEntries(all);
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

async function samples(apis: StackApis, { id, at }: EndedRun): Promise<unknown> {
    const query = new URLSearchParams({ query: `{job="ml-training",run_id="${id}"}[1h]`, time: String(at) });
    const url = `${apis.out("prometheusUrl")}/api/v1/query?${query}`;
    const answer = await fetch(url, { headers: apis.metricsAuthorization });
    const { data } = (await answer.json()) as { data: { result: { metric: object; values: unknown[] }[] } };
    return data.result.map((series) => JSON.stringify(series)).sort();
}

async function groups(apis: StackApis): Promise<unknown> {
    const { data } = (await (await apis.pushgateway("/api/v1/metrics")).json()) as { data: object[] };
    return data;
}
