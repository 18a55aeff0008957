import { canonicalJson } from "./canonical-json";
import { platformDashboard } from "./platform";
import { trainingDashboard } from "./training";

export { DATASOURCE_UID } from "./datasource";
export { mayBeEmpty, needsAnEpoch } from "./empty-panels";
export { panelQueries, type PanelQuery } from "./panel-queries";
export { platformDashboard, trainingDashboard };

/** Every dashboard as canonical JSON in Grafana's classic schema, by name. */
export function dashboardsJson(): Record<string, string> {
    return { platform: canonicalJson(platformDashboard()), training: canonicalJson(trainingDashboard()) };
}
