import { MARGIN_SECONDS, metricName } from "./last-numbers";
import { Allocation, isOver } from "./nomad";
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

/** The numbers of one run, read from Prometheus again and again. */
export class RunMetrics {
    /** The newest numbers. */
    latest: Sample | undefined;
    /** Labels of the run's series. */
    labels: Readonly<Record<string, string>> = {};
    private readonly epochs = new Map<number, Sample>();
    private caughtUp = false;

    constructor(private readonly prometheus: Prometheus) {}

    /** One sample an epoch, in order. */
    get history(): Sample[] {
        return [...this.epochs.values()].sort((left, right) => left.epoch - right.epoch);
    }

    /** Reads the newest numbers and, the first time, all there were before. @throws when Prometheus does not answer */
    async read(allocation: Allocation): Promise<void> {
        const selector = `{__name__=~"training_.+", run_id="${allocation.ID}"}`;
        if (!this.caughtUp || isOver(allocation)) {
            await this.readHistory(selector, allocation);
        }
        const series = await this.prometheus.query(selector);
        if (series.length > 0) {
            this.take(Object.fromEntries(series.map(({ metric, samples }) => [metricName(metric), samples[0]?.[1]])));
            this.labels = series[0]?.metric ?? {};
        }
    }

    private async readHistory(selector: string, allocation: Allocation): Promise<void> {
        const age = Math.ceil((Date.now() - allocation.CreateTime / 1e6) / 1000) + MARGIN_SECONDS;
        const series = await this.prometheus.query(`${selector}[${age}s]`);
        if (series.length === 0) {
            return;
        }
        this.caughtUp = true;
        this.labels = series[0]?.metric ?? {};
        const moments = new Map<number, Record<string, number>>();
        for (const { metric, samples } of series) {
            for (const [time, value] of samples) {
                moments.set(time, { ...moments.get(time), [metricName(metric)]: value });
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
}
