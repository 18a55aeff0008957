import { Command } from "commander";
import { REFUSED, RunParameter, optionOf, parseRunParameters } from "./dispatch";
import { Grid, MOST_COMBINATIONS, SWEEP_PARAMETERS, combinations, parseGrid, sweepId } from "./sweep-grid";
import { SweepPlan } from "./sweep-watch";
import { UserError } from "./user-error";

/** The options of `sweep` as typed; those of the parameters are texts by commander's names for them. */
export interface SweepOptions extends Readonly<Record<string, unknown>> {
    readonly name?: string;
    readonly maxParallel?: string;
    readonly retryFailed?: boolean;
    readonly json?: boolean;
}

/** A sweep as it was asked for. */
export interface ParsedSweep extends SweepPlan {
    readonly grid: Grid;
}

/** Adds the options of `sweep` to a command: its own, and a list for every parameter of a run. */
export function withSweepOptions(command: Command): Command {
    for (const key of SWEEP_PARAMETERS) {
        command.option(`${optionOf(key)} <values>`, DESCRIPTIONS[key] ?? "values to try, separated by commas");
    }
    return command
        .option("--name <name>", "the sweep's name (default: a fingerprint of its combinations)")
        .option("--max-parallel <n>", "as many unfinished runs at a time; this command then has to stay")
        .option("--retry-failed", "start those that failed once more")
        .option("--json", "the ranking as JSON on stdout, all else on stderr");
}

const DESCRIPTIONS: Readonly<Partial<Record<RunParameter, string>>> = {
    epochs: "numbers or ranges such as 10,20 or 1..5, separated by commas",
    seed: "numbers or ranges such as 1,2 or 1..5, separated by commas",
    hidden_layers: "networks separated by commas, their layers' widths with dashes, such as 512-256,64",
};

/** What a command line asks for, checked. @throws UserError with exit code 2 and a sentence for what is wrong. */
export function parseSweep(options: SweepOptions): ParsedSweep {
    const given = SWEEP_PARAMETERS.map((key) => [key, options[commanderName(key)] as string | undefined] as const);
    const grid = parseGrid(Object.fromEntries(given));
    const all = combinations(grid);
    return {
        grid,
        combinations: all,
        sweep: options.name === undefined ? sweepId(all) : parseName(options.name),
        maxParallel: options.maxParallel === undefined ? undefined : parseMaxParallel(options.maxParallel),
    };
}

function parseName(name: string): string {
    try {
        return parseRunParameters({ sweep: name }).sweep ?? name;
    } catch (error) {
        // People know the dispatch's `sweep` by this option.
        throw error instanceof UserError ? new UserError(error.message.replace("--sweep", "--name"), REFUSED) : error;
    }
}

function parseMaxParallel(text: string): number {
    if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > MOST_COMBINATIONS) {
        throw new UserError(
            `--max-parallel is "${text}", but must be a whole number from 1 to ${MOST_COMBINATIONS}.`,
            REFUSED,
        );
    }
    return Number(text);
}

/** "learning_rate" as commander names it: "learningRate". */
function commanderName(key: RunParameter): string {
    return key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
