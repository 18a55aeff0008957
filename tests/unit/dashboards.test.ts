import { readFileSync } from "node:fs";
import * as path from "node:path";
import type * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import type * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import { DATASOURCE_UID, dashboardsJson, platformDashboard, trainingDashboard } from "../../dashboards";
import { NAMED_PANELS } from "../../dashboards/empty-panels";
import { dataPanels, panelQueries } from "../../dashboards/panel-queries";
import { COUNTERS, KNOWN_METRICS, metricUses, syntaxErrors } from "./promql";

const BOARDS = { training: trainingDashboard(), platform: platformDashboard() };
const GOLDEN = path.join(__dirname, "../golden/dashboards");

describe.each(Object.entries(dashboardsJson()))("%s as JSON", (name, json) => {
    test("is what is committed (write it anew with `npx tsx dashboards/write-golden.ts`)", () => {
        expect(json).toBe(readFileSync(path.join(GOLDEN, `${name}.json`), "utf8"));
    });

    test("is the same every time", () => {
        expect(dashboardsJson()[name]).toBe(json);
    });
});

describe.each(Object.entries(BOARDS))("the %s dashboard", (name, board) => {
    const panels = dataPanels(board);
    const each = panels.map((panel) => [panel.title ?? "", panel] as const);

    test("has the uid that links and the provider rely on", () => {
        expect(board.uid).toBe(`mlops-${name}`);
        expect(board.schemaVersion).toBe(42);
    });

    test("has a panel of every title once, and an id once", () => {
        expect(new Set(each.map(([title]) => title)).size).toBe(panels.length);
        const ids = (board.panels ?? []).map(({ id }) => id);
        expect(ids).toEqual(ids.map((_id, index) => index + 1));
    });

    test("has no panels one over another, and none beyond the grid", () => {
        const taken = new Map<string, string>();
        for (const panel of board.panels ?? []) {
            const { x, y, w, h } = panel.gridPos as dashboard.GridPos;
            expect(x + w).toBeLessThanOrEqual(24);
            for (const cell of cells(x, y, w, h)) {
                expect([panel.title, taken.get(cell)]).toEqual([panel.title, undefined]);
                taken.set(cell, panel.title ?? "");
            }
        }
    });

    test("leaves no gap in a line of panels", () => {
        const widths = new Map<number, number>();
        for (const { gridPos } of panels) {
            widths.set(gridPos?.y ?? 0, (widths.get(gridPos?.y ?? 0) ?? 0) + (gridPos?.w ?? 0));
        }
        expect([...widths.values()].filter((width) => width !== 24)).toEqual([]);
    });

    test("uses only the one datasource", () => {
        const json = JSON.stringify({ ...board, annotations: {} });
        const uids = [...json.matchAll(/"datasource":\{"type":"(\w+)","uid":"([^"]*)"\}/g)];
        expect(uids.length).toBeGreaterThan(panels.length);
        expect(new Set(uids.map((match) => `${match[1]}/${match[2]}`))).toEqual(
            new Set([`prometheus/${DATASOURCE_UID}`]),
        );
    });

    test.each(each)("%s: has a title, a description and a unit", (_title, panel) => {
        expect(panel.title).toMatch(/^[A-Z]\S*( \S+)*$/);
        expect(panel.description).toMatch(/\.$/);
        expect(panel.fieldConfig?.defaults.unit).toMatch(/^[a-zA-Z]+$/);
    });

    test.each(each)("%s: says which version wrote it, or Grafana would migrate its options", (_title, panel) => {
        expect(panel.pluginVersion).toMatch(/^12\./);
    });

    test.each(each)("%s: has queries with a refId each and a legend where there is one", (_title, panel) => {
        const targets = (panel.targets ?? []) as prometheus.Dataquery[];
        expect(targets.length).toBeGreaterThan(0);
        expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
        for (const { format, legendFormat } of targets) {
            expect(format === "table" || legendFormat !== "__auto").toBe(true);
        }
    });

    const queries = panelQueries(board).map((query) => [query.panel, query.refId, query.expr] as const);

    test.each(queries)("%s, query %s: is valid PromQL", (_panel, _refId, expr) => {
        expect(syntaxErrors(expr)).toEqual([]);
        expect(expr.replace(/"\$\d+"/g, "")).not.toContain("$");
    });

    test.each(queries)("%s, query %s: reads metrics that exist", (_panel, _refId, expr) => {
        const uses = metricUses(expr);
        expect(uses).not.toEqual([]);
        expect(uses.filter(({ metric }) => !KNOWN_METRICS.has(metric))).toEqual([]);
    });

    test.each(queries)("%s, query %s: reads counters as rates", (_panel, _refId, expr) => {
        const bare = metricUses(expr).filter(
            ({ metric, within }) => COUNTERS.has(metric) && !["rate", "increase"].includes(within[0] ?? ""),
        );
        expect(bare).toEqual([]);
    });
});

test("the panels that may be empty exist", () => {
    const titles = Object.values(BOARDS).flatMap((board) => dataPanels(board).map(({ title }) => title));
    expect(NAMED_PANELS.filter((title) => !titles.includes(title))).toEqual([]);
});

function cells(x: number, y: number, w: number, h: number): string[] {
    const columns = Array.from({ length: w }, (_unused, index) => x + index);
    const lines = Array.from({ length: h }, (_unused, index) => y + index);
    return columns.flatMap((column) => lines.map((line) => `${column},${line}`));
}
