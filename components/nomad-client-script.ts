import { AGENT_DIRECTORY, AGENT_FILE } from "./nomad-config";

/** Where a client's script is, in its container. */
export const CLIENT_SCRIPT = `${AGENT_DIRECTORY}/client.sh`;

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
