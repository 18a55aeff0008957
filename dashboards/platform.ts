import type * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboardFrame } from "./dashboard-frame";
import { addRows } from "./layout";
import { healthRow } from "./platform-health";
import { jobsRow } from "./platform-nomad";
import { resourcesRow } from "./platform-resources";
import { scrapesRow } from "./platform-scrapes";
import { storageRow } from "./platform-storage";

/** Whether the platform under the trainings is well. */
export function platformDashboard(): dashboard.Dashboard {
    const builder = dashboardFrame({
        uid: "mlops-platform",
        title: "Platform",
        description: "The servers under the trainings: health, jobs, nodes, scrapes and storage.",
        refresh: "5s",
    });
    return addRows(builder, [healthRow(), jobsRow(), resourcesRow(), scrapesRow(), storageRow()]);
}
