import { containsUnknown, type Properties } from "../resource-provider";

/** The text of a job, with what its parser needs. */
export interface Jobspec {
    text: string;
    json: boolean;
    /** HCL2 variables, all as text. */
    vars: Record<string, string>;
}

/** What identifies a job on a cluster. */
export interface JobIdentity {
    id: string;
    namespace: string;
}

/** Undefined while a preview does not know the text or a variable. */
export function jobspecOf({ jobspec, json, hcl2 }: Properties): Jobspec | undefined {
    if (containsUnknown([jobspec, json, hcl2])) {
        return undefined;
    }
    const { vars = {} } = (hcl2 as { vars?: Record<string, string> } | undefined) ?? {};
    return { text: jobspec as string, json: json === true, vars };
}

/** A parsed HCL jobspec: blocks by type and label, expressions as `${…}` text. */
export interface HclTree {
    job?: Record<string, { id?: unknown; namespace?: unknown }[]>;
    variable?: Record<string, { type?: unknown; default?: unknown }[]>;
}

/** @throws with the parser's message. Needs no server. */
export async function parseHcl(text: string): Promise<HclTree> {
    // Loaded on first use: it is a megabyte of WebAssembly that most calls do not need.
    const { parse } = await import("@cdktn/hcl2json");
    return (await parse("jobspec.nomad.hcl", text)) as HclTree;
}

/** What Nomad's parser refuses that can be told without Nomad; undefined when there is nothing. */
export async function syntaxFailure(spec: Jobspec): Promise<string | undefined> {
    try {
        return spec.json ? void parseJson(spec.text) : variableFailure(await parseHcl(spec.text), spec.vars);
    } catch (error) {
        return `error parsing jobspec: ${(error as Error).message}`;
    }
}

/** The job in a JSON jobspec, with or without the "Job" root that `nomad job run -output` prints. */
export function parseJson(text: string): Properties {
    const root = JSON.parse(text) as unknown;
    const job = isObject(root) && "Job" in root ? root.Job : root;
    if (!isObject(job) || Object.keys(job).length === 0) {
        throw new Error("input JSON is not a valid Nomad jobspec");
    }
    return job;
}

function variableFailure(tree: HclTree, vars: Record<string, string>): string | undefined {
    const jobs = Object.values(tree.job ?? {}).flat();
    if (jobs.length !== 1) {
        return `error parsing jobspec: expected one job block, found ${jobs.length}`;
    }
    const declared = tree.variable ?? {};
    const undeclared = Object.keys(vars).filter((name) => !Object.hasOwn(declared, name));
    if (undeclared.length > 0) {
        return `error parsing jobspec: hcl2.vars sets ${undeclared.join(", ")}, for which the jobspec has no variable block`;
    }
    const unset = Object.entries(declared)
        .filter(([name, [block]]) => block && !("default" in block) && !Object.hasOwn(vars, name))
        .map(([name]) => name);
    return unset.length === 0
        ? undefined
        : `error parsing jobspec: unset variable ${unset.join(", ")}: it has no default, so set it in hcl2.vars`;
}

/**
 * `vars` as the HCL variable file that Nomad's parse endpoint takes. A text means what it means after `-var name=text`
 * (`expressionFromVariableDefinition` in nomad/jobspec2): an expression, unless the variable is a string, a number or
 * has no type.
 */
export function variableFile(tree: HclTree, vars: Record<string, string>): string {
    const line = ([name, text]: [string, string]) => {
        const type = tree.variable?.[name]?.[0]?.type;
        const literal = type === undefined || type === "${string}" || type === "${number}";
        return `${name} = ${literal ? hclString(text) : text}\n`;
    };
    return Object.entries(vars).map(line).join("");
}

/** HCL knows JSON's escapes but \b and \f, and `${` and `%{` begin templates. */
function hclString(text: string): string {
    const escaped = JSON.stringify(text).replace(/\\([bf\\])/g, (whole, letter) =>
        letter === "b" ? "\\u0008" : letter === "f" ? "\\u000c" : whole,
    );
    return escaped.replace(/[$%]\{/g, (opening) => `${opening[0]}${opening}`);
}

/** The identity as far as it can be told without Nomad: undefined when it is computed in the jobspec. */
export async function identityWithoutServer(spec: Jobspec): Promise<JobIdentity | undefined> {
    if (spec.json) {
        return identityOf(parseJson(spec.text));
    }
    const [label, [block] = []] = Object.entries((await parseHcl(spec.text)).job ?? {})[0] ?? [];
    const { id = label, namespace = "default" } = block ?? {};
    const computed = [id, namespace].some((part) => typeof part !== "string" || part.includes("${"));
    return computed ? undefined : { id: id as string, namespace: namespace as string };
}

/** The identity of a job as Nomad's API has it. */
export function identityOf(job: Properties): JobIdentity {
    return { id: (job.ID ?? job.Name) as string, namespace: (job.Namespace as string | undefined) || "default" };
}

function isObject(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
