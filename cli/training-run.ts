import { failedTask, failureReason, placementProblem } from "./failure-reason";
import { Allocation, Nomad, isOver } from "./nomad";
import { Prometheus } from "./prometheus";

/** The numbers of one moment of a run, as the trainer pushed them (metrics contract: names without `training_`). */
export interface Sample {
    readonly epoch: number;
    readonly epochs?: number;
    readonly loss?: number;
    readonly accuracy?: number;
    readonly validation_loss?: number;
    readonly validation_accuracy?: number;
    readonly samples_per_second?: number;
    readonly status?: number;
    readonly started_timestamp_seconds?: number;
    readonly finished_timestamp_seconds?: number;
}

export type Phase = "waiting" | "starting" | "running" | "succeeded" | "failed" | "gone";

/** All that is known of one training run at one moment. */
export interface RunSnapshot {
    /** Allocation id, which is also the `run_id` of its metrics; undefined while Nomad has not placed it. */
    readonly id?: string;
    readonly job: string;
    readonly model?: string;
    readonly experiment?: string;
    readonly phase: Phase;
    /** Why it waits or failed, in words. */
    readonly reason?: string;
    /** When Nomad placed it, milliseconds since 1970. */
    readonly placedAt?: number;
    /** The newest numbers. */
    readonly latest?: Sample;
    /** One sample an epoch, in order. */
    readonly history: readonly Sample[];
}

/** `training_status` of a run that has not ended. */
const RUNNING = 0;

/** One training run, watched through Nomad (what happens to it) and Prometheus (its numbers). */
export class TrainingRun {
    private readonly epochs = new Map<number, Sample>();
    private labels: Readonly<Record<string, string>> = {};
    private latest: Sample | undefined;
    private caughtUp = false;

    /**
     * @param job id of the job; its newest allocation of its current version is the run.
     * @param allocationId the run itself, where it is known already.
     */
    constructor(
        private readonly nomad: Nomad,
        private readonly prometheus: Prometheus,
        private readonly job: string,
        private readonly allocationId?: string,
    ) {}

    /** Looks once. @throws when Nomad does not answer; Prometheus may be silent. */
    async look(): Promise<RunSnapshot> {
        const allocation = await this.find();
        if (!allocation) {
            return this.unplaced();
        }
        await this.readMetrics(allocation).catch(() => undefined);
        return this.snapshot({
            id: allocation.ID,
            placedAt: allocation.CreateTime / 1e6,
            phase: this.phaseOf(allocation),
            reason: allocation.ClientStatus === "complete" ? undefined : await this.reasonOf(allocation),
        });
    }

    private async find(): Promise<Allocation | undefined> {
        if (this.allocationId) {
            return this.nomad.allocation(this.allocationId);
        }
        const job = await this.nomad.job(this.job);
        const allocations = job ? await this.nomad.allocations(this.job) : [];
        // A job that was changed runs anew: allocations of earlier versions are other runs.
        const newest = allocations.find(({ JobVersion }) => JobVersion === undefined || JobVersion === job?.Version);
        return newest && this.nomad.allocation(newest.ID);
    }

    private async unplaced(): Promise<RunSnapshot> {
        const job = await this.nomad.job(this.job);
        if (!job || (job.Status === "dead" && !this.allocationId)) {
            return this.snapshot({ phase: "gone", reason: `Nomad has no run of ${this.job} any more` });
        }
        return this.snapshot({
            phase: "waiting",
            reason: placementProblem(await this.nomad.evaluations(this.job)),
        });
    }

    private phaseOf({ ClientStatus }: Allocation): Phase {
        switch (ClientStatus) {
            case "complete":
                return "succeeded";
            case "failed":
            case "lost":
                return "failed";
            case "running":
                return this.latest ? "running" : "starting";
            default:
                return "starting";
        }
    }

    private async reasonOf(allocation: Allocation): Promise<string | undefined> {
        if (!isOver(allocation)) {
            return lastEvent(allocation);
        }
        const [task] = failedTask(allocation) ?? [];
        const log = task ? await this.log(allocation.ID, task) : "";
        return failureReason(allocation, log);
    }

    private async log(id: string, task: string): Promise<string> {
        const stderr = await this.nomad.log(id, task, "stderr").catch(() => "");
        return stderr.trim() === "" ? this.nomad.log(id, task, "stdout").catch(() => "") : stderr;
    }

    /** Reads the newest numbers and, the first time, all there were before. */
    private async readMetrics(allocation: Allocation): Promise<void> {
        const selector = `{__name__=~"training_.+", run_id="${allocation.ID}"}`;
        if (!this.caughtUp || isOver(allocation)) {
            await this.readHistory(selector, allocation);
        }
        const series = await this.prometheus.query(selector);
        if (series.length > 0) {
            this.take(Object.fromEntries(series.map(({ metric, samples }) => [shortName(metric), samples[0]?.[1]])));
            this.labels = series[0]?.metric ?? {};
        }
    }

    private async readHistory(selector: string, allocation: Allocation): Promise<void> {
        const age = Math.ceil((Date.now() - allocation.CreateTime / 1e6) / 1000) + 60;
        const series = await this.prometheus.query(`${selector}[${age}s]`);
        if (series.length === 0) {
            return;
        }
        this.caughtUp = true;
        this.labels = series[0]?.metric ?? {};
        const moments = new Map<number, Record<string, number>>();
        for (const { metric, samples } of series) {
            for (const [time, value] of samples) {
                moments.set(time, { ...moments.get(time), [shortName(metric)]: value });
            }
        }
        [...moments.entries()].sort(([left], [right]) => left - right).forEach(([, values]) => this.take(values));
    }

    private take(values: Readonly<Record<string, number | undefined>>): void {
        const sample = { ...values, epoch: values.epoch ?? 0 } as Sample;
        this.latest = sample;
        if (sample.epoch > 0 && sample.loss !== undefined) {
            this.epochs.set(sample.epoch, sample);
        }
    }

    private snapshot(known: Pick<RunSnapshot, "id" | "phase" | "reason" | "placedAt">): RunSnapshot {
        const history = [...this.epochs.values()].sort((left, right) => left.epoch - right.epoch);
        const { model, experiment } = this.labels;
        return { job: this.job, model, experiment, latest: this.latest, history, ...known };
    }
}

/** Whether Prometheus has the run's own last words, or never will. */
export function isSettled({ phase, latest }: RunSnapshot): boolean {
    return phase === "gone" || phase === "failed" || (phase === "succeeded" && (latest?.status ?? RUNNING) !== RUNNING);
}

function shortName(metric: Readonly<Record<string, string>>): string {
    return (metric.__name__ ?? "").replace(/^training_/, "");
}

function lastEvent(allocation: Allocation): string | undefined {
    const [, state] = failedTask(allocation) ?? [];
    const event = state?.Events?.at(-1);
    return event?.DisplayMessage || event?.Type;
}
