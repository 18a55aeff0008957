import type * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import type * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";

/** A query of a panel as Grafana sends it to Prometheus, variables filled in. */
export interface PanelQuery {
    readonly panel: string;
    readonly refId: string;
    readonly expr: string;
    /** Whether Grafana asks for the value now or for a line in time. */
    readonly instant: boolean;
}

/** What is chosen for each variable: values, or nothing for "All". */
export type Choices = Readonly<Record<string, readonly string[]>>;

/** The dashboard's time range, and how many points a panel asks for at most. */
export interface Window {
    readonly rangeSeconds: number;
    readonly maxDataPoints: number;
}

const DEFAULT_WINDOW: Window = { rangeSeconds: 15 * 60, maxDataPoints: 1000 };

/**
 * Every query of every panel, with variables filled in as Grafana fills them: several values become an alternation of
 * escaped values, "All" the variable's own `allValue`, and `$__range`, `$__interval` and `$__rate_interval` durations.
 *
 * @throws Error if a query names a variable that neither the dashboard nor Grafana defines.
 */
export function panelQueries(
    board: dashboard.Dashboard,
    choices: Choices = {},
    window: Window = DEFAULT_WINDOW,
): PanelQuery[] {
    const chosen = chosenValues(board, choices);
    return dataPanels(board).flatMap((panel) =>
        (panel.targets as prometheus.Dataquery[]).map((target) => {
            const maxDataPoints = panel.maxDataPoints ?? window.maxDataPoints;
            const values = { ...chosen, ...durations(target.interval ?? "15s", { ...window, maxDataPoints }) };
            const instant = target.instant === true;
            return { panel: panel.title ?? "", refId: target.refId ?? "", expr: filled(target.expr, values), instant };
        }),
    );
}

/** The panels that ask for data: not the rows' headers. */
export function dataPanels(board: dashboard.Dashboard): dashboard.Panel[] {
    return (board.panels ?? []).filter((panel): panel is dashboard.Panel => panel.type !== "row");
}

function chosenValues(board: dashboard.Dashboard, choices: Choices): Record<string, string> {
    const variables = board.templating.list ?? [];
    return Object.fromEntries(
        variables.map((variable) => {
            const values = choices[variable.name] ?? [];
            return [variable.name, values.length > 0 ? alternation(values) : (variable.allValue ?? ".*")];
        }),
    );
}

function alternation(values: readonly string[]): string {
    const escaped = values.map(escapedForRegex);
    return escaped.length === 1 ? escaped.join() : `(${escaped.join("|")})`;
}

/** As Grafana's Prometheus datasource does it: for a regular expression within a PromQL string, hence two backslashes. */
function escapedForRegex(value: string): string {
    return value.replace(/\\/g, "\\\\\\\\").replace(/[$^*{}[\]+?.()|]/g, "\\\\$&");
}

function durations(scrapeInterval: string, { rangeSeconds, maxDataPoints }: Window): Record<string, string> {
    const scrape = Number.parseFloat(scrapeInterval);
    const step = Math.max(scrape, Math.ceil(rangeSeconds / maxDataPoints));
    return {
        __range: `${rangeSeconds}s`,
        __interval: `${step}s`,
        __rate_interval: `${Math.max(step + scrape, 4 * scrape)}s`,
    };
}

/** `$1` and the like belong to `label_replace`; Grafana leaves what it does not know, and so they arrive. */
function filled(expr: string, values: Readonly<Record<string, string>>): string {
    return expr.replace(/\$(\w+)|\$\{(\w+)[^}]*\}/g, (whole, bare: string | undefined, braced: string | undefined) => {
        const name = bare ?? braced ?? "";
        if (/^\d+$/.test(name)) {
            return whole;
        }
        const value = values[name];
        if (value === undefined) {
            throw new Error(`A query uses $${name}, which nothing defines: ${expr}`);
        }
        return value;
    });
}
