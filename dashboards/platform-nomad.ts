import { Row } from "./layout";
import { lines } from "./panel-defaults";
import { overTime } from "./platform-series";

/** What Nomad is asked to run, and how that goes. */
export function jobsRow(): Row {
    const third = { width: 8, height: 8 };
    return {
        title: "Jobs",
        cells: [
            { panel: jobs(), ...third },
            { panel: taskGroups(), ...third },
            { panel: allocations(), ...third },
        ],
    };
}

function jobs() {
    const description =
        "Registered jobs by state. A batch job that is through is dead; a job that waits for dispatches is running.";
    return lines(
        { title: "Jobs by state", description, unit: "none" },
        overTime("max(nomad_nomad_job_status_running)", "running"),
        overTime("max(nomad_nomad_job_status_pending)", "pending"),
        overTime("max(nomad_nomad_job_status_dead)", "dead"),
    )
        .decimals(0)
        .axisSoftMin(0);
}

const GROUP_STATES = ["queued", "starting", "running", "complete", "failed", "lost"] as const;

function taskGroups() {
    const description =
        "Allocations by state, as the Nomad servers know them and until they are garbage-collected, but for dispatched runs: those are among the allocations on nodes. Queued ones wait for a node with room.";
    return lines(
        { title: "Allocations by state", description, unit: "none" },
        ...GROUP_STATES.map((state) => overTime(`sum(nomad_nomad_job_summary_${state})`, state)),
    )
        .decimals(0)
        .axisSoftMin(0);
}

const NODE_STATES = ["running", "pending", "blocked", "terminal"] as const;

function allocations() {
    const description = "Allocations by state, as the Nomad clients know them: what is on the nodes now.";
    return lines(
        { title: "Allocations on nodes", description, unit: "none" },
        ...NODE_STATES.map((state) => overTime(`sum(nomad_client_allocations_${state})`, state)),
    )
        .decimals(0)
        .axisSoftMin(0);
}
