import { setTimeout as delay } from "node:timers/promises";
import { runEnd } from "./exit-code";
import { NOTHING_TOLD, Told, endEvent, news, toldAfter } from "./run-events";
import { RunReporter } from "./run-reporter";
import { seconds } from "./screen";
import { RunSnapshot, TrainingRun, isSettled } from "./training-run";
import { UserError, reasonOf } from "./user-error";

const POLL_MILLISECONDS = 300;
/** As many runs at a time are looked at so often; more of them less often, so that the servers have time for the runs. */
const RUNS_A_POLL = 3;
/** A finished run's last push may be one scrape behind what Nomad says. */
const LAST_SCRAPE_MILLISECONDS = 4_000;

export interface FollowOptions {
    readonly reporter: RunReporter;
    /** How long a run may be without a place though none is in its way, its node away, and Nomad silent, in seconds. */
    readonly patienceSeconds: number;
    /** When the command was started, milliseconds since 1970. */
    readonly startedAt: number;
    /** Whether to tell how long after that, and after its placement, a run's first metric came. @default no */
    readonly tellsFirstMetric?: boolean;
    /** Whether a run that no node can hold is stopped, so that it does not wait for ever for a node that does. @default no */
    readonly stopsWithoutPlace?: boolean;
}

/**
 * Shows runs until all have ended.
 *
 * @returns their final snapshots, in order, each with its end. @throws UserError when Nomad stays silent.
 */
export async function follow(runs: readonly TrainingRun[], options: FollowOptions): Promise<RunSnapshot[]> {
    const { reporter } = options;
    const watches = runs.map((run) => new Watch(run, options));
    try {
        for (;;) {
            await Promise.all(watches.map((watch) => watch.look()));
            const left = watches.filter(({ isDone }) => !isDone).length;
            if (left === 0) {
                return watches.map(({ snapshot }) => snapshot as RunSnapshot);
            }
            reporter.progress(
                watches
                    .filter(({ isDone }) => !isDone)
                    .map(({ snapshot }) => snapshot)
                    .filter((snapshot) => snapshot !== undefined),
            );
            await delay(POLL_MILLISECONDS * Math.ceil(left / RUNS_A_POLL));
        }
    } finally {
        reporter.close();
    }
}

/** One run among those that are followed: what was seen of it, what was said of it, and how patient we still are. */
class Watch {
    snapshot: RunSnapshot | undefined;
    isDone = false;
    private told: Told = NOTHING_TOLD;
    private firstMetricTold = false;
    private endedAt: number | undefined;
    private readonly wellAt = { place: Date.now(), node: Date.now(), answer: Date.now() };

    constructor(
        private readonly run: TrainingRun,
        private readonly options: FollowOptions,
    ) {}

    async look(): Promise<void> {
        if (this.isDone) {
            return;
        }
        let seen: RunSnapshot;
        try {
            seen = await this.run.look();
        } catch (error) {
            this.refuseSilence(error);
            return;
        }
        this.wellAt.answer = Date.now();
        this.snapshot = this.givenUp(seen);
        this.isDone = isSettled(this.snapshot) || this.waitedForLastScrape(this.snapshot);
        // Of a run that was over before this command, only the end is news.
        if (!this.isDone || this.told.isPlaced || (this.snapshot.placedAt ?? 0) > this.options.startedAt) {
            this.tell(this.snapshot);
        }
        if (this.isDone) {
            await this.finish(this.snapshot);
        }
    }

    private tell(run: RunSnapshot): void {
        const { reporter, startedAt, tellsFirstMetric } = this.options;
        // A run that was placed before this command says nothing about how soon a metric comes.
        if (
            tellsFirstMetric &&
            !this.firstMetricTold &&
            run.latest &&
            run.placedAt !== undefined &&
            run.placedAt > startedAt
        ) {
            this.firstMetricTold = true;
            const now = Date.now();
            reporter.remark(
                `✓ first training metric in Prometheus – ${seconds(now - run.placedAt)} after Nomad placed the ` +
                    `training, ${seconds(now - startedAt)} after the start of this command`,
            );
        }
        news(run, this.told).forEach((event) => reporter.event(run, event));
        this.told = toldAfter(run, this.told);
    }

    private async finish(run: RunSnapshot): Promise<void> {
        const { reporter, stopsWithoutPlace } = this.options;
        const isStopped = run.end?.kind === "no place" && stopsWithoutPlace === true;
        if (isStopped) {
            await this.run.stop();
        }
        reporter.close();
        reporter.event(run, endEvent(run));
        if (isStopped) {
            reporter.remark("• Its job was stopped again, so that it does not wait for a larger node.");
        }
    }

    private waitedForLastScrape({ phase }: RunSnapshot): boolean {
        if (phase !== "succeeded") {
            return false;
        }
        this.endedAt ??= Date.now();
        return Date.now() - this.endedAt > LAST_SCRAPE_MILLISECONDS;
    }

    /** The run as it is, or as failed where it has been without a place or a node for too long. */
    private givenUp(run: RunSnapshot): RunSnapshot {
        const { patienceSeconds } = this.options;
        const has = { place: run.phase !== "waiting" || run.isQueued === true, node: run.phase !== "away" };
        this.wellAt.place = has.place ? Date.now() : this.wellAt.place;
        this.wellAt.node = has.node ? Date.now() : this.wellAt.node;
        if (this.isImpatient("place")) {
            const why = run.reason ?? "Nomad gives no reason";
            return failed(run, runEnd("no place", `it has found no place for ${patienceSeconds} s: ${why}`));
        }
        if (this.isImpatient("node")) {
            const reason =
                `its node ${run.node} has not answered for ${patienceSeconds} s; ` +
                "if it comes back within an hour, the run goes on or is told how it ended";
            return failed(run, runEnd("node lost", reason));
        }
        return run;
    }

    private refuseSilence(error: unknown): void {
        if (this.isImpatient("answer")) {
            throw new UserError(`Nomad has not answered for ${this.options.patienceSeconds} s: ${reasonOf(error)}.`);
        }
    }

    private isImpatient(what: keyof Watch["wellAt"]): boolean {
        return Date.now() - this.wellAt[what] > this.options.patienceSeconds * 1000;
    }
}

function failed(run: RunSnapshot, end: RunSnapshot["end"]): RunSnapshot {
    return { ...run, phase: "failed", end, reason: end?.reason };
}
