import { Inputs, Resource, UNKNOWN } from "../../policy/resource";
import { CONTAINER, JOB, REMOTE_IMAGE, RULES, VOLUME, violations } from "../../policy/rules";
import { containerCases, jobCases, otherCases, secretCases, uuid } from "./policy-bad-resources";
import { init, jobText, labels, service, socket } from "./policy-good-resources";

/** The inputs of the good service that are marked as secrets. */
const SECRETS: readonly string[] = ["uploads.0.content"];

async function broken(type: string, inputs: Inputs, secrets: Resource["secrets"]): Promise<string[]> {
    const found = RULES.map(async (rule) =>
        (await violations(rule, { type, inputs, secrets })).map((violation) => `${rule.name}: ${violation}`),
    );
    return (await Promise.all(found)).flat();
}

/** The good job with one text in place of another. */
function job(from: string, to: string): Inputs {
    expect(jobText).toContain(from);
    return { jobspec: jobText.replace(from, to) };
}

test.each<[what: string, type: string, inputs: Inputs, secrets?: string[]]>([
    ["service", CONTAINER, service],
    ["init container", CONTAINER, init],
    [
        "client with the socket",
        CONTAINER,
        { ...service, name: "mlops-nomad-client", labels: labels("nomad-client"), volumes: [socket] },
    ],
    [
        "service of which a preview knows little",
        CONTAINER,
        {
            ...service,
            user: UNKNOWN,
            ports: UNKNOWN,
            memory: UNKNOWN,
            image: UNKNOWN,
            envs: [UNKNOWN],
            uploads: [{ file: "/x", permissions: "0600", content: UNKNOWN }],
        },
    ],
    ["image by digest", REMOTE_IMAGE, { name: `registry.example:5000/web@sha256:${"0".repeat(64)}` }],
    ["job", JOB, { jobspec: jobText }],
    ["job of which a preview knows nothing", JOB, { jobspec: UNKNOWN }],
    ["volume", VOLUME, { name: "mlops-web", labels: labels("web"), driver: "local" }],
    ["provider with a marked token", "pulumi:providers:consul", { token: "x" }, ["token"]],
])("finds nothing in a good %s", async (...[, type, inputs, secrets = SECRETS]) => {
    expect(await broken(type, inputs, new Set(secrets))).toEqual([]);
});

test("finds nothing in a good service whose marks cannot be seen", async () => {
    expect(await broken(CONTAINER, service, undefined)).toEqual([]);
});

/** Both rules about secrets speak of a secret that is neither hidden nor encrypted. */
function byOtherRules(found: string[], rule: string): string[] {
    return found.filter((violation) => !violation.startsWith(rule.startsWith("secrets-") ? "secrets-" : `${rule}: `));
}

test.each([...containerCases, ...secretCases, ...otherCases].map((bad) => ({ title: JSON.stringify(bad), bad })))(
    "is broken: $title",
    async ({ bad: [rule, type, changes, says, secrets = SECRETS] }) => {
        const inputs = type === CONTAINER ? { ...service, ...changes } : changes;
        const found = await broken(type, inputs, new Set(secrets));
        expect(byOtherRules(found, rule)).toEqual([]);
        expect(found.filter((violation) => violation.startsWith(`${rule}: `)).join("\n")).toContain(says);
    },
);

test.each(jobCases)("%s is broken by a job with %j replaced by %j", async (rule, from, to, says) => {
    const found = await broken(JOB, job(from, to), new Set());
    expect(byOtherRules(found, rule)).toEqual([]);
    expect(found.join("\n")).toContain(says);
});

test("refuses a job in JSON, which it cannot judge", async () => {
    expect((await broken(JOB, { jobspec: "{}", json: true }, new Set())).join("\n")).toContain("write it in HCL");
});

test("every rule is broken by at least one case", () => {
    const covered = [...containerCases, ...secretCases, ...otherCases, ...jobCases].map(([rule]) => rule);
    expect(RULES.map(({ name }) => name).filter((name) => !covered.includes(name))).toEqual([]);
});

test("never repeats a secret", async () => {
    const found = await broken(
        CONTAINER,
        {
            ...service,
            envs: [`PASSWORD=geheim-${uuid}`],
            command: ["-token", "geheim"],
        },
        new Set(SECRETS),
    );
    expect(found.length).toBeGreaterThan(2);
    expect(found.join("\n")).not.toMatch(/geheim|01234567/);
});
