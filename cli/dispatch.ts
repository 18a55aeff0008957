import { SettingsKey, settingProblem } from "../components/settings";
import { DISPATCH_JOB } from "../components/training-job";
import { Nomad } from "./nomad";
import { UserError } from "./user-error";

const NAME = { pattern: /^[A-Za-z0-9._-]{1,64}$/, allowed: "1 to 64 letters, digits, dots, dashes and underscores" };

/** What a run may be told, by its key in the dispatch meta, with the configuration key that says what is allowed. */
const SETTING_OF = {
    model: "trainingModel",
    experiment: "trainingExperiment",
    epochs: "trainingEpochs",
    batch_size: "trainingBatchSize",
    learning_rate: "trainingLearningRate",
    seed: "trainingSeed",
    dataset: "trainingDataset",
    hidden_layers: "trainingHiddenLayers",
    time_limit: undefined,
    sweep: undefined,
} as const satisfies Record<string, SettingsKey | undefined>;

export type RunParameter = keyof typeof SETTING_OF;

/** Dispatch meta of one run; what is missing comes from the stack's training defaults. `time_limit` in seconds. */
export type RunParameters = Readonly<Partial<Record<RunParameter, string>>>;

/** Every key of the dispatch meta. */
export const RUN_PARAMETERS = Object.keys(SETTING_OF) as RunParameter[];

/** What only the built-in trainer knows by name; a program of the user's own has names of its own. */
const NAMES_OF_TRAINER: readonly RunParameter[] = ["model", "dataset"];

/**
 * Checks what a run is told before anything starts.
 *
 * @param given texts as typed, by key; undefined is not given. A time limit may be "90", "90s", "10m" or "2h".
 * @param ownProgram the image or the command that runs instead of the built-in trainer: model and dataset are then any name.
 * @returns the texts as the trainer understands them. @throws UserError with a sentence for each wrong value
 */
export function parseRunParameters(
    given: Readonly<Partial<Record<RunParameter, string | undefined>>>,
    ownProgram?: string,
): RunParameters {
    const problems: string[] = [];
    const parsed: Partial<Record<RunParameter, string>> = {};
    for (const key of RUN_PARAMETERS) {
        const text = given[key];
        if (text === undefined) {
            continue;
        }
        const allowed = notAllowed(key, text, ownProgram !== undefined);
        if (allowed) {
            problems.push(`${optionOf(key)} is "${text}", but must be ${allowed}.`);
        }
        parsed[key] = key === "time_limit" ? String(durationSeconds(text)) : canonical(key, text);
    }
    if (problems.length > 0) {
        throw new UserError(problems.join("\n"), REFUSED);
    }
    return parsed;
}

/** "--learning-rate" */
export function optionOf(key: RunParameter): string {
    return `--${key.replaceAll("_", "-")}`;
}

/** Exit code of a command that refuses a value before it starts anything, as for a shell's own commands. */
export const REFUSED = 2;

/** @returns what would be allowed; undefined when the text is. */
function notAllowed(key: RunParameter, text: string, isOwnProgram: boolean): string | undefined {
    if (key === "time_limit") {
        return durationSeconds(text) ? undefined : "a time such as 90 (seconds), 10m or 2h, from 1 s to 365 days";
    }
    const setting = isOwnProgram && NAMES_OF_TRAINER.includes(key) ? undefined : SETTING_OF[key];
    if (setting === undefined) {
        return NAME.pattern.test(text) ? undefined : NAME.allowed;
    }
    // An empty text would pass as the number 0.
    return settingProblem(setting, text.trim() === "" ? "nothing" : text);
}

/** Numbers as the trainer reads them: "1e3" epochs are 1000. */
function canonical(key: RunParameter, text: string): string {
    const isNumber = ["epochs", "batch_size", "learning_rate", "seed"].includes(key);
    return isNumber ? String(Number(text)) : text;
}

const SECONDS_IN: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600 };

/** The longest time limit that the trainer takes (YEAR_SECONDS in trainer/mlops_trainer/settings.py). */
const YEAR_SECONDS = 365 * 24 * 3600;

/** "90", "90s", "10m", "2h" in seconds; undefined for any other text, and for what is no time limit. */
export function durationSeconds(text: string): number | undefined {
    const [, digits = "", unit = ""] = /^(\d{1,9})([smh]?)$/.exec(text) ?? [];
    const seconds = Number(digits) * (SECONDS_IN[unit] ?? 1);
    return seconds >= 1 && seconds <= YEAR_SECONDS ? seconds : undefined;
}

export interface Dispatch {
    /** Id of the parameterized job. @default "ml-train" */
    readonly parent?: string;
    readonly parameters: RunParameters;
    /** With the same token, Nomad starts nothing new: the run of before is the answer, also when it is over. */
    readonly token?: string;
}

/** Starts a run. @returns the id of its job. @throws UserError when Nomad refuses */
export async function dispatchRun(nomad: Nomad, { parent, parameters, token }: Dispatch): Promise<string> {
    return nomad.dispatch(parent ?? DISPATCH_JOB, parameters, token);
}
