import * as common from "@grafana/grafana-foundation-sdk/common";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import { DATASOURCE } from "./datasource";
import { Row } from "./layout";
import { bars, bottomLegend, figures, steps, words } from "./panel-defaults";
import { targets } from "./prometheus-targets";
import { count, inTime, live, newest, ofEnded, ofRunning, overRange, rightNow } from "./training-series";

/** Words for `training_status`; a run that ended with 0 never said how it ended. */
export const OUTCOMES = {
    "0": { text: "Running", color: "blue" },
    "1": { text: "Succeeded", color: "green" },
    "2": { text: "Failed", color: "red" },
};

/** What is running, how far it is, and what has become of the rest. */
export function nowRow(): Row {
    return {
        title: "Now",
        cells: [
            { panel: runningNow(), width: 4, height: 4 },
            { panel: succeeded(), width: 4, height: 4 },
            { panel: failedOrLost(), width: 4, height: 4 },
            { panel: progress(), width: 6, height: 4 },
            { panel: timeLeft(), width: 6, height: 4 },
            { panel: statusInTime(), width: 24, height: 5 },
        ],
    };
}

function runningNow() {
    const description = "Runs that are training and gave a sign of life in the last 15 seconds.";
    return figures(
        { title: "Running", description, unit: "none" },
        count(ofRunning(newest("training_status"))),
    ).thresholds(
        steps([
            { value: null, color: "text" },
            { value: 1, color: "blue" },
        ]),
    );
}

function succeeded() {
    const description = "Runs within the time range that finished and reported success.";
    return figures(
        { title: "Succeeded", description, unit: "none" },
        count(`(${ofEnded(overRange("last", "training_status"))}) == 1`),
    ).thresholds(
        steps([
            { value: null, color: "text" },
            { value: 1, color: "green" },
        ]),
    );
}

function failedOrLost() {
    const description =
        "Runs within the time range that reported a failure, or fell silent without reporting anything: killed, out of memory, or cut off.";
    return figures(
        { title: "Failed or lost", description, unit: "none" },
        count(`(${ofEnded(overRange("last", "training_status"))}) != 1`),
    ).thresholds(
        steps([
            { value: null, color: "text" },
            { value: 1, color: "red" },
        ]),
    );
}

function progress() {
    const description = "Share of the planned epochs that each running run has completed.";
    const share = `${newest("training_epoch")} / ${newest("training_epochs")}`;
    return bars({ title: "Progress", description, unit: "percentunit" }, rightNow(ofRunning(share)))
        .min(0)
        .max(1)
        .decimals(0)
        .noValue("Nothing is running");
}

function timeLeft() {
    const description =
        "Time each running run still needs if its remaining epochs take as long as its completed ones did. Known from the first completed epoch on.";
    const left = `(${newest("training_epochs")} - ${newest("training_epoch")})`;
    const elapsed = `(time() - ${newest("training_started_timestamp_seconds")})`;
    const expr = `${left} * ${elapsed} / (${newest("training_epoch")} > 0)`;
    return figures({ title: "Time left", description, unit: "s" }, rightNow(ofRunning(expr)))
        .decimals(0)
        .textMode(common.BigValueTextMode.ValueAndName)
        .noValue("Nothing is running");
}

function statusInTime() {
    const description =
        "When each run was running and how it ended. The bar of a run ends with its last sign of life: one that stops blue was killed or cut off.";
    return new statetimeline.PanelBuilder()
        .title("Status")
        .description(description)
        .unit("none")
        .datasource(DATASOURCE)
        .targets(targets(inTime(live("training_status"))))
        .mappings(words(OUTCOMES))
        .thresholds(steps([{ value: null, color: "text" }]))
        .mergeValues(true)
        .showValue(common.VisibilityMode.Auto)
        .rowHeight(0.8)
        .fillOpacity(80)
        .lineWidth(0)
        .legend(bottomLegend());
}
