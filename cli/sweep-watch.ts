import { dispatchRun } from "./dispatch";
import { Nomad } from "./nomad";
import { Prometheus } from "./prometheus";
import { Combination } from "./sweep-grid";
import { ListedAllocation, SweepJobs } from "./sweep-jobs";
import { readNumbers } from "./sweep-numbers";
import { EndedRun, FinalNumbers } from "./sweep-ranking";
import { ListedChild, SweepRun, dispatchToken, isEnded, sweepRuns, toStart, unfinished } from "./sweep-runs";
import { TrainingRun } from "./training-run";
import { UserError } from "./user-error";

/** What one command was asked to do. */
export interface SweepPlan {
    readonly sweep: string;
    readonly combinations: readonly Combination[];
    /** How many of its runs may be unfinished. @default as many as there are: Nomad queues them */
    readonly maxParallel?: number;
}

export interface SweepServers {
    readonly nomad: Nomad;
    readonly prometheus: Prometheus;
    readonly jobs: SweepJobs;
}

/** `training_status` of a run that has not ended. */
const RUNNING = 0;
/** A finished run's last push may be some scrapes behind what Nomad says; a program of the user's own may push none. */
const LAST_SCRAPE_MILLISECONDS = 5_000;
/** Well below the time after which Nomad takes a lock away, a last slow answer included. */
const START_MILLISECONDS = 5_000;
/** Failures to be explained at a time: each takes some requests of its own. */
const EXPLAINED_A_LOOK = 20;

/** One sweep, watched through Nomad's lists and Prometheus; it has no memory that a restarted command would lack. */
export class SweepWatch {
    /** Where each combination stands. */
    runs: readonly SweepRun[] = [];
    private children: readonly ListedChild[] = [];
    private readonly ended = new Map<string, EndedRun>();
    private readonly endSeenAt = new Map<string, number>();
    private readonly retried = new Map<string, number>();

    constructor(
        private readonly servers: SweepServers,
        private readonly plan: SweepPlan,
    ) {}

    /** Looks once. @returns the runs of whose end everything is known now. @throws when a server does not answer. */
    async look(): Promise<EndedRun[]> {
        await this.list();
        const fresh = this.runs.filter((run) => isEnded(run) && !this.ended.has(run.job ?? ""));
        if (fresh.length === 0) {
            return [];
        }
        const allocations = await this.servers.jobs.allocations();
        const placed = fresh.map(({ job = "" }) => allocations.get(job)).filter((found) => found !== undefined);
        const since = Math.min(...placed.map(({ CreateTime }) => CreateTime / 1e6));
        const numbers = await readNumbers(
            this.servers.prometheus,
            placed.map(({ ID }) => ID),
            since,
        );
        const told = await Promise.all([
            ...fresh
                .filter(({ state }) => state === "succeeded")
                .map((run) => this.succeeded(run, allocations, numbers)),
            ...fresh
                .filter(({ state }) => state !== "succeeded")
                .slice(0, EXPLAINED_A_LOOK)
                .map((run) => this.explained(run, allocations, numbers)),
        ]);
        return told.filter((run) => run !== undefined);
    }

    /** The runs that have ended, as far as everything is known of them. */
    results(): EndedRun[] {
        return this.runs.map(({ job = "" }) => this.ended.get(job)).filter((run) => run !== undefined);
    }

    /** Has every run that failed until now started once more. */
    retryFailed(): void {
        for (const run of this.runs) {
            if (this.ended.get(run.job ?? "")?.succeeded === false) {
                this.retried.set(run.combination.key, run.attempts);
            }
        }
    }

    /** What this command still has to start. */
    get due(): SweepRun[] {
        return toStart(this.runs, this.retried);
    }

    /** Whether everything is known of the runs that have ended. */
    get isExplained(): boolean {
        return this.runs.filter(isEnded).every(({ job = "" }) => this.ended.has(job));
    }

    get isDone(): boolean {
        return this.due.length === 0 && this.runs.every(isEnded) && this.isExplained;
    }

    /** How many runs may be started now. */
    get room(): number {
        return Math.min(this.due.length, (this.plan.maxParallel ?? Infinity) - unfinished(this.children));
    }

    /**
     * Starts what is due, as much as there is room for and as goes in a few seconds.
     *
     * @returns how many were started; undefined while another command does, or was killed doing so a moment ago.
     */
    async start(): Promise<number | undefined> {
        const { nomad, jobs } = this.servers;
        return jobs.exclusively(async () => {
            const until = Date.now() + START_MILLISECONDS;
            await this.list();
            let count = 0;
            for (const run of this.due.slice(0, Math.max(0, this.room))) {
                if (Date.now() > until) {
                    break;
                }
                const parameters = { ...run.combination.parameters, sweep: this.plan.sweep };
                await dispatchRun(nomad, { parameters, token: dispatchToken(this.plan.sweep, run) });
                count += 1;
            }
            return count;
        });
    }

    /**
     * Why a run that waits has no place; undefined where nothing is known to be in its way.
     *
     * @throws UserError when it can never have one: then none of the sweep can.
     */
    async waitsFor(): Promise<string | undefined> {
        const job = this.runs.find(({ state }) => state === "queued")?.job;
        const snapshot = job === undefined ? undefined : await this.snapshot(job);
        if (snapshot?.end?.kind === "no place") {
            throw new UserError(
                `No run of sweep ${this.plan.sweep} has a place: ${snapshot.reason}`,
                snapshot.end.exitCode,
            );
        }
        return snapshot?.reason;
    }

    private async list(): Promise<void> {
        this.children = await this.servers.jobs.children();
        this.runs = sweepRuns(this.plan.combinations, this.children);
    }

    private succeeded(
        run: SweepRun,
        allocations: ReadonlyMap<string, ListedAllocation>,
        numbers: ReadonlyMap<string, FinalNumbers>,
    ): EndedRun | undefined {
        const { job = "" } = run;
        const seenAt = this.endSeenAt.get(job) ?? Date.now();
        this.endSeenAt.set(job, seenAt);
        const result = this.result(run, allocations, numbers);
        const isTold = (result.numbers.status ?? RUNNING) !== RUNNING;
        return isTold || Date.now() - seenAt > LAST_SCRAPE_MILLISECONDS ? this.keep(result) : undefined;
    }

    private async explained(
        run: SweepRun,
        allocations: ReadonlyMap<string, ListedAllocation>,
        numbers: ReadonlyMap<string, FinalNumbers>,
    ): Promise<EndedRun | undefined> {
        const result = this.result(run, allocations, numbers);
        const { end, reason } = await this.snapshot(result.job, result.run);
        return end && this.keep({ ...result, succeeded: end.kind === "succeeded", reason });
    }

    private result(
        { combination, job = "" }: SweepRun,
        allocations: ReadonlyMap<string, ListedAllocation>,
        numbers: ReadonlyMap<string, FinalNumbers>,
    ): EndedRun {
        const run = allocations.get(job)?.ID;
        return {
            parameters: combination.parameters,
            job,
            run,
            succeeded: true,
            numbers: numbers.get(run ?? "") ?? {},
        };
    }

    private keep(run: EndedRun): EndedRun {
        this.ended.set(run.job, run);
        return run;
    }

    private snapshot(job: string, allocation?: string) {
        const { nomad, prometheus } = this.servers;
        return new TrainingRun(nomad, prometheus, job, allocation).look();
    }
}
