import { setTimeout as delay } from "node:timers/promises";
import type { JsonApi } from "../json-api";

interface Evaluation {
    Status: string;
    StatusDescription: string;
    NextEval?: string;
    DeploymentID?: string;
}

interface Deployment {
    ID: string;
    Status: string;
    StatusDescription: string;
}

export interface WaitOptions {
    namespace: string;
    /** Milliseconds since the epoch. */
    deadline: number;
    signal: AbortSignal;
    status(message: string): void;
}

const POLL_MS = 250;

/**
 * Waits for an evaluation and those that follow it, then for the deployment they made, as the official provider does
 * with `detach = false`. A batch or system job has no deployment, so undefined comes back as soon as it is placed, or
 * cannot be: that is no failure of the evaluation.
 * @throws when one of them fails, when the deadline passes, or when the update is cancelled.
 */
export async function awaitDeployment(
    api: JsonApi,
    evaluationId: string,
    options: WaitOptions,
): Promise<Deployment | undefined> {
    let id: string | undefined = evaluationId;
    let deploymentId: string | undefined;
    while (id) {
        const evaluation: Evaluation = await poll<Evaluation>(
            api,
            `evaluation ${id}`,
            `/v1/evaluation/${id}`,
            options,
            "complete",
        );
        deploymentId = evaluation.DeploymentID;
        id = evaluation.NextEval;
    }
    return deploymentId
        ? poll<Deployment>(api, `deployment ${deploymentId}`, `/v1/deployment/${deploymentId}`, options, "successful")
        : undefined;
}

async function poll<T extends { Status: string; StatusDescription: string }>(
    api: JsonApi,
    what: string,
    path: string,
    { namespace, deadline, signal, status }: WaitOptions,
    wanted: string,
): Promise<T> {
    for (;;) {
        const found = await api.send<T>("GET", path, { query: { namespace }, signal });
        if (found.Status === wanted) {
            return found;
        }
        const described = `${what} is ${found.Status}: ${found.StatusDescription || "no description"}`;
        if (found.Status === "failed" || found.Status === "cancelled") {
            throw new Error(described);
        }
        if (Date.now() + POLL_MS > deadline) {
            throw new Error(`${described}; waited for it until the timeout (customTimeouts, 5 minutes by default)`);
        }
        status(described);
        await delay(POLL_MS, undefined, { signal });
    }
}
