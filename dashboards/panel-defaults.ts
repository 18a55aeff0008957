import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { DATASOURCE } from "./datasource";
import { Target, targets } from "./prometheus-targets";

/** What every panel says of itself. The unit is an id of Grafana's, such as `bytes`; `none` for a bare number. */
export interface PanelText {
    readonly title: string;
    readonly description: string;
    readonly unit: string;
}

/** Lines in time. Gaps are gaps: a line drawn across one would claim samples that do not exist. */
export function lines(text: PanelText, ...queries: readonly Target[]): timeseries.PanelBuilder {
    return new timeseries.PanelBuilder()
        .title(text.title)
        .description(text.description)
        .unit(text.unit)
        .datasource(DATASOURCE)
        .targets(targets(...queries))
        .lineWidth(2)
        .fillOpacity(0)
        .showPoints(common.VisibilityMode.Auto)
        .pointSize(4)
        .spanNulls(false)
        .legend(bottomLegend())
        .tooltip(allAtOnce());
}

/** Figures, one a series: the newest value. */
export function figures(text: PanelText, ...queries: readonly Target[]): stat.PanelBuilder {
    return new stat.PanelBuilder()
        .title(text.title)
        .description(text.description)
        .unit(text.unit)
        .datasource(DATASOURCE)
        .targets(targets(...queries))
        .reduceOptions(newest())
        .graphMode(common.BigValueGraphMode.None)
        .colorMode(common.BigValueColorMode.Value)
        .thresholds(steps([{ value: null, color: "text" }]));
}

/** Horizontal bars, one a series: the newest value. */
export function bars(text: PanelText, ...queries: readonly Target[]): bargauge.PanelBuilder {
    return new bargauge.PanelBuilder()
        .title(text.title)
        .description(text.description)
        .unit(text.unit)
        .datasource(DATASOURCE)
        .targets(targets(...queries))
        .reduceOptions(newest())
        .orientation(common.VizOrientation.Horizontal)
        .displayMode(common.BarGaugeDisplayMode.Basic)
        .valueMode(common.BarGaugeValueMode.Color)
        .showUnfilled(true)
        .minVizHeight(16)
        .maxVizHeight(32)
        .thresholds(steps([{ value: null, color: "blue" }]));
}

/** Colours from a value upwards; the first step has none and covers everything below the second. */
export function steps(list: dashboard.Threshold[]): dashboard.ThresholdsConfigBuilder {
    return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(list);
}

/** Words and colours for the values of a state metric. */
export function words(states: Readonly<Record<string, { text: string; color: string }>>): dashboard.ValueMapping[] {
    const options = Object.fromEntries(
        Object.entries(states).map(([value, state], index) => [value, { ...state, index }]),
    );
    return [{ type: dashboard.MappingType.ValueToText, options }];
}

export function bottomLegend(): common.VizLegendOptionsBuilder {
    return new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .calcs([]);
}

function allAtOnce(): common.VizTooltipOptionsBuilder {
    return new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending);
}

function newest(): common.ReduceDataOptionsBuilder {
    return new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false);
}
