import { quoted } from "./hcl";

/** `uid:gid` of Nomad and of its tasks. The official image has no user of its own; any unprivileged one will do. */
export const NOMAD_USER = "1000:1000";

/** Directory of what an agent reads, in its container. */
export const AGENT_DIRECTORY = "/nomad/agent";
export const AGENT_FILE = `${AGENT_DIRECTORY}/agent.hcl`;
export const CLIENT_SCRIPT = `${AGENT_DIRECTORY}/client.sh`;

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
 * goes by label).
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

/**
 * What a client's script may do: introduce its node to the server, and, when it leaves, see which of its tasks are to
 * stop and stop the children of a job that is gone.
 */
export const CLIENT_LEAVE_RULES = `namespace "default" {
  capabilities = ["list-jobs", "read-job", "submit-job"]
}
node {
  policy = "write"
}
`;

/** Where a client finds the token for its leave script. */
export const LEAVE_TOKEN_FILE = `${AGENT_DIRECTORY}/leave-token`;

/**
 * Runs the agent and, when Docker stops it, first lets it finish the stops Nomad has asked of it: a stopped agent leaves
 * its task containers behind for ever, so `pulumi destroy` would leave a training running. Tasks that are meant to go
 * on do go on: a restarted client finds them again. Docker's grace period bounds the wait, and without a server there
 * is nobody to ask, so it ends at once.
 *
 * A purged job takes its allocations out of the server's list before the client has ended them, and a task counts as
 * ended a moment before its container is removed. Nomad's log collector lives as long as the container it collects
 * from, so where no task is to go on, the last collector tells that all containers are gone.
 * Children of a parameterized job outlive its removal (hashicorp/nomad#6970); those are stopped here too.
 */
export function clientScript(nodeName: string, serverUrl: string): string {
    return `#!/bin/sh
export NOMAD_ADDR=${serverUrl}

# Ids of all jobs; fails when nobody answers.
jobs() {
    answer=$(nomad operator api /v1/jobs 2>/dev/null) && [ "\${answer%%[!\\[]*}" = "[" ] || return 1
    echo "$answer" | sed 's/"ID":"/\\n&/g' | sed -n 's/^"ID":"\\([^"]*\\)".*/\\1/p'
}

# This node's allocations that are not over: what is wanted of them, and their job.
allocations() {
    nomad alloc status -t '{{range .}}{{if eq .NodeName "${nodeName}"}}{{if or (eq .ClientStatus "running") (eq .ClientStatus "pending")}}{{.DesiredStatus}} {{.JobID}}
{{end}}{{end}}{{end}}' 2>/dev/null
}

# What still has to end, a line each. A job is looked up by its id up to the first slash: a dispatched child by its parent's.
leaving() {
    staying=0
    while read -r desired job; do
        [ -n "$job" ] || continue
        parent="\${job%%/*}"
        if [ "$desired" = run ] && echo "$existing" | grep -qxF "$parent"; then
            staying=1
            continue
        fi
        [ "$desired" != run ] || [ "$job" = "$parent" ] || nomad job stop -detach -purge -yes "$job" >/dev/null 2>&1
        echo "$job"
    done <<EOF
$known
EOF
    [ $staying = 1 ] || ps -o args 2>/dev/null | grep '[l]ogmon'
}

leave() {
    export NOMAD_TOKEN="$(cat ${LEAVE_TOKEN_FILE})"
    while existing=$(jobs) && known=$(allocations); do
        here=$(leaving)
        [ -n "$here" ] || break
        echo "leaving: waiting for" $here
    done
    kill -TERM $agent
}

# The server takes no new node without an introduction, which is good for five minutes. A node that it knows has a secret
# of its own by then, and a server that is away is asked by the agent later.
introduction() {
    NOMAD_TOKEN="$(cat ${LEAVE_TOKEN_FILE})" nomad node intro create -node-name=${nodeName} -t '{{.JWT}}' 2>/dev/null
}

trap leave TERM INT
NOMAD_CLIENT_INTRO_TOKEN="$(introduction)" nomad agent -config=${AGENT_FILE} &
agent=$!
# A trapped signal ends the first wait; the second one is for the agent itself.
wait $agent
wait $agent
`;
}
