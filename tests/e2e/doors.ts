/** One request that a stranger may try. */
export interface Door {
    /** `<method> <path>`. */
    readonly request: string;
    /** A body that the server would act on, so that a refusal is about who asks and not about what is asked. */
    readonly body?: string;
    /** Why it is answered although nobody has said who asks. @default it must not be answered */
    readonly open?: string;
}

const closed = (paths: string): Door[] =>
    paths
        .trim()
        .split(/\s+/)
        .map((path) => ({ request: `GET ${path}` }));

/** Ids that exist, for requests that are refused only where there is something to refuse. */
export interface Existing {
    readonly allocation: string;
    readonly node: string;
}

const JOB = {
    ID: "stranger",
    Name: "stranger",
    Type: "batch",
    Datacenters: ["dc1"],
    TaskGroups: [{ Name: "g", Tasks: [{ Name: "t", Driver: "docker", Config: { image: "debian:bookworm-slim" } }] }],
};

/** Nomad's API by its routes (command/agent/http.go), without those that only redirect to another of them. */
export function nomadDoors({ allocation, node }: Existing): Door[] {
    return [
        ...closed(`/v1/jobs /v1/jobs?namespace=* /v1/jobs/statuses /v1/job/ml-training /v1/job/ml-training/allocations
            /v1/job/ml-training/submission?version=0 /v1/nodes /v1/node/${node} /v1/node/pools /v1/allocations
            /v1/allocation/${allocation} /v1/evaluations /v1/evaluations/count /v1/deployments /v1/volumes
            /v1/volumes?type=host /v1/plugins /v1/acl/policies /v1/acl/policy/submit /v1/acl/tokens /v1/acl/roles
            /v1/acl/auth-methods /v1/acl/binding-rules /v1/client/fs/ls/${allocation}
            /v1/client/fs/logs/${allocation}?task=train&type=stdout /v1/client/stats?node_id=${node}
            /v1/client/metadata?node_id=${node} /v1/client/allocation/${allocation}/stats /v1/agent/self
            /v1/agent/members /v1/agent/schedulers /v1/agent/schedulers/config /v1/agent/host /v1/agent/monitor
            /v1/agent/pprof/cmdline /v1/services /v1/service/ml-training /v1/scaling/policies
            /v1/operator/raft/configuration /v1/operator/keyring/keys /v1/operator/autopilot/configuration
            /v1/operator/autopilot/health /v1/operator/snapshot /v1/operator/scheduler/configuration /v1/event/stream
            /v1/namespaces /v1/vars /v1/var/nomad/jobs /.well-known/openid-configuration /debug/pprof/
            /v1/operator/license`),
        { request: "PUT /v1/jobs", body: JSON.stringify({ Job: JOB }) },
        { request: "PUT /v1/validate/job", body: JSON.stringify({ Job: JOB }) },
        { request: "PUT /v1/jobs/parse", body: JSON.stringify({ JobHCL: 'job "a" { group "g" {} }' }) },
        { request: "PUT /v1/job/ml-train/dispatch", body: "{}" },
        { request: "DELETE /v1/job/ml-training" },
        { request: "PUT /v1/acl/bootstrap", body: "{}" },
        { request: "PUT /v1/acl/token", body: JSON.stringify({ Name: "stranger", Type: "management" }) },
        { request: "PUT /v1/acl/identity/client-introduction-token", body: "{}" },
        { request: "PUT /v1/search", body: JSON.stringify({ Prefix: "ml", Context: "jobs" }) },
        { request: "PUT /v1/system/gc", body: "" },
        { request: "PUT /v1/var/stranger", body: JSON.stringify({ Path: "stranger", Items: { a: "b" } }) },
        { request: `PUT /v1/client/allocation/${allocation}/restart`, body: JSON.stringify({ TaskName: "train" }) },
        ...[
            ["GET /v1/acl/token/self", "says that who asks is nobody"],
            ["GET /v1/agent/health", "says that the agent is alive; what a health check asks"],
            ["GET /v1/status/leader", "address of the leader on the stack's own network"],
            ["GET /v1/status/peers", "addresses of the servers on the stack's own network"],
            ["GET /v1/regions", "the name of the one region"],
            ["GET /.well-known/jwks.json", "public keys, with which Consul checks identities"],
            ["GET /ui/", "the files of the web page; what it shows is asked for with a token"],
            ["GET /v1/metrics", "Nomad asks nobody for a token there: counts, and names of jobs and ids of runs"],
        ].map(([request = "", open]) => ({ request, open })),
        // Nomad asks nobody for a token there either; without the gossip key nobody is joined.
        { request: "PUT /v1/agent/join?address=127.0.0.1:1", body: "", open: "tries to join, and joins nobody" },
    ];
}

/** What of Nomad's API a client answers by itself. */
export function nomadClientDoors({ allocation }: Existing): Door[] {
    return [
        ...closed(`/v1/jobs /v1/agent/self /v1/agent/host /v1/agent/monitor /v1/agent/pprof/cmdline /v1/client/stats
            /v1/client/metadata /v1/client/identity /v1/client/fs/ls/${allocation}
            /v1/client/fs/logs/${allocation}?task=train&type=stdout /v1/client/allocation/${allocation}/stats
            /v1/client/gc /debug/pprof/`),
        { request: "PUT /v1/jobs", body: JSON.stringify({ Job: JOB }) },
        { request: `PUT /v1/client/allocation/${allocation}/restart`, body: JSON.stringify({ TaskName: "train" }) },
        { request: "GET /v1/agent/health", open: "says that the agent is alive; what a health check asks" },
        { request: "GET /v1/metrics", open: "as the server's" },
    ];
}

/** Consul's API by its routes (agent/http_register.go). */
export function consulDoors(node: string): Door[] {
    return [
        ...closed(`/v1/acl/policies /v1/acl/tokens /v1/acl/token/self /v1/acl/roles /v1/acl/auth-methods
            /v1/acl/binding-rules /v1/acl/replication /v1/acl/templated-policies /v1/agent/self /v1/agent/host
            /v1/agent/version /v1/agent/monitor /v1/agent/metrics /v1/agent/services /v1/agent/checks /v1/agent/members
            /v1/agent/health/service/name/nomad /v1/agent/connect/ca/leaf/pushgateway /v1/catalog/nodes
            /v1/catalog/services /v1/catalog/service/nomad /v1/catalog/node/${node} /v1/config/service-defaults
            /v1/connect/ca/configuration /v1/connect/intentions /v1/coordinate/datacenters /v1/coordinate/nodes
            /v1/event/list /v1/health/node/${node} /v1/health/state/any /v1/health/service/nomad /v1/internal/ui/nodes
            /v1/internal/ui/services /v1/internal/ui/catalog-overview /v1/kv/?recurse /v1/kv/mlops/training/epochs
            /v1/operator/raft/configuration /v1/operator/keyring /v1/operator/usage /v1/operator/autopilot/configuration
            /v1/operator/autopilot/health /v1/operator/autopilot/state /v1/peerings /v1/query /v1/session/list
            /v1/snapshot`),
        { request: "PUT /v1/kv/stranger", body: "a" },
        { request: "DELETE /v1/kv/mlops/?recurse" },
        { request: "PUT /v1/acl/bootstrap", body: "{}" },
        { request: "PUT /v1/acl/token", body: JSON.stringify({ Description: "stranger" }) },
        { request: "PUT /v1/agent/service/register", body: JSON.stringify({ Name: "pushgateway", Port: 1 }) },
        { request: "PUT /v1/catalog/register", body: JSON.stringify({ Node: "stranger", Address: "127.0.0.1" }) },
        { request: "PUT /v1/txn", body: JSON.stringify([{ KV: { Verb: "set", Key: "stranger", Value: "YQ==" } }]) },
        { request: "PUT /v1/session/create", body: "{}" },
        { request: "PUT /v1/event/fire/stranger", body: "" },
        { request: "PUT /v1/agent/leave", body: "" },
        { request: "PUT /v1/agent/reload", body: "" },
        { request: "PUT /v1/agent/maintenance?enable=true", body: "" },
        { request: "POST /v1/peering/token", body: JSON.stringify({ PeerName: "stranger" }) },
        { request: "PUT /v1/snapshot", body: "" },
        ...[
            ["GET /v1/status/leader", "address of the leader on the stack's own network"],
            ["GET /v1/status/peers", "addresses of the servers on the stack's own network"],
            ["GET /v1/catalog/datacenters", "the name of the one datacenter"],
            ["GET /v1/connect/ca/roots", "public certificates"],
            ["GET /v1/agent/connect/ca/roots", "public certificates"],
            ["GET /ui/", "the files of the web page; what it shows is asked for with a token"],
        ].map(([request = "", open]) => ({ request, open })),
    ];
}

/** Prometheus': everything is behind the password. */
export const PROMETHEUS_DOORS: readonly Door[] = [
    ...closed(`/ /-/ready /-/healthy /metrics /query /api/v1/query?query=up /api/v1/series?match[]=up /api/v1/labels
        /api/v1/targets /api/v1/status/config /api/v1/status/flags /api/v1/rules /api/v1/alerts /federate?match[]=up
        /debug/pprof/`),
    { request: "POST /-/reload", body: "" },
    { request: "POST /-/quit", body: "" },
    { request: "POST /api/v1/admin/tsdb/snapshot", body: "" },
    { request: "POST /api/v1/write", body: "" },
];

/** Pushgateway's: everything is behind the passwords. */
export const PUSHGATEWAY_DOORS: readonly Door[] = [
    ...closed("/ /-/ready /-/healthy /metrics /api/v1/metrics /api/v1/status /status /debug/pprof/"),
    { request: "PUT /metrics/job/stranger", body: "a 1\n" },
    { request: "POST /metrics/job/stranger", body: "a 1\n" },
    { request: "DELETE /metrics/job/kept" },
    { request: "PUT /api/v1/admin/wipe", body: "" },
    { request: "PUT /-/quit", body: "" },
];

/** Grafana's, where it is part of the stack. */
export const GRAFANA_DOORS: readonly Door[] = [
    ...closed(`/api/org /api/user /api/users /api/datasources /api/search /api/dashboards/home /api/admin/settings
        /api/folders /api/annotations /api/datasources/proxy/uid/prometheus/api/v1/query?query=up`),
    { request: "POST /api/user/signup", body: JSON.stringify({ email: "stranger@example.com" }) },
    { request: "POST /api/dashboards/db", body: JSON.stringify({ dashboard: { title: "stranger" } }) },
    { request: "GET /api/health", open: "says that the database answers; what a health check asks" },
    { request: "GET /login", open: "the page that asks for a password" },
    { request: "GET /metrics", open: "what Prometheus scrapes: counts of requests, no dashboards and no data" },
];

/** A training's own metrics, on the stack's network. */
export const TASK_DOORS: readonly Door[] = [
    {
        request: "GET /metrics",
        open: "what Prometheus scrapes: the gauges of one run, which it reads and nobody writes",
    },
];
