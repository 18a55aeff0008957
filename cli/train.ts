import { REFUSED, RUN_PARAMETERS, RunParameters, dispatchRun, parseRunParameters } from "./dispatch";
import { firstFailure } from "./exit-code";
import { follow } from "./follow";
import { onPlatform } from "./platform";
import { reporterFor } from "./run-reporter";
import { Ground } from "./session";
import { TrainingRun } from "./training-run";
import { UserError } from "./user-error";
import { Variant, VariantOptions, parseVariant, provideVariant } from "./variant";

/** The options of `train` as typed: those of the parameters by commander's names for them (`learningRate`). */
export interface TrainOptions extends VariantOptions, Readonly<Record<string, unknown>> {
    readonly image?: string;
    readonly command?: string;
    readonly cpu?: string;
    readonly memory?: string;
    readonly detach?: boolean;
    readonly json?: boolean;
}

/** Model of a program of the user's own that was given no name: that of the stack's defaults would be a lie. */
const OWN_MODEL = "script";

/** What `train` was asked for. */
export interface TrainPlan {
    readonly parameters: RunParameters;
    readonly variant: Variant;
}

/** @throws UserError for wrong values, before anything has started. */
export function parseTrain(options: TrainOptions): TrainPlan {
    const given = Object.fromEntries(
        RUN_PARAMETERS.filter((key) => key !== "sweep").map((key) => [
            key,
            options[camelCase(key)] as string | undefined,
        ]),
    );
    const ownProgram = options.image ?? options.command;
    const [variant, parameters] = bothOf(
        () => parseVariant(options),
        () => parseRunParameters(given, ownProgram),
    );
    return { variant, parameters: { ...(ownProgram === undefined ? {} : { model: OWN_MODEL }), ...parameters } };
}

/**
 * Starts one run and follows it to its end.
 *
 * @param startedAt when the command was started, milliseconds since 1970. @returns the exit code, see cli/exit-code.ts
 */
export async function train(ground: Ground, options: TrainOptions, startedAt: number): Promise<number> {
    const { parameters, variant } = parseTrain(options);
    return onPlatform(ground, async ({ session, nomad, prometheus }) => {
        const parent = await provideVariant(nomad, variant);
        const job = await dispatchRun(nomad, { parent, parameters });
        const name = job.split("-").at(-1) ?? job;
        session.interruption.hint = `The training goes on without this command. npm run watch -- ${name} follows it again, npm run stop -- ${name} stops it.`;
        const reporter = reporterFor(session.screen, options.json);
        reporter.event({ job, phase: "waiting", history: [], ...labels(parameters) }, { event: "dispatched", parent });
        if (options.detach) {
            reporter.remark(`npm run watch -- ${name} follows it, npm run logs -- ${name} shows what it prints.`);
            return 0;
        }
        const patienceSeconds = session.settings.readyTimeoutSeconds;
        const runs = [new TrainingRun(nomad, prometheus, job)];
        const ends = await follow(runs, { reporter, patienceSeconds, startedAt, stopsWithoutPlace: true });
        return firstFailure(ends.map(({ end }) => end));
    });
}

/** Both results, or all that is wrong at once. */
function bothOf<A, B>(one: () => A, other: () => B): [A, B] {
    let first: A;
    try {
        first = one();
    } catch (error) {
        try {
            other();
        } catch (another) {
            throw new UserError(`${(error as Error).message}\n${(another as Error).message}`, REFUSED);
        }
        throw error;
    }
    return [first, other()];
}

function labels({ model, experiment }: RunParameters) {
    return { model, experiment };
}

/** commander's name for an option. */
function camelCase(key: string): string {
    return key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
