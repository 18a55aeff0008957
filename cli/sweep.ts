import { setTimeout as delay } from "node:timers/promises";
import { RunParameter } from "./dispatch";
import { onPlatform } from "./platform";
import { Ground, Session } from "./session";
import { varied } from "./sweep-grid";
import { LOCK_LOST_SECONDS, SweepJobs } from "./sweep-jobs";
import { ParsedSweep, SweepOptions, parseSweep } from "./sweep-options";
import { EndedRun, ranking, rankingJson, rankingTable } from "./sweep-ranking";
import { isEnded } from "./sweep-runs";
import { conclusion, endedLine, headline, sweepLive } from "./sweep-view";
import { SweepWatch } from "./sweep-watch";
import { UserError, reasonOf } from "./user-error";

const POLL_MILLISECONDS = 1_000;
/** Nothing running for so long is worth a reason. */
const WAIT_MILLISECONDS = 10_000;

/**
 * Runs a grid of trainings through Nomad's queue and ranks them. Started again, it goes on from where the sweep is.
 *
 * @returns the exit code: 0 when every run succeeded, else 1. @throws UserError before anything starts for a wrong value.
 */
export async function sweep(ground: Ground, options: SweepOptions): Promise<number> {
    const plan = parseSweep(options);
    return onPlatform(ground, async ({ session, nomad, prometheus }) => {
        session.interruption.hint =
            "Interrupted. Runs that were started go on; the same command goes on from here and starts what is missing.";
        const watch = new SweepWatch({ nomad, prometheus, jobs: new SweepJobs(nomad, plan.sweep) }, plan);
        const ended = await new SweepCommand(session, plan, watch).run(options.retryFailed ?? false);
        const ranked = ranking(ended);
        if (options.json) {
            process.stdout.write(`${JSON.stringify(rankingJson(plan.sweep, ranked), undefined, 2)}\n`);
        } else {
            session.screen.line(rankingTable(ranked, varied(plan.grid)));
        }
        session.screen.line(conclusion(plan.sweep, ended));
        return ended.every(({ succeeded }) => succeeded) ? 0 : 1;
    });
}

/** One command that takes a sweep to its end. */
class SweepCommand {
    private readonly columns: readonly RunParameter[];
    /** When the servers last answered, when something last ran, since when another command starts runs. */
    private readonly since = { answer: Date.now(), movement: Date.now(), held: Infinity };
    private waitsFor: string | undefined;

    constructor(
        private readonly session: Session,
        private readonly plan: ParsedSweep,
        private readonly watch: SweepWatch,
    ) {
        this.columns = varied(plan.grid);
    }

    /** @throws UserError when a server stays silent or Nomad refuses a run. */
    async run(retryFailed: boolean): Promise<EndedRun[]> {
        const { watch, session, plan } = this;
        await watch.look();
        session.screen.line(headline(plan.sweep, plan.grid, watch.runs));
        // Of runs that ended before this command, only their place in the ranking is news.
        const old = new Set(watch.runs.filter(isEnded).map(({ job }) => job));
        try {
            while (retryFailed && !watch.isExplained) {
                await this.look();
            }
            if (retryFailed) {
                watch.retryFailed();
            }
            while (!watch.isDone) {
                if (!(await this.start())) {
                    await delay(POLL_MILLISECONDS);
                }
                this.tell((await this.look()).filter(({ job }) => !old.has(job)));
            }
        } finally {
            session.screen.live("");
        }
        return watch.results();
    }

    /** @returns whether there is more to start at once. */
    private async start(): Promise<boolean> {
        const { watch, session, since } = this;
        if (watch.room < 1) {
            return false;
        }
        const count = await watch.start().catch((error: unknown) => {
            if (error instanceof UserError) {
                throw error;
            }
            this.bePatient(error);
            return 0;
        });
        if (count !== undefined) {
            since.held = Infinity;
            return count > 0 && watch.room > count;
        }
        if (since.held === Infinity) {
            since.held = Date.now();
            session.screen.line(
                "• another command is starting runs of this sweep, or was killed while it did; " +
                    `this one waits, at most ${LOCK_LOST_SECONDS} s for one that was killed`,
            );
        }
        return false;
    }

    private async look(): Promise<EndedRun[]> {
        const { watch, since } = this;
        try {
            const fresh = await watch.look();
            since.answer = Date.now();
            await this.findWait();
            return fresh;
        } catch (error) {
            // Only a wait in vain has an exit code of its own; whatever else went wrong may be over soon.
            if (error instanceof UserError && error.exitCode !== 1) {
                throw error;
            }
            this.bePatient(error);
            await delay(POLL_MILLISECONDS);
            return [];
        }
    }

    /** Once nothing has run for a while, there is a reason. */
    private async findWait(): Promise<void> {
        const { watch, since, session } = this;
        if (
            watch.runs.some(({ state }) => state === "running") ||
            !watch.runs.some(({ state }) => state === "queued")
        ) {
            since.movement = Date.now();
            this.waitsFor = undefined;
        } else if (Date.now() - since.movement > WAIT_MILLISECONDS) {
            since.movement = Date.now();
            const before = this.waitsFor;
            this.waitsFor = await watch.waitsFor();
            if (this.waitsFor !== undefined && this.waitsFor !== before && !session.screen.isLive) {
                session.screen.line(`• ${this.waitsFor}`);
            }
        }
    }

    private tell(fresh: readonly EndedRun[]): void {
        const { watch, session, plan, columns, waitsFor } = this;
        const { screen } = session;
        const ended = watch.results();
        if (!screen.isLive) {
            const first = ended.length - fresh.length + 1;
            fresh.forEach((run, at) => screen.line(endedLine(run, first + at, watch.runs.length, columns)));
        }
        screen.live(sweepLive({ sweep: plan.sweep, runs: watch.runs, ended, columns, waitsFor }, screen.columns));
    }

    private bePatient(error: unknown): void {
        const { readyTimeoutSeconds } = this.session.settings;
        if (Date.now() - this.since.answer > readyTimeoutSeconds * 1000) {
            throw new UserError(
                `Nomad or Prometheus has not answered for ${readyTimeoutSeconds} s: ${reasonOf(error)}. ` +
                    "The same command goes on from here.",
            );
        }
    }
}
