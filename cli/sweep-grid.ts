import { createHash } from "node:crypto";
import { REFUSED, RUN_PARAMETERS, RunParameter, RunParameters, optionOf, parseRunParameters } from "./dispatch";
import { UserError } from "./user-error";

/** Parameters that a sweep can vary: all of a run but the one that tells the sweep itself. */
export const SWEEP_PARAMETERS = RUN_PARAMETERS.filter((key) => key !== "sweep");

/** As many runs as one sweep may have: what Nomad holds and Prometheus is asked about in one go. */
export const MOST_COMBINATIONS = 1000;

/** Values to try by parameter, as the trainer understands them, each once. */
export type Grid = ReadonlyMap<RunParameter, readonly string[]>;

/** One point of a grid. */
export interface Combination {
    /** The same for the same parameters, whatever their order and spelling. */
    readonly key: string;
    readonly parameters: RunParameters;
}

const WHOLE_NUMBERS: readonly RunParameter[] = ["epochs", "batch_size", "seed", "time_limit"];
const RANGE = /^(\d{1,10})\.\.(\d{1,10})$/;

/**
 * Reads a grid: values separated by commas, whole numbers also as `a..b`, the widths of one network's hidden layers with
 * dashes (`256-128`).
 *
 * @param given texts as typed, by parameter; undefined is not given.
 * @throws UserError with a sentence for everything that is wrong, before any combination is made.
 */
export function parseGrid(given: Readonly<Partial<Record<RunParameter, string | undefined>>>): Grid {
    const problems: string[] = [];
    const grid = new Map<RunParameter, readonly string[]>();
    for (const key of SWEEP_PARAMETERS) {
        const text = given[key];
        if (text !== undefined) {
            grid.set(key, collect(problems, () => valuesOf(key, text)) ?? []);
        }
    }
    if (grid.size === 0) {
        problems.push("A sweep needs something to try, such as --learning-rate 0.1,0.01 --seed 1..5.");
    }
    if (problems.length > 0) {
        throw new UserError(problems.join("\n"), REFUSED);
    }
    const count = [...grid.values()].reduce((product, values) => product * values.length, 1);
    if (count > MOST_COMBINATIONS) {
        const sizes = [...grid].map(([key, { length }]) => `${length} of ${optionOf(key)}`);
        throw new UserError(tooMany(sizes.join(" × ")), REFUSED);
    }
    return grid;
}

function valuesOf(key: RunParameter, text: string): string[] {
    const problems: string[] = [];
    const parsed = text
        .split(",")
        .flatMap((part) => collect(problems, () => expanded(key, part.trim())) ?? [])
        .map((value) => collect(problems, () => checked(key, value)) ?? "");
    if (problems.length > 0) {
        throw new UserError(problems.join("\n"));
    }
    return [...new Set(parsed)];
}

/** A range as its numbers; any other text as it is. */
function expanded(key: RunParameter, part: string): string[] {
    const [, from, to] = (WHOLE_NUMBERS.includes(key) && RANGE.exec(part)) || [];
    if (from === undefined || to === undefined) {
        return [part];
    }
    const count = Number(to) - Number(from) + 1;
    if (count < 1) {
        throw new UserError(`${optionOf(key)} has the range ${part}, which must go upwards: write ${to}..${from}.`);
    }
    if (count > MOST_COMBINATIONS) {
        throw new UserError(tooMany(`${optionOf(key)} ${part}`));
    }
    return Array.from({ length: count }, (_, at) => String(Number(from) + at));
}

/** @returns the value as the trainer understands it. */
function checked(key: RunParameter, value: string): string {
    if (key !== "hidden_layers") {
        return parseRunParameters({ [key]: value })[key] ?? "";
    }
    try {
        return parseRunParameters({ hidden_layers: value.replaceAll("-", ",") }).hidden_layers ?? "";
    } catch {
        throw new UserError(
            `--hidden-layers has "${value}", but must be one to eight layer widths with dashes, such as 1024-512-256; ` +
                "commas separate the networks to try.",
        );
    }
}

function tooMany(what: string): string {
    const most = MOST_COMBINATIONS.toLocaleString("en");
    return `${what} is more than the ${most} combinations a sweep may have; try fewer values, or several sweeps.`;
}

function collect<T>(problems: string[], work: () => T): T | undefined {
    try {
        return work();
    } catch (error) {
        if (!(error instanceof UserError)) {
            throw error;
        }
        problems.push(error.message);
        return undefined;
    }
}

/** Every combination of a grid; the parameter named last changes fastest. */
export function combinations(grid: Grid): Combination[] {
    let found: RunParameters[] = [{}];
    for (const [parameter, values] of grid) {
        found = found.flatMap((others) => values.map((value) => ({ ...others, [parameter]: value })));
    }
    return found.map((parameters) => ({ key: combinationKey(parameters), parameters }));
}

/** What tells one combination from another; other keys, such as the sweep's own, do not count. */
export function combinationKey(parameters: Readonly<Record<string, string | undefined>>): string {
    const given = SWEEP_PARAMETERS.filter((parameter) => parameters[parameter] !== undefined).sort();
    return hash(given.map((parameter) => [parameter, parameters[parameter]])).slice(0, 12);
}

/** Id of a sweep without a name: the same for the same combinations, however they were written. */
export function sweepId(all: readonly Combination[]): string {
    return hash(all.map(({ key }) => key).sort()).slice(0, 8);
}

function hash(value: unknown): string {
    return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** A value as people write it in a grid. */
export function shownValue(key: RunParameter, value: string): string {
    return key === "hidden_layers" ? value.replaceAll(",", "-") : value;
}

/** Parameters of which a grid has more than one value: what tells its runs apart. */
export function varied(grid: Grid): RunParameter[] {
    const several = [...grid].filter(([, values]) => values.length > 1).map(([key]) => key);
    return several.length > 0 ? several : [...grid.keys()];
}
