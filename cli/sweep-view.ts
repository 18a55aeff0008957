import pc from "picocolors";
import { RunParameter, optionOf } from "./dispatch";
import { Grid, shownValue } from "./sweep-grid";
import { EndedRun, failure, numbersText, parametersText, ranking, runName } from "./sweep-ranking";
import { SweepRun, isEnded } from "./sweep-runs";
import { truncate } from "./screen";

/** What a sweep is and where it stood when the command began. */
export function headline(sweep: string, grid: Grid, runs: readonly SweepRun[]): string {
    const axes = [...grid].map(
        ([key, values]) => `${optionOf(key)} ${axis(values.map((value) => shownValue(key, value)))}`,
    );
    const started = runs.filter(({ state }) => state !== "missing").length;
    const ended = runs.filter(isEnded).length;
    const before = started > 0 ? `; ${ended} ended before, ${started - ended} under way` : "";
    return `Sweep ${sweep}: ${counted(runs.length, "combination")} of ${axes.join(" ")}${before}`;
}

const MOST_SHOWN = 6;

/** The values of one parameter, as they were to be read. */
function axis(values: readonly string[]): string {
    return values.length > MOST_SHOWN ? `${values[0]}…${values.at(-1)} (${values.length} values)` : values.join(",");
}

/** What is known of a sweep at one moment. */
export interface SweepSnapshot {
    readonly sweep: string;
    readonly runs: readonly SweepRun[];
    readonly ended: readonly EndedRun[];
    /** Parameters that tell the runs apart. */
    readonly columns: readonly RunParameter[];
    /** Why nothing has a place, where that is so. */
    readonly waitsFor?: string;
}

/** What a terminal shows while a sweep goes on. @param width in characters. */
export function sweepLive({ sweep, runs, ended, columns, waitsFor }: SweepSnapshot, width: number): string {
    const [best] = ranking(ended);
    const count = (state: SweepRun["state"]) => runs.filter((run) => run.state === state).length;
    const failed = count("failed") + count("stopped");
    const states = [
        ...some(count("missing"), "not started"),
        ...some(count("queued"), "queued"),
        ...some(count("running"), "running"),
        ...some(count("succeeded"), "succeeded"),
        ...some(failed, "failed"),
    ];
    const bestLine =
        best?.rank === undefined
            ? []
            : [`  best so far: ${parametersText(best.parameters, columns)} – ${numbersText(best)}`];
    const waitLine = waitsFor === undefined ? [] : [`  ${waitsFor}`];
    return [`… sweep ${sweep}: ${states.join(", ")} of ${runs.length}`, ...bestLine, ...waitLine]
        .map((line) => truncate(line, width))
        .join("\n");
}

/** A line for a run that has ended. @param at how many have, of `total`. */
export function endedLine(run: EndedRun, at: number, total: number, columns: readonly RunParameter[]): string {
    const mark = run.succeeded ? pc.green("✓") : pc.red("✗");
    const [why = ""] = failure(run).split("\n");
    const outcome = run.succeeded ? numbersText(run) || "succeeded, without numbers" : why;
    return `${mark} ${at}/${total} ${runName(run, columns)} – ${outcome}`;
}

/** The sentence under the ranking. */
export function conclusion(sweep: string, ended: readonly EndedRun[]): string {
    const failed = ended.filter(({ succeeded }) => !succeeded).length;
    const all = counted(ended.length, "run");
    return failed === 0
        ? `${pc.green("✓")} sweep ${sweep}: ${all} succeeded`
        : `${pc.red("✗")} sweep ${sweep}: ${failed} of ${all} failed; the same command with --retry-failed starts them once more`;
}

function some(count: number, what: string): string[] {
    return count > 0 ? [`${count} ${what}`] : [];
}

function counted(count: number, what: string): string {
    return `${count} ${what}${count === 1 ? "" : "s"}`;
}
