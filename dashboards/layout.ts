import type * as cog from "@grafana/grafana-foundation-sdk/cog";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";

/** Grafana's grid is 24 columns wide. */
const GRID_COLUMNS = 24;
/**
 * Grafana migrates the options of panels that do not say which version wrote them: an XY chart without a version is
 * taken for one of before 10.4, whose options meant something else, and draws nothing.
 */
const PANEL_VERSION = "12.0.0";

/** A panel and its size in grid units: 24 columns wide, about 38 pixels a unit high. */
export interface Cell {
    readonly panel: cog.Builder<dashboard.Panel>;
    readonly width: number;
    readonly height: number;
}

export interface Row {
    readonly title: string;
    readonly cells: readonly Cell[];
}

/** Puts the rows one below another, their panels from left to right, and numbers them all from 1. */
export function addRows(builder: dashboard.DashboardBuilder, rows: readonly Row[]): dashboard.Dashboard {
    const panels: (dashboard.Panel | dashboard.RowPanel)[] = [];
    let top = 0;
    for (const row of rows) {
        const header = new dashboard.RowBuilder(row.title).gridPos({ x: 0, y: top, w: GRID_COLUMNS, h: 1 }).build();
        panels.push({ ...header, id: panels.length + 1 });
        top += 1;
        let left = 0;
        let lineHeight = 0;
        for (const { panel, width, height } of row.cells) {
            if (left + width > GRID_COLUMNS) {
                top += lineHeight;
                left = lineHeight = 0;
            }
            const gridPos = { x: left, y: top, w: width, h: height };
            panels.push({ ...panel.build(), id: panels.length + 1, pluginVersion: PANEL_VERSION, gridPos });
            left += width;
            lineHeight = Math.max(lineHeight, height);
        }
        top += lineHeight;
    }
    return { ...builder.build(), panels };
}
