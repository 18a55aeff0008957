import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { alertRules, RULES, RUNBOOKS } from "../../alerts/alert-rules";
import { KNOWN_METRICS, metricUses, syntaxErrors } from "./promql";

test("the rules file is the same every time, and has every rule once", () => {
    expect(alertRules()).toBe(alertRules());
    const file = parse(alertRules()) as { groups: { rules: { alert: string }[] }[] };
    const names = file.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    expect(names).toEqual(RULES.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
});

describe.each(RULES.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
    test("asks in valid PromQL", () => {
        expect(syntaxErrors(rule.expr)).toEqual([]);
    });

    test("asks for metrics that exist", () => {
        const uses = metricUses(rule.expr);
        expect(uses).not.toEqual([]);
        expect(uses.filter(({ metric }) => !KNOWN_METRICS.has(metric))).toEqual([]);
    });

    test("says what it means in whole sentences, and its runbook has a section", () => {
        expect(rule.summary).toMatch(/^\S.*\.$/);
        expect(rule.description).toMatch(/^\S.*\.$/);
        const runbooks = readFileSync(path.join(__dirname, "../..", RUNBOOKS), "utf8");
        expect(runbooks.split("\n")).toContain(`### ${name}`);
    });
});

test("the runbooks have no section of an alert that is no more", () => {
    const runbooks = readFileSync(path.join(__dirname, "../..", RUNBOOKS), "utf8");
    const sections = [...runbooks.matchAll(/^### (\w+)$/gm)].map((match) => match[1]);
    expect(sections.sort()).toEqual(RULES.map(({ name }) => name).sort());
});
