import * as common from "@grafana/grafana-foundation-sdk/common";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as table from "@grafana/grafana-foundation-sdk/table";
import { DATASOURCE } from "./datasource";
import { Row } from "./layout";
import { bottomLegend, figures, steps, words } from "./panel-defaults";
import { now, overTime, snapshot } from "./platform-series";
import { targets } from "./prometheus-targets";

/** The servers' own targets: tasks come and go, and one that went is no fault. */
const SERVERS = 'up{job!="training-tasks"}';
const UP_OR_DOWN = words({ "0": { text: "Down", color: "red" }, "1": { text: "Up", color: "green" } });
const YES_OR_NO = words({ "0": { text: "No", color: "red" }, "1": { text: "Yes", color: "green" } });

/** Whether the platform works, at a glance. */
export function healthRow(): Row {
    return {
        title: "Health",
        cells: [
            { panel: serversDown(), width: 4, height: 4 },
            { panel: nodesReady(), width: 4, height: 4 },
            { panel: nomadHealthy(), width: 4, height: 4 },
            { panel: consulLeader(), width: 4, height: 4 },
            { panel: consulHealthy(), width: 4, height: 4 },
            { panel: alertsFiring(), width: 4, height: 4 },
            { panel: serversInTime(), width: 14, height: 7 },
            { panel: activeAlerts(), width: 10, height: 7 },
        ],
    };
}

function serversDown() {
    const description = "Servers that Prometheus could not scrape at its last attempt.";
    return figures(
        { title: "Servers down", description, unit: "none" },
        now(`count(${SERVERS} == 0) or vector(0)`, "servers"),
    ).thresholds(
        steps([
            { value: null, color: "green" },
            { value: 1, color: "red" },
        ]),
    );
}

function nodesReady() {
    const description = "Nomad clients whose heartbeats the leader receives: the nodes that can run jobs.";
    return figures(
        { title: "Nomad nodes", description, unit: "none" },
        now("max(nomad_nomad_heartbeat_active)", "nodes"),
    ).thresholds(
        steps([
            { value: null, color: "red" },
            { value: 1, color: "green" },
        ]),
    );
}

function nomadHealthy() {
    const description = "Nomad has a leader, and its leader finds all Nomad servers healthy. Only a leader reports it.";
    return figures(
        { title: "Nomad healthy", description, unit: "none" },
        now("max(nomad_nomad_autopilot_healthy) or vector(0)", "healthy"),
    ).mappings(YES_OR_NO);
}

function consulLeader() {
    const description = "A Consul server holds the raft leadership: without one, nothing can be registered or changed.";
    return figures(
        { title: "Consul leader", description, unit: "none" },
        now("max(consul_server_isLeader) or vector(0)", "leader"),
    ).mappings(YES_OR_NO);
}

function consulHealthy() {
    const description = "Consul finds all its servers healthy and stable. It takes about ten seconds after a start.";
    return figures(
        { title: "Consul healthy", description, unit: "none" },
        now("max(consul_autopilot_healthy) or vector(0)", "healthy"),
    ).mappings(YES_OR_NO);
}

function alertsFiring() {
    const description = "Alerts that are firing now; which ones is listed below.";
    return figures(
        { title: "Alerts firing", description, unit: "none" },
        now('count(ALERTS{alertstate="firing"}) or vector(0)', "alerts"),
    ).thresholds(
        steps([
            { value: null, color: "green" },
            { value: 1, color: "red" },
        ]),
    );
}

function serversInTime() {
    return new statetimeline.PanelBuilder()
        .title("Servers")
        .description("Whether Prometheus could scrape each server, over time.")
        .unit("none")
        .datasource(DATASOURCE)
        .targets(targets(overTime(SERVERS, "{{instance}}")))
        .mappings(UP_OR_DOWN)
        .thresholds(steps([{ value: null, color: "text" }]))
        .mergeValues(true)
        .showValue(common.VisibilityMode.Never)
        .rowHeight(0.8)
        .fillOpacity(80)
        .lineWidth(0)
        .legend(bottomLegend());
}

function activeAlerts() {
    return new table.PanelBuilder()
        .title("Alerts")
        .description(
            "Alerts that are firing, or about to if what they saw goes on. The runbook has a section for each.",
        )
        .unit("none")
        .datasource(DATASOURCE)
        .targets(
            targets(snapshot("max by (alertname, severity, alertstate, model, experiment, run_id, instance) (ALERTS)")),
        )
        .transformations([
            {
                id: "organize",
                options: {
                    excludeByName: { Time: true, Value: true },
                    indexByName: { alertname: 0, severity: 1, alertstate: 2 },
                    renameByName: { alertname: "Alert", severity: "Severity", alertstate: "State" },
                },
            },
        ])
        .cellHeight(common.TableCellHeight.Sm)
        .noValue("No alerts");
}
