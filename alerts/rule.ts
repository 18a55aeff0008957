/** How bad it is: critical asks somebody to act now, warning to look within the day. */
export type Severity = "critical" | "warning";

/** One alerting rule. */
export interface Rule {
    /** Also the anchor of its section in `docs/runbooks.md`, in lower case. */
    readonly name: string;
    readonly expr: string;
    /** How long it must hold before it fires, as a Prometheus duration; at once if left out. */
    readonly for?: string;
    /** How long it goes on firing when the cause is gone, so that what lasts seconds is seen. */
    readonly keepFiringFor?: string;
    readonly severity: Severity;
    /** One line; may use `{{ $labels.x }}` and `{{ $value }}`. */
    readonly summary: string;
    /** What it means and what to look at first. */
    readonly description: string;
}
