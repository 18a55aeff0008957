import { stringify } from "yaml";
import { PLATFORM_RULES } from "./platform-rules";
import type { Rule } from "./rule";
import { TRAINING_RULES } from "./training-rules";

/** Where the sections are that say what to do about an alert. */
export const RUNBOOKS = "docs/runbooks.md";

/** Every alerting rule. */
export const RULES: readonly Rule[] = [...TRAINING_RULES, ...PLATFORM_RULES];

/** The alerting rules as a Prometheus rules file. */
export function alertRules(): string {
    const groups = [
        { name: "training", rules: TRAINING_RULES.map(ruleEntry) },
        { name: "platform", rules: PLATFORM_RULES.map(ruleEntry) },
    ];
    return stringify({ groups }, { lineWidth: 0 });
}

function ruleEntry(rule: Rule): object {
    return {
        alert: rule.name,
        expr: rule.expr,
        ...(rule.for && { for: rule.for }),
        ...(rule.keepFiringFor && { keep_firing_for: rule.keepFiringFor }),
        labels: { severity: rule.severity },
        annotations: {
            summary: rule.summary,
            description: rule.description,
            runbook: `${RUNBOOKS}#${rule.name.toLowerCase()}`,
        },
    };
}
