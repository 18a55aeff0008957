import { isDeepStrictEqual } from "node:util";
import { HttpError, type JsonApi, UnreachableError } from "../json-api";
import type { Properties } from "../resource-provider";
import {
    identityOf,
    identityWithoutServer,
    type JobIdentity,
    type Jobspec,
    parseHcl,
    parseJson,
    syntaxFailure,
    variableFile,
} from "./jobspec";

/** A preview must not wait long for a server that is not there yet. */
const PREVIEW_TIMEOUT_MS = 5_000;

/**
 * The job as Nomad's own parser reads it. The official provider has that parser built in; this one asks the server.
 * @throws {HttpError} 400 when Nomad refuses the jobspec.
 */
export async function parseJob(api: JsonApi, spec: Jobspec, canonicalize = false): Promise<Properties> {
    if (spec.json) {
        return parseJson(spec.text);
    }
    const Variables = variableFile(await parseHcl(spec.text), spec.vars);
    const body = { JobHCL: spec.text, Variables, Canonicalize: canonicalize };
    return api.send<Properties>("POST", "/v1/jobs/parse", { body });
}

/** Why a jobspec is refused, undefined when it is not. Without a server only its syntax and its variables are checked. */
export async function jobspecFailure(api: JsonApi | undefined, spec: Jobspec): Promise<string | undefined> {
    const failure = await syntaxFailure(spec);
    if (failure || !api) {
        return failure;
    }
    try {
        await parseJob(api.within(PREVIEW_TIMEOUT_MS), spec);
        return undefined;
    } catch (error) {
        if (error instanceof HttpError && error.status === 400) {
            return `error parsing jobspec: ${error.answer}`;
        }
        return absent(error);
    }
}

export interface Comparison {
    same: boolean;
    /** Of the new jobspec; undefined when only a server could tell. */
    identity: JobIdentity | undefined;
}

/** Compares two jobspecs by meaning: whitespace, comments and defaults written out do not count. */
export async function compareJobspecs(api: JsonApi, old: Jobspec, current: Jobspec): Promise<Comparison> {
    const bounded = api.within(PREVIEW_TIMEOUT_MS);
    let job: Properties;
    try {
        job = await parseJob(bounded, current, true);
    } catch (error) {
        absent(error);
        return { same: await sameTree(old, current), identity: await identityWithoutServer(current) };
    }
    const oldJob = await parseJob(bounded, old, true).catch(() => undefined);
    return { same: isDeepStrictEqual(oldJob, job), identity: identityOf(job) };
}

async function sameTree(old: Jobspec, current: Jobspec): Promise<boolean> {
    const tree = (spec: Jobspec) => (spec.json ? Promise.resolve(parseJson(spec.text)) : parseHcl(spec.text));
    try {
        return isDeepStrictEqual(await tree(old), await tree(current));
    } catch {
        return false;
    }
}

export interface Plan {
    JobModifyIndex: number;
}

/** Nomad's plan; undefined when there is none to be had, which the official provider only warns of. */
export async function planJob(api: JsonApi, job: Properties, policyOverride: boolean): Promise<Plan | undefined> {
    const { id, namespace } = identityOf(job);
    const body = { Job: { ...job, Namespace: namespace }, Diff: false, PolicyOverride: policyOverride };
    const path = `/v1/job/${encodeURIComponent(id)}/plan`;
    try {
        return await api.within(PREVIEW_TIMEOUT_MS).send<Plan>("PUT", path, { body, query: { namespace } });
    } catch (error) {
        if (error instanceof HttpError || error instanceof UnreachableError) {
            return undefined;
        }
        throw error;
    }
}

/** Passes over a server that is not there or does not let us parse, and nothing else. */
function absent(error: unknown): undefined {
    if (error instanceof UnreachableError || (error instanceof HttpError && error.status !== 400)) {
        return undefined;
    }
    throw error;
}
