import type { PanelQuery } from "../../dashboards";

export interface Series {
    readonly metric: Readonly<Record<string, string>>;
    /** [unix seconds, value] of an instant query. */
    readonly value?: readonly [number, string];
    /** The same for every step of a range query. */
    readonly values?: readonly (readonly [number, string])[];
}

/** Such as who asks. */
export type Headers = Readonly<Record<string, string>>;

/** Asks Prometheus for the value of an expression now. @throws Error with Prometheus' own words if it refuses. */
export async function valueNow(url: string, query: string, headers: Headers = {}): Promise<Series[]> {
    return ask(`${url}/api/v1/query`, { query }, headers);
}

/** Asks what Grafana asks for a panel: the last quarter of an hour in steps, or the value now. */
export async function answer(url: string, { expr, instant }: PanelQuery, headers: Headers = {}): Promise<Series[]> {
    const end = Date.now() / 1000;
    const range = { start: String(end - 900), end: String(end), step: "1" };
    return instant
        ? valueNow(url, expr, headers)
        : ask(`${url}/api/v1/query_range`, { query: expr, ...range }, headers);
}

async function ask(url: string, parameters: Record<string, string>, headers: Headers): Promise<Series[]> {
    const response = await fetch(url, { method: "POST", body: new URLSearchParams(parameters), headers });
    const body = (await response.json()) as { status: string; error?: string; data?: { result: Series[] } };
    if (body.status !== "success" || !body.data) {
        throw new Error(`Prometheus refused ${parameters.query}: ${body.error}`);
    }
    return body.data.result;
}
