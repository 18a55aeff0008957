import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { plainLog } from "../../components/engine";
import { REPOSITORY } from "../command";
import { Secrets } from "./secret-values";
import { StackApis } from "./stack-apis";
import { StackContainer } from "./stack-containers";

/** Something that people or programs may read, and what it says. */
export interface Place {
    readonly name: string;
    readonly text: string;
}

/** Which secrets stand in a text; their names, never the values. */
export function found(secrets: Secrets, text: string): string[] {
    return [...secrets].filter(([value]) => text.includes(value)).map(([, what]) => what);
}

/** What the engine says about containers: inspection (environment, arguments, labels), logs, and running processes. */
export async function containerPlaces(containers: readonly StackContainer[]): Promise<Place[]> {
    const places: Place[] = [];
    for (const { name, container } of containers) {
        const inspected = await container.inspect();
        places.push({ name: `docker inspect ${name}`, text: JSON.stringify(inspected) });
        const log = await container.logs({ stdout: true, stderr: true });
        places.push({ name: `docker logs ${name}`, text: plainLog(log) });
        if (inspected.State.Running) {
            places.push({ name: `docker top ${name}`, text: JSON.stringify(await container.top({ ps_args: "-ef" })) });
        }
    }
    return places;
}

/** What Nomad says about jobs and allocations, to those who may ask. */
export async function nomadPlaces(apis: StackApis): Promise<Place[]> {
    const jobs = await ids(apis, "/v1/jobs");
    const allocations = await ids(apis, "/v1/allocations");
    const paths = [
        "/v1/vars",
        ...jobs.flatMap((id) => [`/v1/job/${encodeURIComponent(id)}`, `/v1/job/${encodeURIComponent(id)}/versions`]),
        ...jobs.map((id) => `/v1/job/${encodeURIComponent(id)}/submission?version=0`),
        ...allocations.map((id) => `/v1/allocation/${id}`),
    ];
    const texts = await Promise.all(paths.map(async (path) => (await apis.nomad(path)).text()));
    return paths.map((path, at) => ({ name: `Nomad ${path}`, text: texts[at] ?? "" }));
}

async function ids(apis: StackApis, path: string): Promise<string[]> {
    const listed = (await (await apis.nomad(path)).json()) as { ID: string }[];
    return listed.map(({ ID }) => ID);
}

/** What Prometheus shows of its configuration, and the keys in Consul. */
export async function serverPlaces(apis: StackApis): Promise<Place[]> {
    const shown = ["config", "flags", "runtimeinfo"].map((name) => `/api/v1/status/${name}`);
    const places = await Promise.all(
        shown.map(async (path) => {
            const answer = await fetch(`${apis.out("prometheusUrl")}${path}`, { headers: apis.metricsAuthorization });
            return { name: `Prometheus ${path}`, text: await answer.text() };
        }),
    );
    const keys = (await (await apis.consul("/v1/kv/?recurse")).json()) as { Key: string; Value: string | null }[];
    const values = keys.map(({ Key, Value }) => `${Key}=${Buffer.from(Value ?? "", "base64").toString()}`);
    return [...places, { name: "Consul's keys", text: values.join("\n") }];
}

/** The golden files that are committed. */
export function goldenPlaces(folder = join(REPOSITORY, "tests", "golden")): Place[] {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => ({ name: path.slice(REPOSITORY.length + 1), text: readFileSync(path, "utf8") }));
}
