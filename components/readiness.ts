import * as pulumi from "@pulumi/pulumi";

/** How often a service is asked while it starts. Short: what is waited for takes seconds, and a question costs a millisecond. */
const POLL_MILLISECONDS = 150;

/** How long one question may take before it counts as "no answer". */
const ANSWER_MILLISECONDS = 3_000;

export interface ReadinessArgs {
    /** The service as people know it, such as "Nomad server". */
    readonly service: string;
    /** Asks once. Returns undefined when the service serves, else what is still missing, in words. A throw counts as "no answer". */
    readonly ask: (signal: AbortSignal) => Promise<string | undefined>;
    /** The bound on the whole wait, in seconds. */
    readonly timeoutSeconds: number;
    /** The last log lines of the service's container, for the failure. */
    readonly logs: () => Promise<string>;
}

/**
 * Polls a service until it truly serves.
 *
 * @throws an error that names the service, the last answer and the container's last log lines once the time is up.
 */
export async function untilReady(args: ReadinessArgs): Promise<void> {
    const deadline = Date.now() + args.timeoutSeconds * 1000;
    for (;;) {
        const missing = await askOnce(args.ask);
        if (missing === undefined) {
            return;
        }
        if (Date.now() >= deadline) {
            throw new Error(await failure(args, missing));
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
}

async function askOnce(ask: ReadinessArgs["ask"]): Promise<string | undefined> {
    try {
        return await ask(AbortSignal.timeout(ANSWER_MILLISECONDS));
    } catch (error) {
        return `no answer (${causeOf(error)})`;
    }
}

async function failure(args: ReadinessArgs, missing: string): Promise<string> {
    const logs = await args.logs().catch((error) => `(the log cannot be read: ${causeOf(error)})`);
    return (
        `${args.service} was not ready within ${args.timeoutSeconds} s; last answer: ${missing}. ` +
        `Configuration key readyTimeoutSeconds allows it more time. Its last log lines:\n${logs}`
    );
}

/** fetch hides the reason of a failed connection in `cause`. */
function causeOf(error: unknown): string {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message || cause.name : String(cause);
}

/**
 * A readiness output: resolves to `url` once the container exists and `untilReady` returned. In a preview nothing is
 * asked, so it resolves at once where the container is known and stays unknown where it is not.
 */
export function readyWhen(
    container: pulumi.Output<string>,
    url: string,
    readiness: pulumi.Input<ReadinessArgs>,
): pulumi.Output<string> {
    return pulumi.all([container, readiness]).apply(async ([, args]) => {
        if (!pulumi.runtime.isDryRun()) {
            await untilReady(args);
        }
        return url;
    });
}

/** `dependsOn` for resources that must wait for readiness outputs, and not just for resources to exist. */
export function after(
    ready: pulumi.Input<unknown>[],
    resources: pulumi.Resource[] = [],
): pulumi.Input<pulumi.Input<pulumi.Resource>[]> {
    return pulumi.all(ready).apply(() => resources);
}
