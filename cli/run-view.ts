import { blue, green, magenta, plot, yellow } from "asciichart";
import pc from "picocolors";
import { RunSnapshot, Sample } from "./training-run";
import { seconds, truncate } from "./screen";
import { shortId } from "./short-id";

const CHART_HEIGHT = 6;
const CHART_MARGIN = 12;
const CHART_WIDEST = 100;
const PALETTE = [blue, yellow, green, magenta];

const WORDS: Readonly<Partial<Record<RunSnapshot["phase"], string>>> = {
    waiting: "waits for a place",
    starting: "is starting",
    away: "is out of sight",
};

/** What a terminal shows of runs that go on: a status line for each, then their curves drawn together. */
export function liveView(runs: readonly RunSnapshot[], columns: number, now: number): string {
    const lines = runs.map((run) => truncate(statusLine(run, now), columns));
    return [
        ...lines,
        ...chart("loss", runs, ({ loss }) => loss, columns),
        ...chart("validation accuracy", runs, ({ validation_accuracy }) => validation_accuracy, columns),
    ].join("\n");
}

/** One line about where a run stands. */
export function statusLine(run: RunSnapshot, now: number): string {
    const { latest, phase, reason } = run;
    if (!latest || phase === "waiting" || phase === "away") {
        const what = WORDS[phase] ?? phase;
        return `… ${runName(run)} ${what}${reason ? ` – ${firstLine(reason)}` : ""}`;
    }
    return [`… ${runName(run)} ${epochOf(latest)}`, ...timeLeft(run, now), ...numbers(latest)].join("  ");
}

/** A plain line for an epoch, where there is no terminal to draw on. */
export function epochLine(run: RunSnapshot, sample: Sample): string {
    return [`  ${runName(run)} ${epochOf(sample)}`, ...numbers(sample)].join("  ");
}

/** How a run ended, with its final numbers or the reason of its failure. */
export function resultLine(run: RunSnapshot): string {
    const { latest, phase, reason } = run;
    if (phase === "succeeded") {
        const final = latest ? ` – ${[epochOf(latest), ...took(latest), ...numbers(latest)].join(", ")}` : "";
        return `${pc.green("✓")} training ${runName(run)} succeeded${final}`;
    }
    if (phase === "failed") {
        const at = latest && latest.epoch > 0 ? ` after ${epochOf(latest)}` : "";
        const how = run.end?.kind === "stopped" ? "was stopped" : "failed";
        return `${pc.red("✗")} training ${runName(run)} ${how}${at}: ${reason ?? "no reason is known"}`;
    }
    return `• ${reason ?? `training ${runName(run)} is ${phase}`}`;
}

/** "ml-train 1a2b3c4d (mlp, baseline)"; the whole id of the job where that is all there is to name a run. */
export function runName({ job, id, model, experiment }: RunSnapshot): string {
    const labels = [model, experiment].filter(Boolean).join(", ");
    const shown = id ? job.replace(/\/dispatch-.*/, "") : job;
    return [shown, id && shortId(id), labels && `(${labels})`].filter(Boolean).join(" ");
}

function epochOf({ epoch, epochs }: Sample): string {
    return `epoch ${epoch}${epochs ? `/${epochs}` : ""}`;
}

function numbers(sample: Sample): string[] {
    return [
        ...number("loss", sample.loss, (value) => value.toPrecision(3)),
        ...number("accuracy", sample.accuracy, percent),
        ...number("validation loss", sample.validation_loss, (value) => value.toPrecision(3)),
        ...number("validation accuracy", sample.validation_accuracy, percent),
        ...number("", sample.samples_per_second, (value) => `${Math.round(value)} samples/s`),
    ];
}

function number(label: string, value: number | undefined, words: (value: number) => string): string[] {
    return value === undefined || Number.isNaN(value) ? [] : [`${label} ${words(value)}`.trim()];
}

function percent(share: number): string {
    return `${(share * 100).toFixed(1)} %`;
}

/** The time of the epochs to come, taken from those that are done. */
function timeLeft({ latest, history }: RunSnapshot, now: number): string[] {
    if (!latest?.epochs || !latest.started_timestamp_seconds || history.length === 0 || latest.epoch === 0) {
        return [];
    }
    const elapsed = now - latest.started_timestamp_seconds * 1000;
    return [`${seconds((elapsed / latest.epoch) * (latest.epochs - latest.epoch))} left`];
}

function took({ started_timestamp_seconds: start, finished_timestamp_seconds: end }: Sample): string[] {
    return start && end && end > start ? [`${seconds((end - start) * 1000)}`] : [];
}

function chart(
    title: string,
    runs: readonly RunSnapshot[],
    valueOf: (sample: Sample) => number | undefined,
    columns: number,
): string[] {
    const width = Math.min(columns - CHART_MARGIN, CHART_WIDEST);
    const series = runs
        .map(({ history }) => history.map(valueOf).filter((value) => value !== undefined && Number.isFinite(value)))
        .map((values) => fitted(values as number[], width))
        .filter((values) => values.length > 1);
    if (series.length === 0 || width < 10) {
        return [];
    }
    return ["", pc.dim(title), plot(series, { height: CHART_HEIGHT, colors: PALETTE, format: axisLabel })];
}

/** As many points as there are columns, first and last kept. */
export function fitted(values: readonly number[], width: number): number[] {
    if (values.length <= width) {
        return [...values];
    }
    const step = (values.length - 1) / (width - 1);
    return Array.from({ length: width }, (_, column) => values[Math.round(column * step)] as number);
}

function axisLabel(value: number): string {
    return value.toPrecision(3).padStart(9);
}

function firstLine(text: string): string {
    return text.split("\n")[0] ?? text;
}
