import Table from "cli-table3";
import { KnownRun, RunState, shortName } from "./known-runs";
import { lastNumbersOf, numbersByRun } from "./last-numbers";
import { Series } from "./prometheus";
import { seconds } from "./screen";

/** The last numbers of a run and the labels of their series. */
export interface LastNumbers {
    readonly model?: string;
    readonly experiment?: string;
    readonly epoch?: number;
    readonly epochs?: number;
    readonly accuracy?: number;
    readonly validation_accuracy?: number;
}

/** A run as `runs --json` prints it; docs/daily-work.md says what the fields mean. */
export interface RunRow {
    readonly run?: string;
    readonly job: string;
    readonly model?: string;
    readonly experiment?: string;
    readonly sweep?: string;
    readonly state: RunState;
    readonly nomadStatus: string;
    readonly epoch?: number;
    readonly epochs?: number;
    /** On data the model has not seen, where the run tells it. */
    readonly accuracy?: number;
    readonly startedAt?: string;
    readonly endedAt?: string;
    readonly seconds?: number;
}

const NAMES: readonly (keyof LastNumbers)[] = ["epoch", "epochs", "accuracy", "validation_accuracy"];

/**
 * One query for the last pushed numbers of every run.
 *
 * @param ageSeconds how far back the oldest of them began.
 */
export function lastNumbersQuery(ageSeconds: number): string {
    return lastNumbersOf(NAMES, ageSeconds);
}

/** Numbers by run, from the series that `lastNumbersQuery` gives. */
export function lastNumbers(series: readonly Series[]): Map<string, LastNumbers> {
    return numbersByRun(series, ({ model, experiment }) => ({ model, experiment }));
}

/** @param now milliseconds since 1970 */
export function runRow(run: KnownRun, numbers: LastNumbers, now: number): RunRow {
    const { id, job, state, nomadStatus, meta, startedAt, endedAt } = run;
    return {
        run: id,
        job,
        model: numbers.model ?? meta.model,
        experiment: numbers.experiment ?? meta.experiment,
        sweep: meta.sweep,
        state,
        nomadStatus,
        epoch: numbers.epoch,
        epochs: numbers.epochs,
        accuracy: finite(numbers.validation_accuracy) ?? finite(numbers.accuracy),
        startedAt: startedAt === undefined ? undefined : new Date(startedAt).toISOString(),
        endedAt: endedAt === undefined ? undefined : new Date(endedAt).toISOString(),
        seconds: startedAt === undefined ? undefined : ((endedAt ?? now) - startedAt) / 1000,
    };
}

function finite(value: number | undefined): number | undefined {
    return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** The table for people. */
export function runTable(rows: readonly { readonly run: KnownRun; readonly row: RunRow }[]): string {
    const table = new Table({
        head: ["run", "model", "experiment", "state", "epoch", "accuracy", "time"],
        style: { head: [], border: [], compact: true },
        colAligns: ["left", "left", "left", "left", "right", "right", "right"],
    });
    for (const { run, row } of rows) {
        table.push([
            shortName(run),
            row.model ?? "",
            row.experiment ?? "",
            row.state,
            row.epoch === undefined ? "" : [row.epoch, row.epochs].filter((part) => part !== undefined).join("/"),
            row.accuracy === undefined ? "" : `${(row.accuracy * 100).toFixed(1)} %`,
            row.seconds === undefined ? "" : seconds(row.seconds * 1000),
        ]);
    }
    return table.toString();
}
