import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as table from "@grafana/grafana-foundation-sdk/table";
import { DATASOURCE } from "./datasource";
import { Row } from "./layout";
import { bars, steps, words } from "./panel-defaults";
import { targets } from "./prometheus-targets";
import { OUTCOMES } from "./training-now";
import { column, ofEnded, overRange, rightNow } from "./training-series";

/** What came out: the best of every run side by side, and a line a finished run. */
export function resultsRow(): Row {
    return {
        title: "Results",
        cells: [
            { panel: bestAccuracy(), width: 12, height: 7 },
            { panel: lowestLoss(), width: 12, height: 7 },
            { panel: finishedRuns(), width: 24, height: 9 },
        ],
    };
}

function bestAccuracy() {
    const description = "Highest accuracy on the validation split that each run reached within the time range.";
    return bars(
        { title: "Best validation accuracy", description, unit: "percentunit" },
        rightNow(overRange("max", "training_validation_accuracy")),
    )
        .min(0)
        .max(1)
        .thresholds(steps([{ value: null, color: "green" }]))
        .noValue("No epoch completed yet");
}

function lowestLoss() {
    const description = "Lowest loss on the validation split that each run reached within the time range.";
    return bars(
        { title: "Lowest validation loss", description, unit: "none" },
        rightNow(overRange("min", "training_validation_loss")),
    )
        .min(0)
        .decimals(3)
        .noValue("No epoch completed yet");
}

interface Column {
    readonly name: string;
    readonly expr: string;
    readonly properties: dashboard.DynamicConfigValue[];
}

const lastOf = (metric: string) => ofEnded(overRange("last", metric));
const fixed = (unit: string, decimals: number) => [
    { id: "unit", value: unit },
    { id: "decimals", value: decimals },
];

const COLUMNS: readonly Column[] = [
    {
        name: "Outcome",
        expr: lastOf("training_status"),
        properties: [
            // Whoever ended without a word was lost.
            { id: "mappings", value: words({ ...OUTCOMES, "0": { text: "Lost", color: "orange" } }) },
            { id: "custom.cellOptions", value: { type: "color-text" } },
        ],
    },
    { name: "Epochs", expr: lastOf("training_epoch"), properties: fixed("none", 0) },
    { name: "Loss", expr: lastOf("training_loss"), properties: fixed("none", 4) },
    { name: "Validation loss", expr: lastOf("training_validation_loss"), properties: fixed("none", 4) },
    { name: "Accuracy", expr: lastOf("training_accuracy"), properties: fixed("percentunit", 1) },
    { name: "Validation accuracy", expr: lastOf("training_validation_accuracy"), properties: fixed("percentunit", 1) },
    {
        name: "Duration",
        expr: `${overRange("last", "training_finished_timestamp_seconds")} - ${overRange("last", "training_started_timestamp_seconds")}`,
        properties: fixed("s", 1),
    },
    {
        name: "Finished",
        expr: `1000 * ${overRange("last", "training_finished_timestamp_seconds")}`,
        properties: [{ id: "unit", value: "dateTimeAsIso" }],
    },
];

function finishedRuns() {
    const panel = new table.PanelBuilder()
        .title("Finished runs")
        .description(
            "Every run that ended within the time range, with its last values. Outcomes stay here after Pushgateway has forgotten the run.",
        )
        .unit("none")
        .datasource(DATASOURCE)
        .targets(targets(...COLUMNS.map(({ expr }) => column(expr))))
        .transformations([{ id: "merge", options: {} }, tidyColumns()])
        .cellHeight(common.TableCellHeight.Sm)
        .sortBy([new common.TableSortByFieldStateBuilder().displayName("Finished").desc(true)])
        .noValue("–");
    for (const { name, properties } of COLUMNS) {
        panel.overrideByName(name, properties);
    }
    return panel;
}

/** Grafana calls the value of query B `Value #B`; the moment of asking and the long id say nothing to a reader. */
function tidyColumns(): dashboard.DataTransformerConfig {
    const values = COLUMNS.map((_column, index) => `Value #${String.fromCharCode("A".charCodeAt(0) + index)}`);
    const names = COLUMNS.map(({ name }) => name);
    return {
        id: "organize",
        options: {
            excludeByName: { Time: true, run_id: true },
            indexByName: Object.fromEntries(
                ["model", "experiment", "run", ...values].map((field, index) => [field, index]),
            ),
            renameByName: {
                model: "Model",
                experiment: "Experiment",
                run: "Run",
                ...Object.fromEntries(values.map((value, index) => [value, names[index]])),
            },
        },
    };
}
