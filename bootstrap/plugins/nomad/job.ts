import { diffProperties } from "../property-diff";
import {
    type DiffResult,
    InitializationError,
    type OperationOptions,
    type Properties,
    type ResourceType,
    type Schema,
    schemaResource,
} from "../resource-provider";
import type { ConfiguredNomad } from "./client";
import { allocationIds, findJob, JOB_OUTPUTS, jobOutputs } from "./job-outputs";
import { compareJobspecs, jobspecFailure, parseJob, planJob } from "./job-parser";
import { awaitDeployment } from "./job-wait";
import { identityOf, type Jobspec, jobspecOf } from "./jobspec";

/** The official provider's default create and update timeout. */
const TIMEOUT_SECONDS = 5 * 60;

const off = { type: "boolean", default: false } as const;
const on = { type: "boolean", default: true } as const;

const options: Schema = {
    json: off,
    hcl2: {
        type: {
            object: {
                allowFs: {
                    type: "boolean",
                    default: false,
                    refuse: (allowed: boolean) =>
                        allowed
                            ? "not supported by this stand-in plugin: Nomad's server, which parses here, reads no files."
                            : undefined,
                },
                vars: { type: { map: "string" } },
            },
        },
    },
    detach: on,
    deregisterOnDestroy: on,
    deregisterOnIdChange: on,
    policyOverride: off,
    preserveCounts: off,
    purgeOnDestroy: off,
    readAllocationIds: off,
    rerunIfDead: off,
};

const inputs: Schema = { jobspec: { type: "string", required: true }, ...options };

/** Outputs that registering a job again may change. */
const CHANGING = JOB_OUTPUTS.filter((output) => !["name", "namespace", "region", "createIndex"].includes(output));

export function job(nomad: ConfiguredNomad): ResourceType {
    return schemaResource(
        {
            inputs,
            outputs: JOB_OUTPUTS,
            refuse: async (given) => {
                if (given.json === true && given.hcl2 !== undefined) {
                    return [{ property: "hcl2", reason: "goes with an HCL jobspec only, and json is true." }];
                }
                const spec = jobspecOf(given);
                const reason = spec && (await jobspecFailure(nomad.apiIfConfigured, spec));
                return reason ? [{ property: "jobspec", reason }] : [];
            },
        },
        {
            diff: (id, state, news, oldInputs) => diffJob(nomad, id, state, news, oldInputs),
            changedOutputs: () => CHANGING,
            create: (news, options) => register(nomad, news, {}, options),
            update: async (id, state, news, options) => {
                const registered = await register(nomad, news, state, options);
                if (registered.id !== id && news.deregisterOnIdChange) {
                    throw new Error(`The job ${id} became ${registered.id} in an update, which must be a replacement.`);
                }
                return registered.state;
            },
            read: (id, state) => readJob(nomad, id, state),
            delete: async (id, state) => {
                if (state.deregisterOnDestroy === false) {
                    return;
                }
                const query = { purge: state.purgeOnDestroy === true, namespace: namespaceOf(state) };
                await nomad.api.remove(`/v1/job/${encodeURIComponent(id)}`, { query });
            },
        },
    );
}

const namespaceOf = (state: Properties) => (state.namespace as string | undefined) || "default";

async function register(
    nomad: ConfiguredNomad,
    news: Properties,
    state: Properties,
    options: OperationOptions,
): Promise<{ id: string; state: Properties }> {
    const spec = jobspecOf(news) as Jobspec;
    const parsed = await parseJob(nomad.api, spec);
    const identity = identityOf(parsed);
    const body = {
        Job: { ...parsed, Namespace: identity.namespace },
        PolicyOverride: news.policyOverride,
        PreserveCounts: news.preserveCounts,
        Submission: { Source: spec.text, Format: spec.json ? "json" : "hcl2", VariableFlags: spec.vars },
    };
    const answer = await nomad.api.send<{ EvalID: string }>("PUT", "/v1/jobs", { body, signal: options.signal });
    let deployment: Properties = { deploymentId: "", deploymentStatus: "" };
    try {
        if (news.detach === false && answer.EvalID !== "") {
            const found = await awaitDeployment(nomad.api, answer.EvalID, {
                namespace: identity.namespace,
                deadline: Date.now() + (options.timeoutSeconds || TIMEOUT_SECONDS) * 1000,
                signal: options.signal,
                status: options.status,
            });
            deployment = { deploymentId: found?.ID ?? "", deploymentStatus: found?.Status ?? "" };
        }
    } catch (error) {
        const reason = `error waiting for job '${identity.id}' to schedule/deploy successfully: ${(error as Error).message}`;
        const half = await currentState(nomad, identity, { ...state, ...news, ...deployment });
        throw new InitializationError(identity.id, half ?? { ...state, ...news, ...deployment }, [reason]);
    }
    const current = await currentState(nomad, identity, { ...news, ...deployment });
    if (!current) {
        throw new Error(`Nomad registered the job ${identity.id} but has none by that id in ${identity.namespace}.`);
    }
    return { id: identity.id, state: current };
}

/** The state with what Nomad has now; undefined when the job is gone. */
async function currentState(
    nomad: ConfiguredNomad,
    identity: { id: string; namespace: string },
    properties: Properties,
): Promise<Properties | undefined> {
    const found = await findJob(nomad.api, identity);
    return (
        found && {
            deploymentId: "",
            deploymentStatus: "",
            ...properties,
            ...jobOutputs(found),
            allocationIds: properties.readAllocationIds ? await allocationIds(nomad.api, identity) : [],
        }
    );
}

async function readJob(nomad: ConfiguredNomad, id: string, state: Properties) {
    const found = await currentState(nomad, { id, namespace: namespaceOf(state) }, state);
    if (found && found.jobspec === undefined) {
        throw new Error(`The nomad stand-in plugin cannot import the job ${id}: that needs the official plugin.`);
    }
    return found && { id, state: found };
}

async function diffJob(
    nomad: ConfiguredNomad,
    id: string,
    state: Properties,
    news: Properties,
    oldInputs: Properties,
): Promise<DiffResult> {
    const found = diffProperties(options, state, news, oldInputs);
    const diffs = [...found.diffs];
    const replaces = [...found.replaces];
    // The state's status is as of the last refresh: the official provider looks at nothing newer either.
    if (news.rerunIfDead === true && state.status === "dead") {
        diffs.push("status");
    }
    if (state.jobspec !== news.jobspec) {
        const changed = await diffJobspec(nomad, id, state, news);
        diffs.push(...changed.diffs);
        replaces.push(...changed.replaces);
    }
    return { changes: diffs.length > 0, diffs, replaces };
}

async function diffJobspec(nomad: ConfiguredNomad, id: string, state: Properties, news: Properties) {
    const current = jobspecOf(news);
    if (!current) {
        return { diffs: ["jobspec"], replaces: [] };
    }
    const old = { ...current, text: state.jobspec as string };
    const { same, identity } = await compareJobspecs(nomad.api, old, current);
    if (same) {
        return { diffs: [], replaces: [] };
    }
    if (identity && identity.namespace !== namespaceOf(state)) {
        return { diffs: ["jobspec", "namespace"], replaces: ["namespace"] };
    }
    if (identity && identity.id !== id) {
        const replaces = news.deregisterOnIdChange === true ? ["name"] : [];
        return { diffs: ["jobspec", "name"], replaces };
    }
    await refuseConcurrentChange(nomad, current, state, news);
    return { diffs: ["jobspec"], replaces: [] };
}

/** The official provider plans a changed job and stops when someone else has changed it since the last refresh. */
async function refuseConcurrentChange(nomad: ConfiguredNomad, spec: Jobspec, state: Properties, news: Properties) {
    const parsed = await parseJob(nomad.api, spec).catch(() => undefined);
    const plan = parsed && (await planJob(nomad.api, parsed, news.policyOverride === true));
    if (plan && String(plan.JobModifyIndex) !== state.modifyIndex) {
        throw new Error(
            `job modify index has changed since last refresh: it was ${state.modifyIndex as string}, now it is ` +
                `${plan.JobModifyIndex}. Run \`pulumi refresh\` first.`,
        );
    }
}
