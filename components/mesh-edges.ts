/** Names in Consul: identities, and what intentions are about. */
export const GATEWAY_SERVICE = "gateway";
export const PUSHGATEWAY_SERVICE = "pushgateway";
export const PROMETHEUS_SERVICE = "prometheus";
export const GRAFANA_SERVICE = "grafana";
export const TRAINING_MEMBER = "training";
export const SWEEPER_MEMBER = "sweeper";

/** The part of the stack through which a person on the host comes in: it publishes the ports of what is in the mesh. */
export const GATEWAY_PART = "mesh-gateway";

/** Who may talk to whom in the mesh, by the service that is called. Whatever is not here is refused. */
export const EDGES: Readonly<Record<string, readonly string[]>> = {
    [PROMETHEUS_SERVICE]: [GATEWAY_SERVICE, GRAFANA_SERVICE, SWEEPER_MEMBER],
    [PUSHGATEWAY_SERVICE]: [GATEWAY_SERVICE, PROMETHEUS_SERVICE, SWEEPER_MEMBER, TRAINING_MEMBER],
};

/** Members of the mesh that are tasks of Nomad's, and the ids of the jobs whose tasks may be one. */
export const TASK_MEMBERS: Readonly<Record<string, string>> = {
    [SWEEPER_MEMBER]: "^mlops-sweeper$",
    [TRAINING_MEMBER]: "^(ml-training|ml-train)(/.*)?$",
};

/**
 * The config entry `service-intentions` that lets these sources call a service, spelled out as Consul gives it back:
 * what is left out would be a change on every refresh (hashicorp/terraform-provider-consul#281).
 */
export function allowing(sources: readonly string[]): string {
    return intentions(sources, "allow", EXACT);
}

/** The config entry that refuses everything no other entry allows. */
export function denyingEverything(): string {
    return intentions([ANY], "deny", LEAST);
}

/** The name that stands for every service. */
export const ANY = "*";
/** Precedence of intentions as Consul computes it: both names exact, both any. */
const EXACT = 9;
const LEAST = 5;

function intentions(sources: readonly string[], action: "allow" | "deny", precedence: number): string {
    const sorted = [...sources].sort();
    return JSON.stringify({
        Sources: sorted.map((name) => ({ Action: action, Name: name, Precedence: precedence, Type: "consul" })),
    });
}
