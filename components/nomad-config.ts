import { quoted } from "./hcl";

/** `uid:gid` of Nomad and of its tasks. The official image has no user of its own; any unprivileged one will do. */
export const NOMAD_USER = "1000:1000";

/** Directory of what an agent reads, in its container. */
export const AGENT_DIRECTORY = "/nomad/agent";
export const AGENT_FILE = `${AGENT_DIRECTORY}/agent.hcl`;

/** What every Nomad agent of the stack is told. */
export interface NomadAgent {
    /** Name of the agent, and of the node where it is a client. */
    readonly name: string;
    /** `host:port` of Consul on the stack's network. */
    readonly consulAddress: string;
    /** Consul token of Nomad's agents. */
    readonly consulToken: string;
}

/**
 * Nine series for every dispatched run, for as long as Nomad knows it, would fill Prometheus: their summaries are off.
 * Consul checks Nomad from its own container, where the address that Nomad binds to would be Consul's.
 */
function agentConfig(agent: NomadAgent, dataDirectory: string): string {
    return `datacenter = "dc1"
name = ${quoted(agent.name)}
data_dir = ${quoted(dataDirectory)}
bind_addr = "0.0.0.0"
disable_update_check = true
leave_on_terminate = false
leave_on_interrupt = false
advertise {
  http = "{{ GetInterfaceIP \\"eth0\\" }}"
  rpc = "{{ GetInterfaceIP \\"eth0\\" }}"
  serf = "{{ GetInterfaceIP \\"eth0\\" }}"
}
acl {
  enabled = true
}
telemetry {
  collection_interval = "1s"
  prometheus_metrics = true
  publish_allocation_metrics = true
  publish_node_metrics = true
  disable_hostname = true
  disable_dispatched_job_summary_metrics = true
}
consul {
  address = ${quoted(agent.consulAddress)}
  token = ${quoted(agent.consulToken)}
  auto_advertise = true
  checks_use_advertise = true
  server_auto_join = false
  client_auto_join = false
  service_identity {
    aud = ["consul.io"]
    ttl = "1h"
  }
  task_identity {
    aud = ["consul.io"]
    ttl = "1h"
  }
}
`;
}

/** Where the server keeps its state, in its container. */
export const SERVER_DATA_DIRECTORY = "/nomad/data";

export interface NomadServerAgent extends NomadAgent {
    /** 32 random bytes, base64: whoever does not have it cannot become a server, nor be joined (`/v1/agent/join` asks for no token). */
    readonly gossipKey: string;
}

/**
 * Configuration of a single Nomad server. Keys are those of Nomad's agent configuration reference.
 *
 * A node is missed 10 s (the default grace) after its heartbeat was due, which is 5 to 10 s with this minimum and 10 to
 * 20 s by default: so the runs of a lost node are known to be dead within 30 s, and a client has as long to restart.
 *
 * A job that Nomad has collected is unknown to the next refresh, and the next update would run a finished training once
 * more. So jobs are kept for a year instead of 4 h, and with them what is known of each run. A node that Nomad has
 * collected would be a new one, and a client that was stopped for a day cannot prove that it is not; so nodes are kept
 * as long.
 */
export function nomadServerConfig(agent: NomadServerAgent): string {
    return `${agentConfig(agent, SERVER_DATA_DIRECTORY)}server {
  enabled = true
  bootstrap_expect = 1
  encrypt = ${quoted(agent.gossipKey)}
  node_gc_threshold = "8760h"
  client_introduction {
    enforcement = "strict"
  }
  min_heartbeat_ttl = "5s"
  job_gc_threshold = "8760h"
}
ui {
  enabled = true
}
`;
}

/**
 * Runs the server. Nomad keeps the gossip key of its first start in a file that wins over its configuration, so the file
 * goes first: the key that is configured is the one in use.
 */
export function serverScript(): string {
    return `rm -f ${SERVER_DATA_DIRECTORY}/server/serf.keyring && exec nomad agent -config=${AGENT_FILE}`;
}

/** Nomad's names of the host volumes that every client of the stack offers. */
export const ARTIFACTS_VOLUME = "artifacts";
export const DATA_VOLUME = "data";

export interface NomadClientAgent extends NomadAgent {
    /** `host:port` of the server's RPC on the stack's network. */
    readonly serverAddress: string;
    /** Absolute path that means the same directory to Nomad and to Docker. */
    readonly dataDirectory: string;
    /** Host volumes: absolute paths, as for `dataDirectory`, by Nomad's name. */
    readonly volumes: Readonly<Record<string, string>>;
}

/**
 * Users no task may name. Nomad compares texts, so this is every usual way to write root, and naming no user at all,
 * which is the image's user and mostly root. The docker guard refuses the unusual ways as well.
 */
const ROOT_USERS = ["", "root", "0", "root:root", "0:0", "root:0", "0:root"];

/** Processes and threads a task may have at most, and what it has where it names no bound. Nomad's default is no bound. */
const TASK_PIDS = 1024;

/**
 * Configuration of a Nomad client that runs tasks on the Docker engine it is in.
 *
 * A client that starts while its server is away cannot find the name of it, and would never look again but for
 * `server_join`. Cloud fingerprinters wait for metadata services that are not there (up to 2 s each). The image of a
 * local build must never be collected, and two stacks on one engine must not reap each other's containers (the reaper
 * goes by label). A template's open question to Consul outlives its task, for five minutes by default: eleven connections
 * a run, so a thousand short runs would take a gigabyte of Nomad's memory (measured); hence `block_query_wait`.
 *
 * What a job may ask of the engine is bounded as far as the docker driver can: no privileges, no capabilities, no host
 * paths by name, no other driver. It cannot refuse the host's namespaces or a path behind a link: see docs/docker-guard.md.
 */
export function nomadClientConfig(agent: NomadClientAgent): string {
    const volumes = Object.entries(agent.volumes).map(
        ([name, path]) => `  host_volume ${quoted(name)} {
    path = ${quoted(path)}
  }
`,
    );
    return `${agentConfig(agent, agent.dataDirectory)}client {
  enabled = true
  servers = [${quoted(agent.serverAddress)}]
  server_join {
    retry_join = [${quoted(agent.serverAddress)}]
    retry_interval = "1s"
  }
  network_interface = "eth0"
  template {
    block_query_wait = "10s"
  }
  alloc_mounts_dir = ${quoted(`${agent.dataDirectory}/alloc_mounts`)}
  options = {
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,env_digitalocean"
    "driver.allowlist"     = "docker"
    "user.checked_drivers" = "docker"
    "user.denylist"        = ${quoted(ROOT_USERS.join(","))}
  }
${volumes.join("")}}
plugin "docker" {
  config {
    allow_privileged = false
    allow_caps       = []
    allow_runtimes   = ["runc"]
    pids_limit       = ${TASK_PIDS}
    volumes {
      enabled = false
    }
    gc {
      image = false
      container = true
      dangling_containers {
        enabled = false
      }
    }
    logging {
      type = "json-file"
      config {
        max-size = "10m"
        max-file = "3"
      }
    }
    extra_labels = ["job_name", "task_group_name", "task_name", "namespace", "node_name"]
  }
}
`;
}
