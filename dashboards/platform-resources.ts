import { Row } from "./layout";
import { lines } from "./panel-defaults";
import { overTime, withShortAllocation, withShortNode } from "./platform-series";

/** What nodes have and what allocations take of it. */
export function resourcesRow(): Row {
    const third = { width: 8, height: 8 };
    const half = { width: 12, height: 8 };
    return {
        title: "Nodes and allocations",
        cells: [
            { panel: nodeProcessor(), ...third },
            { panel: nodeMemory(), ...third },
            { panel: nodeDisk(), ...third },
            { panel: allocationProcessor(), ...half },
            { panel: allocationMemory(), ...half },
        ],
    };
}

function nodeProcessor() {
    const description = "Processor use of each node, all its cores together being 100 %.";
    const expr = withShortNode("avg by (node_id) (nomad_client_host_cpu_total_percent)");
    return lines({ title: "Node CPU", description, unit: "percent" }, overTime(expr, "{{node}}")).min(0).max(100);
}

function nodeMemory() {
    const description = "Memory of each node: what it has, what is in use, and what Nomad has promised to allocations.";
    const mebibyte = 1024 * 1024;
    const series = (metric: string) => withShortNode(`max by (node_id) (${metric})`);
    return lines(
        { title: "Node memory", description, unit: "bytes" },
        overTime(series("nomad_client_host_memory_total"), "{{node}} total"),
        overTime(series("nomad_client_host_memory_used"), "{{node}} used"),
        overTime(series(`nomad_client_allocated_memory * ${mebibyte}`), "{{node}} promised"),
    ).axisSoftMin(0);
}

function nodeDisk() {
    const description = "How full each disk of each node is.";
    const expr = withShortNode("max by (node_id, disk) (nomad_client_host_disk_used_percent)");
    return lines({ title: "Node disks", description, unit: "percent" }, overTime(expr, "{{node}} {{disk}}"))
        .min(0)
        .max(100);
}

// Nomad's own label `job` gives way to the scrape job's and becomes `exported_job`.
const ALLOCATION = "exported_job, task, alloc_id";
const ALLOCATION_LEGEND = "{{exported_job}} {{allocation}} {{task}}";

function allocationProcessor() {
    const description = "Processor use of each task; 100 % is one core.";
    const expr = withShortAllocation(`sum by (${ALLOCATION}) (nomad_client_allocs_cpu_total_percent)`);
    return lines(
        { title: "Allocation CPU", description, unit: "percent" },
        overTime(expr, ALLOCATION_LEGEND),
    ).axisSoftMin(0);
}

function allocationMemory() {
    const description =
        "Memory of each task (solid) and its limit (dashed), above which the kernel kills it. The Docker driver reports usage; others report resident memory.";
    const used = `sum by (${ALLOCATION}) (nomad_client_allocs_memory_usage or nomad_client_allocs_memory_rss)`;
    const limit = `sum by (${ALLOCATION}) (nomad_client_allocs_memory_allocated)`;
    return lines(
        { title: "Allocation memory", description, unit: "bytes" },
        overTime(withShortAllocation(used), ALLOCATION_LEGEND),
        overTime(withShortAllocation(limit), `${ALLOCATION_LEGEND} limit`),
    )
        .axisSoftMin(0)
        .overrideByRegexp("/limit$/", [
            { id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } },
            { id: "custom.lineWidth", value: 1 },
        ]);
}
