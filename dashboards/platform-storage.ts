import { Row } from "./layout";
import { lines } from "./panel-defaults";
import { overTime } from "./platform-series";

/** What Prometheus keeps and how much room that takes. */
export function storageRow(): Row {
    const half = { width: 12, height: 8 };
    return {
        title: "Prometheus and Consul",
        cells: [
            { panel: storage(), ...half },
            { panel: series(), ...half },
            { panel: samples(), ...half },
            { panel: services(), ...half },
        ],
    };
}

/** What counts towards the size bound: blocks, write-ahead log and the head's chunks. */
export const STORAGE_BYTES =
    "prometheus_tsdb_storage_blocks_bytes + prometheus_tsdb_wal_storage_size_bytes + prometheus_tsdb_head_chunks_storage_size_bytes";

function storage() {
    const description = "Disk space that Prometheus' samples take, and the bound at which it deletes the oldest.";
    return lines(
        { title: "Storage", description, unit: "bytes" },
        overTime(`sum(${STORAGE_BYTES})`, "used"),
        overTime("sum(prometheus_tsdb_retention_limit_bytes)", "bound"),
    )
        .axisSoftMin(0)
        .overrideByName("bound", [{ id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } }]);
}

function series() {
    const description = "Series that Prometheus holds in memory.";
    return lines(
        { title: "Series in memory", description, unit: "short" },
        overTime("sum(prometheus_tsdb_head_series)", "series"),
    ).axisSoftMin(0);
}

function samples() {
    const description = "Samples that Prometheus stores per second.";
    return lines(
        { title: "Samples stored", description, unit: "cps" },
        overTime("sum(rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval]))", "samples"),
    ).axisSoftMin(0);
}

function services() {
    const description = "Services and their instances registered in Consul, by whichever server counts most.";
    return lines(
        { title: "Services in Consul", description, unit: "none" },
        overTime("max(consul_state_services)", "services"),
        overTime("max(consul_state_service_instances)", "instances"),
    )
        .decimals(0)
        .axisSoftMin(0);
}
