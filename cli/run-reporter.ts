import { Screen } from "./screen";
import { RunEvent, eventJson } from "./run-events";
import { epochLine, liveView, resultLine, runName } from "./run-view";
import { RunSnapshot } from "./training-run";

/** Tells about runs while they are followed. */
export interface RunReporter {
    event(run: RunSnapshot, event: RunEvent): void;
    /** A remark about no event in particular. */
    remark(line: string): void;
    /** Where all runs stand. */
    progress(runs: readonly RunSnapshot[]): void;
    /** Takes away what was only for the time of following. */
    close(): void;
}

/** For people: drawn on a terminal, else a line an event. The end of a run stays in either case. */
export class ScreenReporter implements RunReporter {
    constructor(private readonly screen: Screen) {}

    event(run: RunSnapshot, event: RunEvent): void {
        const line = eventLine(run, event);
        if (["dispatched", "ended"].includes(event.event) || !this.screen.isLive) {
            this.screen.line(line);
        }
    }

    remark(line: string): void {
        this.screen.line(line);
    }

    progress(runs: readonly RunSnapshot[]): void {
        this.screen.live(liveView(runs, this.screen.columns, Date.now()));
    }

    close(): void {
        this.screen.live("");
    }
}

/** For programs: one JSON object a line and event. */
export class JsonReporter implements RunReporter {
    constructor(private readonly write: (line: string) => void) {}

    event(run: RunSnapshot, event: RunEvent): void {
        this.write(`${eventJson(run, event, new Date())}\n`);
    }

    remark(): void {
        // Nothing that the events do not tell.
    }

    progress(): void {
        // The events tell it.
    }

    close(): void {
        // Nothing was drawn.
    }
}

/** @param json whether a program reads stdout. */
export function reporterFor(screen: Screen, json: boolean | undefined): RunReporter {
    return json ? new JsonReporter((line) => process.stdout.write(line)) : new ScreenReporter(screen);
}

/** A plain line for an event. */
export function eventLine(run: RunSnapshot, event: RunEvent): string {
    switch (event.event) {
        case "dispatched":
            return `✓ ${runName(run)} dispatched`;
        case "waiting":
            return `  ${runName(run)} waits for a place: ${event.reason}`;
        case "placed":
            return `  ${runName(run)} placed on node ${event.node}`;
        case "started":
            return `  ${runName(run)} started`;
        case "epoch":
            return epochLine(run, event);
        case "away":
            return `  ${runName(run)} is out of sight: ${event.reason}`;
        case "ended":
            return resultLine(run);
    }
}
