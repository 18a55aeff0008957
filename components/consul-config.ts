import { quoted } from "./hcl";

/** Secrets a Consul server starts with. */
export interface ConsulSecrets {
    /** 32 random bytes, base64: encrypts gossip between agents. */
    readonly gossipKey: string;
    /** UUID: the initial management token. */
    readonly managementToken: string;
    /** UUID: the token that the agent uses for itself. It is made, with its few rights, once Consul answers. */
    readonly agentToken: string;
}

/** Parts of the HTTP API that nothing here uses and that would answer strangers, or keep them waiting. */
const UNUSED_ENDPOINTS = [
    "/v1/acl/replication",
    "/v1/agent/version",
    "/v1/coordinate/",
    "/v1/event/",
    "/v1/peering",
    "/v1/query",
];

/**
 * Configuration of a single Consul server with access control on: without a token nothing can be read.
 * Keys are those of Consul's agent configuration reference.
 *
 * Nomad's client keeps connections for every task, and for a while after its end; 200 from one address, the default, are
 * used up by a hundred short tasks, and the next ones fail (HTTP 429; `npm run bench:jobs`).
 *
 * A keyring file would be read in the place of the key that is configured here, so a changed key would change nothing.
 */
export function consulServerConfig(nodeName: string, secrets: ConsulSecrets): string {
    return `datacenter = "dc1"
node_name = ${quoted(nodeName)}
server = true
bootstrap_expect = 1
bind_addr = "0.0.0.0"
advertise_addr = "{{ GetInterfaceIP \\"eth0\\" }}"
client_addr = "0.0.0.0"
encrypt = ${quoted(secrets.gossipKey)}
disable_keyring_file = true
leave_on_terminate = false
disable_update_check = true
enable_script_checks = false
performance {
  raft_multiplier = 1
}
acl {
  enabled = true
  default_policy = "deny"
  down_policy = "extend-cache"
  enable_token_persistence = true
  tokens {
    initial_management = ${quoted(secrets.managementToken)}
    agent = ${quoted(secrets.agentToken)}
  }
}
limits {
  http_max_conns_per_client = 8192
}
http_config {
  block_endpoints = ${JSON.stringify(UNUSED_ENDPOINTS)}
}
telemetry {
  prometheus_retention_time = "60s"
  disable_hostname = true
}
connect {
  enabled = true
}
ports {
  dns = -1
  grpc = 8502
  grpc_tls = -1
}
ui_config {
  enabled = true
}
`;
}

/** What Nomad's agents may do in Consul: register their services and take them away again, and see nodes. */
export const NOMAD_AGENT_RULES = `agent_prefix "" {
  policy = "read"
}
node_prefix "" {
  policy = "read"
}
service_prefix "" {
  policy = "write"
}
`;

/** What Prometheus may see in Consul: where services are and how the agent does. */
export const PROMETHEUS_RULES = `agent_prefix "" {
  policy = "read"
}
node_prefix "" {
  policy = "read"
}
service_prefix "" {
  policy = "read"
}
`;

/** What a training task may read: the training defaults, and where services are. */
export function trainingTaskRules(keyPrefix: string): string {
    return `key_prefix ${quoted(keyPrefix)} {
  policy = "read"
}
service_prefix "" {
  policy = "read"
}
node_prefix "" {
  policy = "read"
}
`;
}
