import { RunEnd, runEnd } from "./exit-code";
import { allocationEnd, failedTask } from "./failure-reason";
import { Allocation, Job, Nomad, isOver } from "./nomad";
import { PlacementProblem, placementProblem } from "./placement";
import { Prometheus } from "./prometheus";
import { RunMetrics, Sample } from "./run-metrics";

export type { Sample } from "./run-metrics";

/** "away": Nomad does not hear from its node, and takes it back if it does again. "failed" is any end but success. */
export type Phase = "waiting" | "starting" | "running" | "away" | "succeeded" | "failed" | "gone";

/** All that is known of one training run at one moment. */
export interface RunSnapshot {
    /** Allocation id, which is also the `run_id` of its metrics; undefined while Nomad has not placed it. */
    readonly id?: string;
    readonly job: string;
    readonly node?: string;
    readonly model?: string;
    readonly experiment?: string;
    readonly phase: Phase;
    /** Why it waits or failed, in words. */
    readonly reason?: string;
    /** Of a run that waits: whether others are in its way, so that there is nothing to do but to wait. */
    readonly isQueued?: boolean;
    /** How it ended, once it has. */
    readonly end?: RunEnd;
    /** When Nomad placed it, milliseconds since 1970. */
    readonly placedAt?: number;
    /** Whether its task has been started. */
    readonly isStarted?: boolean;
    /** The newest numbers. */
    readonly latest?: Sample;
    /** One sample an epoch, in order. */
    readonly history: readonly Sample[];
}

/** `training_status` of a run that has not ended. */
const RUNNING = 0;
/** On a busy machine Nomad's log collector may write the words of a short task after its end. */
const LOG_MILLISECONDS = 3_000;

/** One training run, watched through Nomad (what happens to it) and Prometheus (its numbers). */
export class TrainingRun {
    private readonly metrics: RunMetrics;
    private meta: Readonly<Record<string, string>> = {};
    private end: RunEnd | undefined;
    /** Since when the run is known to be over, in milliseconds since 1970. */
    private overSince: number | undefined;

    /**
     * @param job id of the job; its newest allocation of its current version is the run.
     * @param allocationId the run itself, where it is known already.
     */
    constructor(
        private readonly nomad: Nomad,
        prometheus: Prometheus,
        readonly job: string,
        private allocationId?: string,
    ) {
        this.metrics = new RunMetrics(prometheus);
    }

    /** Looks once. @throws when Nomad does not answer; Prometheus may be silent. */
    async look(): Promise<RunSnapshot> {
        const job = this.allocationId ? undefined : await this.nomad.job(this.job);
        const allocation = await this.find(job);
        if (!allocation) {
            return this.unplaced(job);
        }
        this.meta = allocation.Job?.Meta ?? {};
        await this.metrics.read(allocation).catch(() => undefined);
        const end = await this.endOf(allocation);
        return this.snapshot({
            id: allocation.ID,
            node: allocation.NodeName,
            placedAt: allocation.CreateTime / 1e6,
            isStarted: Object.values(allocation.TaskStates ?? {}).some(({ StartedAt }) => StartedAt),
            phase: this.phaseOf(allocation, end),
            end,
            reason: end?.reason || (end ? undefined : reasonNow(allocation)),
        });
    }

    /** Stops the run; Nomad keeps what it was. */
    async stop(): Promise<void> {
        await this.nomad.stop(this.job);
    }

    private async find(job: Job | undefined): Promise<Allocation | undefined> {
        if (this.allocationId) {
            return this.nomad.allocation(this.allocationId);
        }
        const allocations = job ? await this.nomad.allocations(this.job) : [];
        // A job that was changed runs anew: allocations of earlier versions are other runs. To be stopped is a change too.
        const newest = allocations.find(
            ({ JobVersion }) => JobVersion === undefined || job?.Stop || JobVersion === job?.Version,
        );
        // A dispatched job has one run, so that there is no need to look for another one.
        this.allocationId = this.job.includes("/dispatch-") ? newest?.ID : undefined;
        return newest && this.nomad.allocation(newest.ID);
    }

    private async unplaced(job: Job | undefined): Promise<RunSnapshot> {
        if (job?.Stop) {
            const end = runEnd("stopped", "it was stopped on request before it had a place");
            return this.snapshot({ phase: "failed", end, reason: end.reason });
        }
        if (!job || job.Status === "dead") {
            const end = runEnd("gone", `Nomad has no run of ${this.job} any more`);
            return this.snapshot({ phase: "gone", end, reason: end.reason });
        }
        this.meta = job.Meta ?? {};
        const [nodes, evaluations] = await Promise.all([this.nomad.nodes(), this.nomad.evaluations(this.job)]);
        return this.waiting(placementProblem(job, nodes, evaluations));
    }

    private waiting(problem: PlacementProblem | undefined): RunSnapshot {
        const reason = problem?.reason;
        if (problem?.kind === "never") {
            return this.snapshot({ phase: "failed", end: runEnd("no place", problem.reason), reason });
        }
        return this.snapshot({ phase: "waiting", isQueued: problem?.kind === "busy", reason });
    }

    private phaseOf({ ClientStatus }: Allocation, end: RunEnd | undefined): Phase {
        if (end) {
            return end.kind === "succeeded" ? "succeeded" : "failed";
        }
        if (ClientStatus === "unknown") {
            return "away";
        }
        return ClientStatus !== "pending" && this.metrics.latest ? "running" : "starting";
    }

    /** The end of a run does not change any more, and its log is fetched until there is one, or none in time. */
    private async endOf(allocation: Allocation): Promise<RunEnd | undefined> {
        if (!this.end && isOver(allocation)) {
            const [task, state] = failedTask(allocation) ?? [];
            const log = task && state?.Failed ? await this.log(allocation.ID, task) : "";
            const hasRun = state?.Events?.some(({ Type }) => Type === "Started");
            this.overSince ??= Date.now();
            if (state?.Failed && hasRun && log === "" && Date.now() - this.overSince < LOG_MILLISECONDS) {
                return undefined;
            }
            this.end = allocationEnd(allocation, log);
        }
        return this.end;
    }

    private async log(id: string, task: string): Promise<string> {
        const stderr = await this.nomad.log(id, task, "stderr").catch(() => "");
        return stderr.trim() === "" ? this.nomad.log(id, task, "stdout").catch(() => "") : stderr;
    }

    private snapshot(known: Omit<RunSnapshot, "job" | "model" | "experiment" | "latest" | "history">): RunSnapshot {
        const { latest, history, labels } = this.metrics;
        const { model, experiment } = { ...this.meta, ...labels };
        return { job: this.job, model, experiment, latest, history, ...known };
    }
}

/** Whether Prometheus has the run's own last words, or never will. */
export function isSettled({ phase, latest }: RunSnapshot): boolean {
    return phase === "gone" || phase === "failed" || (phase === "succeeded" && (latest?.status ?? RUNNING) !== RUNNING);
}

/** What goes on with a run that is not over. */
function reasonNow(allocation: Allocation): string | undefined {
    if (allocation.ClientStatus === "unknown") {
        return `its node ${allocation.NodeName} does not answer`;
    }
    const [, state] = failedTask(allocation) ?? [];
    const event = state?.Events?.at(-1);
    return event?.DisplayMessage || event?.Type;
}
