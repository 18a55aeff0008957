import * as common from "@grafana/grafana-foundation-sdk/common";
import * as xychart from "@grafana/grafana-foundation-sdk/xychart";
import { DATASOURCE } from "./datasource";
import { bottomLegend, PanelText } from "./panel-defaults";
import { TRAINING_INTERVAL, targets } from "./prometheus-targets";
import { byEpoch } from "./training-series";

/** How validation is told from training. */
export const DASHED = [{ id: "custom.lineStyle", value: { fill: "dash", dash: [6, 6] } }];

/**
 * A chart with epochs on the x axis. The query gives a row an epoch and curve; the transformations make a table a curve of
 * it, as the XY chart wants: in each the first number is x and the other one y.
 *
 * Not one wide table with a column a curve: the XY chart draws its empty cells, of runs with fewer epochs, as zeros.
 * And not the Trend panel, which is still in beta.
 */
export function curveByEpoch(text: PanelText, trainMetric: string, validationMetric: string): xychart.PanelBuilder {
    const expr = `${byEpoch(trainMetric, "train")} or ${byEpoch(validationMetric, "validation")}`;
    return (
        new xychart.PanelBuilder()
            .title(text.title)
            .description(text.description)
            .unit(text.unit)
            .datasource(DATASOURCE)
            .targets(targets({ kind: "table", interval: TRAINING_INTERVAL, expr }))
            // As many steps as the subquery may take: every second of the default range, and no more work over a day.
            .maxDataPoints(1800)
            .transformations([
                // The epoch comes out of a label and is text, which would sort 10 before 2.
                {
                    id: "convertFieldType",
                    options: { fields: {}, conversions: [{ targetField: "epoch", destinationType: "number" }] },
                },
                { id: "sortBy", options: { fields: {}, sort: [{ field: "epoch", desc: false }] } },
                {
                    id: "organize",
                    options: { excludeByName: { Time: true }, indexByName: {}, renameByName: {} },
                },
                { id: "partitionByValues", options: { fields: ["curve"], naming: { asLabels: false } } },
            ])
            .mapping(xychart.SeriesMapping.Auto)
            .series([])
            .show(xychart.XYShowMode.PointsAndLines)
            .pointSize({ fixed: 4 })
            .lineWidth(2)
            .axisLabel(text.title.replace(/ by epoch$/, ""))
            .legend(bottomLegend())
            .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Single))
            .overrideByName("epoch", [
                { id: "unit", value: "none" },
                { id: "decimals", value: 0 },
                { id: "custom.axisLabel", value: "Epoch" },
            ])
            .overrideByRegexp("/validation$/", DASHED)
            .noValue("No epoch completed yet")
    );
}
