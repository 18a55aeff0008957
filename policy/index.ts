import { PolicyPack, ResourceValidationPolicy, Secret } from "@pulumi/policy";
import { Resource, readInputs } from "./resource";
import { EVERY_TYPE, RULES, Rule, violations } from "./rules";

new PolicyPack("mlops", { enforcementLevel: "mandatory", policies: RULES.map(policyOf) });

/** A rule as a policy; its configuration is the list `allowed` where it has one. */
function policyOf(rule: Rule): ResourceValidationPolicy {
    const marks = new Map<string, ReadonlySet<string>>();
    return {
        name: rule.name,
        description: rule.description,
        enforcementLevel: rule.advisory ? "advisory" : rule.readsMarks ? "remediate" : "mandatory",
        ...(rule.allowed && { configSchema: configSchema(rule.allowed) }),
        // The framework takes the marks off secrets before it validates, but not before it remediates. A violation of a
        // remediating policy counts as mandatory.
        ...(rule.readsMarks && {
            remediateResource: ({ urn, props }) => {
                marks.set(urn, readInputs(props, unmark).secrets);
            },
        }),
        validateResource: async ({ type, urn, props, getConfig, notApplicable }, report) => {
            if (!(type in rule.judges) && !(EVERY_TYPE in rule.judges)) {
                notApplicable(`There is nothing to judge in ${type}.`);
            }
            const resource: Resource = { type, inputs: readInputs(props, unmark).inputs, secrets: marks.get(urn) };
            const { allowed } = getConfig<{ allowed?: string[] }>();
            (await violations(rule, resource, allowed)).forEach((violation) => report(violation));
        },
    };
}

function configSchema({
    description,
    standard,
}: NonNullable<Rule["allowed"]>): ResourceValidationPolicy["configSchema"] {
    return {
        properties: { allowed: { type: "array", items: { type: "string" }, description, default: [...standard] } },
    };
}

function unmark(value: object): { value: unknown } | undefined {
    return value instanceof Secret ? { value: value.value } : undefined;
}
