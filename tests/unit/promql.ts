import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import catalogue from "../../dashboards/metrics-catalogue.json";

/** A place in an expression that reads a metric. */
export interface MetricUse {
    readonly metric: string;
    /** Functions and aggregations around it, innermost first. */
    readonly within: readonly string[];
}

const SOURCES: readonly { counters: readonly string[]; gauges: readonly string[] }[] = Object.values(catalogue);

/** Every metric that the servers and the trainer of this stack really have. */
export const KNOWN_METRICS: ReadonlySet<string> = new Set(
    SOURCES.flatMap(({ counters, gauges }) => [...counters, ...gauges]),
);

/** Those that only ever grow, and mean something as a rate only. */
export const COUNTERS: ReadonlySet<string> = new Set(SOURCES.flatMap(({ counters }) => counters));

/** The pieces of an expression that are no PromQL; none if it is valid. */
export function syntaxErrors(expr: string): string[] {
    const errors: string[] = [];
    parser.parse(expr).iterate({
        enter: ({ type, from, to }) => {
            if (type.isError) {
                errors.push(`at ${from}: ${expr.slice(from, to) || "something is missing"}`);
            }
        },
    });
    return errors;
}

export function metricUses(expr: string): MetricUse[] {
    const uses: MetricUse[] = [];
    parser.parse(expr).iterate({
        enter: ({ type, node }) => {
            const name = type.name === "VectorSelector" ? node.getChild("Identifier") : null;
            if (name) {
                uses.push({ metric: expr.slice(name.from, name.to), within: around(node, expr) });
            }
        },
    });
    return uses;
}

function around(node: SyntaxNode, expr: string): string[] {
    const names: string[] = [];
    for (let parent = node.parent; parent; parent = parent.parent) {
        const head = parent.getChild("FunctionIdentifier") ?? parent.getChild("AggregateOp");
        if (head) {
            names.push(expr.slice(head.from, head.to));
        }
    }
    return names;
}
