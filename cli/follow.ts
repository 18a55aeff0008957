import { setTimeout as delay } from "node:timers/promises";
import { Screen, seconds } from "./screen";
import { RunSnapshot, TrainingRun, isSettled } from "./training-run";
import { epochLine, liveView, resultLine } from "./run-view";
import { UserError, reasonOf } from "./user-error";

const POLL_MILLISECONDS = 300;
/** A finished run's last push may be one scrape behind what Nomad says. */
const LAST_SCRAPE_MILLISECONDS = 4_000;

export interface FollowOptions {
    readonly screen: Screen;
    /** How long a run may wait for a place, and Nomad may be silent, in seconds. */
    readonly patienceSeconds: number;
    /** When the command was started, milliseconds since 1970; the first metric's delay is told from here. */
    readonly startedAt: number;
}

/**
 * Shows runs until all have ended: live where there is a terminal, else a line an epoch.
 *
 * @returns their final snapshots, in order. @throws UserError when a run finds no place or Nomad stays silent.
 */
export async function follow(runs: readonly TrainingRun[], options: FollowOptions): Promise<RunSnapshot[]> {
    const { screen } = options;
    const watches = runs.map((run) => new Watch(run, options));
    try {
        for (;;) {
            await Promise.all(watches.map((watch) => watch.look()));
            if (watches.every(({ isDone }) => isDone)) {
                return watches.map(({ snapshot }) => snapshot as RunSnapshot);
            }
            const shown = watches.map(({ snapshot }) => snapshot).filter((snapshot) => snapshot !== undefined);
            screen.live(liveView(shown, screen.columns, Date.now()));
            await delay(POLL_MILLISECONDS);
        }
    } finally {
        screen.live("");
    }
}

/** One run among those that are followed: what was seen of it, what was said of it, and how patient we still are. */
class Watch {
    snapshot: RunSnapshot | undefined;
    isDone = false;
    private epochsTold = 0;
    private firstMetricTold = false;
    private endedAt: number | undefined;
    private readonly waitsSince = { place: Date.now(), answer: Date.now() };

    constructor(
        private readonly run: TrainingRun,
        private readonly options: FollowOptions,
    ) {}

    async look(): Promise<void> {
        if (this.isDone) {
            return;
        }
        try {
            this.snapshot = await this.run.look();
        } catch (error) {
            this.bePatient("answer", `Nomad has not answered for %: ${reasonOf(error)}.`);
            return;
        }
        this.waitsSince.answer = Date.now();
        this.isDone = isSettled(this.snapshot) || this.waitedForLastScrape(this.snapshot);
        // Of a run that was over before this command, only the end is news.
        if (!this.isDone || this.epochsTold > 0 || (this.snapshot.placedAt ?? 0) > this.options.startedAt) {
            this.tell(this.snapshot);
        }
        if (this.snapshot.phase === "waiting") {
            this.bePatient(
                "place",
                `The training has found no place for %: ${this.snapshot.reason ?? "no reason given"}.`,
            );
        }
        if (this.isDone) {
            this.options.screen.live("");
            this.options.screen.line(resultLine(this.snapshot));
        }
    }

    private tell(run: RunSnapshot): void {
        const { screen, startedAt } = this.options;
        // A run that was placed before this command says nothing about how soon a metric comes.
        if (!this.firstMetricTold && run.latest && run.placedAt !== undefined && run.placedAt > startedAt) {
            this.firstMetricTold = true;
            const now = Date.now();
            screen.line(
                `✓ first training metric in Prometheus – ${seconds(now - run.placedAt)} after Nomad placed the ` +
                    `training, ${seconds(now - startedAt)} after the start of this command`,
            );
        }
        if (!screen.isLive && run.phase !== "gone") {
            run.history
                .filter(({ epoch }) => epoch > this.epochsTold)
                .forEach((sample) => screen.line(epochLine(run, sample)));
        }
        this.epochsTold = Math.max(this.epochsTold, run.history.at(-1)?.epoch ?? 0);
    }

    private waitedForLastScrape({ phase }: RunSnapshot): boolean {
        if (phase !== "succeeded") {
            return false;
        }
        this.endedAt ??= Date.now();
        return Date.now() - this.endedAt > LAST_SCRAPE_MILLISECONDS;
    }

    /** @param sentence with % in place of the time. */
    private bePatient(what: "place" | "answer", sentence: string): void {
        const { patienceSeconds } = this.options;
        if (Date.now() - this.waitsSince[what] > patienceSeconds * 1000) {
            throw new UserError(sentence.replace("%", `${patienceSeconds} s`));
        }
    }
}
