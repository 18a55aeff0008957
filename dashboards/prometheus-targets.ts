import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import { DATASOURCE } from "./datasource";

/**
 * Scrape intervals of the stack. Grafana computes `$__rate_interval` and the smallest step from them, so a target that
 * names a shorter one than its metrics have gets rates of nothing.
 */
export const TRAINING_INTERVAL = "1s";
export const PLATFORM_INTERVAL = "5s";

/** One PromQL query of a panel. */
export interface Target {
    readonly expr: string;
    /** Legend, with labels in `{{braces}}`; tables have none. */
    readonly legend?: string;
    /** range: a line in time. instant: its value now. table: its value now, a row a series and a column a label. */
    readonly kind: "range" | "instant" | "table";
    /** Scrape interval of what the query reads. */
    readonly interval: string;
}

/** Queries of a panel; the first is A, the second B, and so on. */
export function targets(...list: readonly Target[]): prometheus.DataqueryBuilder[] {
    return list.map((target, index) => {
        const query = new prometheus.DataqueryBuilder()
            .datasource(DATASOURCE)
            .refId(String.fromCharCode("A".charCodeAt(0) + index))
            .expr(target.expr)
            .interval(target.interval)
            .editorMode(prometheus.QueryEditorMode.Code);
        const timed = target.kind === "range" ? query.range() : query.instant();
        const format =
            target.kind === "table" ? prometheus.PromQueryFormat.Table : prometheus.PromQueryFormat.TimeSeries;
        return timed.format(format).legendFormat(target.legend ?? "__auto");
    });
}
