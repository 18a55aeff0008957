import { Nomad } from "./nomad";
import { readOutputs } from "./outputs";
import { Prometheus } from "./prometheus";
import { Ground, Session, openSession } from "./session";
import { UserError, reasonOf } from "./user-error";

/** A stack that is up, as the daily commands use it. */
export interface Platform {
    readonly session: Session;
    readonly nomad: Nomad;
    readonly prometheus: Prometheus;
}

/**
 * Does something on a stack that is up.
 *
 * @throws UserError when there is no stack, or a server does not answer.
 */
export async function onPlatform<T>(ground: Ground, action: (platform: Platform) => Promise<T>): Promise<T> {
    const session = await openSession(ground, "find");
    const outputs = await readOutputs(session.pulumi).catch((error: unknown) => {
        throw /no stack named/.test(reasonOf(error)) ? noStack(ground) : error;
    });
    const { nomadUrl, nomadToken = "", prometheusUrl, metricsUser = "", metricsPassword = "" } = outputs;
    if (!nomadUrl || !prometheusUrl) {
        throw noStack(ground);
    }
    const nomad = new Nomad(nomadUrl, nomadToken);
    const prometheus = new Prometheus(prometheusUrl, metricsUser, metricsPassword);
    try {
        return await action({ session, nomad, prometheus });
    } catch (error) {
        throw isSilence(error)
            ? new UserError(`Nomad at ${nomadUrl} does not answer: ${reasonOf(error)}. npm run status tells more.`)
            : error;
    }
}

function noStack({ stack }: Ground): UserError {
    return new UserError(`There is no stack ${stack} with a Nomad yet; npm run up makes it.`);
}

/** What `fetch` throws when nobody answers. */
function isSilence(error: unknown): boolean {
    return error instanceof Error && (error.message === "fetch failed" || error.name === "TimeoutError");
}
