import Table from "cli-table3";
import { RunParameter, RunParameters } from "./dispatch";
import { shortId } from "./short-id";
import { seconds } from "./screen";
import { shownValue } from "./sweep-grid";

/** Final numbers of a run, as the trainer pushed them (metrics contract: names without `training_`). */
export interface FinalNumbers {
    readonly epoch?: number;
    readonly validation_accuracy?: number;
    readonly validation_loss?: number;
    readonly status?: number;
    readonly started_timestamp_seconds?: number;
    readonly finished_timestamp_seconds?: number;
}

/** A run of a sweep that has come to its end. */
export interface EndedRun {
    readonly parameters: RunParameters;
    /** Id of its job in Nomad. */
    readonly job: string;
    /** Allocation id, also the `run_id` of its metrics; undefined where it never had a place. */
    readonly run?: string;
    readonly succeeded: boolean;
    /** Why it failed, in words. */
    readonly reason?: string;
    readonly numbers: FinalNumbers;
}

/** A run with its place; those that failed have none. */
export interface RankedRun extends EndedRun {
    readonly rank?: number;
}

/** Best first: final validation accuracy, then validation loss, then time; runs that failed at the end. */
export function ranking(runs: readonly EndedRun[]): RankedRun[] {
    const succeeded = runs.filter((run) => run.succeeded).sort(better);
    return [
        ...succeeded.map((run, at) => ({ ...run, rank: at + 1 })),
        ...runs.filter((run) => !run.succeeded).map((run) => ({ ...run })),
    ];
}

function better(left: EndedRun, right: EndedRun): number {
    return (
        compare(descending(left.numbers.validation_accuracy), descending(right.numbers.validation_accuracy)) ||
        compare(left.numbers.validation_loss, right.numbers.validation_loss) ||
        compare(tookSeconds(left), tookSeconds(right))
    );
}

function descending(value: number | undefined): number | undefined {
    return value === undefined ? undefined : -value;
}

/** Ascending; what is not known, or no number, comes last. */
function compare(left: number | undefined, right: number | undefined): number {
    const [one, other] = [left, right].map((value) => (known(value) ? value : Infinity)) as [number, number];
    return one === other ? 0 : one - other;
}

/** How long a run trained, by its own clock; undefined where it did not tell. */
export function tookSeconds({ numbers }: EndedRun): number | undefined {
    const { started_timestamp_seconds: start, finished_timestamp_seconds: end } = numbers;
    return start !== undefined && end !== undefined && end >= start ? end - start : undefined;
}

const NO_LINES_BETWEEN_ROWS = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

/** @param columns parameters that tell the runs apart. */
export function rankingTable(ranked: readonly RankedRun[], columns: readonly RunParameter[]): string {
    const head = ["", ...columns, "validation accuracy", "validation loss", "epochs", "time", "run"];
    const table = new Table({ head, chars: NO_LINES_BETWEEN_ROWS, style: { head: [], border: [] } });
    for (const run of ranked) {
        const { validation_accuracy: accuracy, validation_loss: loss, epoch } = run.numbers;
        const took = tookSeconds(run);
        table.push([
            run.rank === undefined ? "✗" : String(run.rank),
            ...columns.map((column) => shownValue(column, run.parameters[column] ?? "")),
            shown(accuracy, accuracyText),
            shown(loss, lossText),
            shown(epoch, String),
            shown(took, timeText),
            run.run === undefined ? "–" : shortId(run.run),
        ]);
    }
    const failed = ranked.filter(({ rank }) => rank === undefined);
    return [table.toString(), ...failed.map((run) => `✗ ${runName(run, columns)}: ${failure(run)}`)].join("\n");
}

/** "model=mlp seed=3 (1a2b3c4d)" */
export function runName({ parameters, run, job }: EndedRun, columns: readonly RunParameter[]): string {
    return `${parametersText(parameters, columns)} (${run === undefined ? job : shortId(run)})`;
}

/** Why a run failed, in words. */
export function failure({ reason }: EndedRun): string {
    return reason ?? "no reason is known";
}

/** "model=mlp seed=3" */
export function parametersText(parameters: RunParameters, columns: readonly RunParameter[]): string {
    return columns
        .map((column) => [column, parameters[column]] as const)
        .filter((entry): entry is [RunParameter, string] => entry[1] !== undefined)
        .map(([column, value]) => `${column}=${shownValue(column, value)}`)
        .join(" ");
}

/** The ranking for programs. Times in seconds; what is not known is null. */
export function rankingJson(sweep: string, ranked: readonly RankedRun[]): object {
    return {
        sweep,
        runs: ranked.map((run) => ({
            rank: run.rank ?? null,
            state: run.succeeded ? "succeeded" : "failed",
            parameters: run.parameters,
            validation_accuracy: finite(run.numbers.validation_accuracy),
            validation_loss: finite(run.numbers.validation_loss),
            epochs: finite(run.numbers.epoch),
            seconds: finite(tookSeconds(run)),
            run: run.run ?? null,
            job: run.job,
            reason: run.reason ?? null,
        })),
    };
}

function finite(value: number | undefined): number | null {
    return value !== undefined && Number.isFinite(value) ? value : null;
}

function shown(value: number | undefined, words: (value: number) => string): string {
    return known(value) ? words(value) : "–";
}

/** The numbers of a run that succeeded, in one line; "" where it told none. */
export function numbersText(run: EndedRun): string {
    const { validation_accuracy: accuracy, validation_loss: loss } = run.numbers;
    const took = tookSeconds(run);
    return [
        ...(known(accuracy) ? [`validation accuracy ${accuracyText(accuracy)}`] : []),
        ...(known(loss) ? [`validation loss ${lossText(loss)}`] : []),
        ...(known(took) ? [timeText(took)] : []),
    ].join(", ");
}

function known(value: number | undefined): value is number {
    return value !== undefined && !Number.isNaN(value);
}

function accuracyText(share: number): string {
    return `${(share * 100).toFixed(2)} %`;
}

function lossText(loss: number): string {
    return loss.toPrecision(4);
}

function timeText(time: number): string {
    return seconds(time * 1000);
}
