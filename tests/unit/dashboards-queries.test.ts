import { trainingDashboard } from "../../dashboards";
import { panelQueries } from "../../dashboards/panel-queries";
import { COUNTERS, KNOWN_METRICS, metricUses, syntaxErrors } from "./promql";

/** The Training dashboard with one panel that has one query. */
function boardWith(expr: string, interval = "1s") {
    const board = trainingDashboard();
    const panel = { ...board.panels?.[1], title: "P", targets: [{ refId: "A", expr, interval, instant: true }] };
    return { ...board, panels: [panel] } as unknown as typeof board;
}

const filled = (expr: string, choices = {}, window = { rangeSeconds: 900, maxDataPoints: 1000 }, interval = "1s") =>
    panelQueries(boardWith(expr, interval), choices, window)[0]?.expr;

describe("variables are filled in as Grafana fills them", () => {
    test("All is the variable's own allValue", () => {
        expect(filled('up{model=~"$model", run_id=~"${run}"}')).toBe('up{model=~".*", run_id=~".*"}');
    });

    test("one value is escaped for a pattern in a string, several are an alternation", () => {
        expect(filled('up{model=~"$model"}', { model: ["a.b(c)"] })).toBe('up{model=~"a\\\\.b\\\\(c\\\\)"}');
        expect(filled('up{model=~"$model"}', { model: ["a", "b|c"] })).toBe('up{model=~"(a|b\\\\|c)"}');
    });

    test("durations follow the range, the points and the scrape interval", () => {
        expect(filled("a[$__range]")).toBe("a[900s]");
        expect(filled("a[$__interval]")).toBe("a[1s]");
        expect(filled("a[$__interval]", {}, { rangeSeconds: 86_400, maxDataPoints: 1000 })).toBe("a[87s]");
        expect(filled("a[$__rate_interval]")).toBe("a[4s]");
        expect(filled("a[$__rate_interval]", {}, undefined, "5s")).toBe("a[20s]");
        expect(filled("a[$__rate_interval]", {}, { rangeSeconds: 86_400, maxDataPoints: 1000 }, "5s")).toBe("a[92s]");
    });

    test("what label_replace refers to stays", () => {
        expect(filled('label_replace(up, "a", "$1", "b", "(.*)")')).toBe('label_replace(up, "a", "$1", "b", "(.*)")');
    });

    test("a variable that nothing defines is refused", () => {
        expect(() => filled('up{a=~"$cluster"}')).toThrow("$cluster");
    });
});

describe("the checks on queries can fail", () => {
    test("bad PromQL is found", () => {
        expect(syntaxErrors("rate(a[5m]")).not.toEqual([]);
        expect(syntaxErrors("sum by (a (b)")).not.toEqual([]);
        expect(syntaxErrors("sum by (a) (b)")).toEqual([]);
    });

    test("a metric is found wherever it stands, with what is around it", () => {
        expect(metricUses("sum(rate(a_total[5m])) / b unless on (x) count(c)")).toEqual([
            { metric: "a_total", within: ["rate", "sum"] },
            { metric: "b", within: [] },
            { metric: "c", within: ["count"] },
        ]);
    });

    test("the catalogue knows what is a counter, and knows nothing that is not there", () => {
        expect(COUNTERS.has("prometheus_tsdb_head_samples_appended_total")).toBe(true);
        expect(COUNTERS.has("training_loss")).toBe(false);
        expect(KNOWN_METRICS.has("training_loss")).toBe(true);
        expect(KNOWN_METRICS.has("training_lose")).toBe(false);
    });
});
