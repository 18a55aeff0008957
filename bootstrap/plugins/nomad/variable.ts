import { type Properties, type ResourceType, schemaResource, Secret } from "../resource-provider";
import type { ConfiguredNomad } from "./client";

/** nomad/structs/variables.go: the longest path, and what its characters may be. */
const MAX_PATH_LENGTH = 128;
const PATH = /^[a-zA-Z0-9-_~/]+$/;

export function variable(nomad: ConfiguredNomad): ResourceType {
    const url = (path: unknown) => `/v1/var/${(path as string).split("/").map(encodeURIComponent).join("/")}`;
    const stateOf = ({ path, namespace }: Properties, items: unknown) => ({
        path,
        namespace,
        items: new Secret(items),
    });
    const write = async (news: Properties): Promise<Properties> => {
        const { path, namespace, items } = news;
        const body = { Namespace: namespace, Path: path, Items: items };
        await nomad.api.send("PUT", url(path), { body, query: { namespace: namespace as string } });
        return stateOf(news, items);
    };
    return schemaResource(
        {
            inputs: {
                path: { type: "string", required: true, replace: true, refuse: refusePath },
                namespace: { type: "string", default: "default", replace: true },
                items: { type: { map: "string" }, required: true },
                itemsWo: { type: "string", unsupported: true },
                itemsWoVersion: { type: "integer", unsupported: true },
            },
        },
        {
            create: async (news) => ({ id: `${news.path}@${news.namespace}`, state: await write(news) }),
            read: async (id, state) => {
                const [path, namespace = "default"] = id.split("@");
                const query = { namespace };
                const found = await nomad.api.find<{ Items: Record<string, string> }>(url(path), { query });
                return found && { id, state: stateOf({ ...state, path, namespace }, found.Items) };
            },
            update: (_id, _state, news) => write(news),
            delete: (_id, { path, namespace }) =>
                nomad.api.remove(url(path), { query: { namespace: namespace as string } }),
        },
    );
}

/** The official provider's own checks of a path, before Nomad's. */
export function refusePath(path: string): string | undefined {
    if (path.length > MAX_PATH_LENGTH) {
        return `has ${path.length} characters, and ${MAX_PATH_LENGTH} are the most.`;
    }
    if (!PATH.test(path)) {
        return `path ${path} contains invalid characters: letters, digits, "-", "_", "~" and "/" are allowed.`;
    }
    const [top, second, ...rest] = path.split("/");
    if (top !== "nomad" || second === "jobs" || (second === "job-templates" && rest.length === 1)) {
        return undefined;
    }
    return 'under "nomad" only nomad/jobs and nomad/job-templates/<name> are valid paths.';
}
