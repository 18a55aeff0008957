import { RunSnapshot, Sample } from "./training-run";

/** Something that happened to a run, as `--json` prints it; docs/daily-work.md has the list. */
export type RunEvent =
    | { readonly event: "dispatched"; readonly parent: string }
    | { readonly event: "waiting"; readonly reason: string }
    | { readonly event: "placed"; readonly node: string }
    | { readonly event: "started" }
    | ({ readonly event: "epoch" } & Sample)
    | { readonly event: "away"; readonly reason: string }
    | { readonly event: "ended"; readonly outcome: string; readonly exitCode: number; readonly reason?: string };

/** What was told of a run already. */
export interface Told {
    readonly waitsFor?: string;
    readonly isPlaced: boolean;
    readonly isStarted: boolean;
    readonly isAway: boolean;
    readonly epoch: number;
}

export const NOTHING_TOLD: Told = { isPlaced: false, isStarted: false, isAway: false, epoch: 0 };

/** What is news about a run that goes on or just went on, in the order in which it happened; its end is not among it. */
export function news(run: RunSnapshot, told: Told): RunEvent[] {
    const { phase, reason = "nothing is known about why", node = "unknown" } = run;
    const waits = phase === "waiting" && run.reason !== undefined && run.reason !== told.waitsFor;
    return [
        ...(waits ? [{ event: "waiting", reason } as const] : []),
        ...(run.id !== undefined && !told.isPlaced ? [{ event: "placed", node } as const] : []),
        ...(run.isStarted && !told.isStarted ? [{ event: "started" } as const] : []),
        ...run.history
            .filter(({ epoch }) => epoch > told.epoch)
            .map((sample) => ({ event: "epoch", ...sample }) as const),
        ...(phase === "away" && !told.isAway ? [{ event: "away", reason } as const] : []),
    ];
}

/** What was told once the news are. */
export function toldAfter(run: RunSnapshot, told: Told): Told {
    return {
        waitsFor: run.phase === "waiting" ? run.reason : told.waitsFor,
        isPlaced: told.isPlaced || run.id !== undefined,
        isStarted: told.isStarted || run.isStarted === true,
        isAway: run.phase === "away",
        epoch: Math.max(told.epoch, run.history.at(-1)?.epoch ?? 0),
    };
}

/** The end of a run as an event. */
export function endEvent({ end }: RunSnapshot): RunEvent {
    return {
        event: "ended",
        outcome: end?.kind ?? "unclear",
        exitCode: end?.exitCode ?? 1,
        ...(end?.reason ? { reason: end.reason } : {}),
    };
}

/** One line of `--json`. */
export function eventJson(run: RunSnapshot, event: RunEvent, now: Date): string {
    const { job, id, model, experiment } = run;
    const { event: what, ...details } = event;
    return JSON.stringify({ event: what, time: now.toISOString(), job, run: id, model, experiment, ...details });
}
