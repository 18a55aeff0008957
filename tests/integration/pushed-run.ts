import { until } from "./plugins-servers";
import { valueNow } from "./prometheus-answers";

/** A training run as the trainer pushes it, epoch by epoch, to a real Pushgateway. */
export class PushedRun {
    /** Unix time. */
    readonly started = Date.now() / 1000;
    private values: Record<string, number> = { training_epoch: 0, training_status: 0 };

    constructor(
        private readonly pushgateway: string,
        private readonly prometheus: string,
        readonly labels: { readonly model: string; readonly experiment: string; readonly run_id: string },
        epochs: number,
    ) {
        this.values["training_epochs"] = epochs;
        this.values["training_started_timestamp_seconds"] = this.started;
    }

    /** Completes an epoch; resolves when Prometheus has seen it. */
    async completeEpoch(epoch: number): Promise<void> {
        this.set({
            epoch,
            loss: 2 / epoch,
            accuracy: 1 - 1 / (epoch + 1),
            validation_loss: 2.1 / epoch,
            validation_accuracy: 1 - 1.1 / (epoch + 1),
            samples_per_second: 12_000,
        });
        await this.push();
        await this.seen("training_epoch", epoch);
    }

    /** Ends the run with a status; resolves when Prometheus has seen it. */
    async finish(status: 1 | 2): Promise<void> {
        this.set({ status, finished_timestamp_seconds: Date.now() / 1000 });
        await this.push();
        await this.seen("training_status", status);
    }

    /** Takes the run's group away; resolves when Prometheus has noticed. */
    async remove(): Promise<void> {
        await fetch(this.groupUrl(), { method: "DELETE" });
        await until(this.prometheus, "the end of a removed run's series", async () => {
            return (await valueNow(this.prometheus, `training_status{run_id="${this.labels.run_id}"}`)).length === 0;
        });
    }

    async push(): Promise<void> {
        this.set({ heartbeat_timestamp_seconds: Date.now() / 1000, cpu_percent: 95, memory_bytes: 2e8 });
        const body = Object.entries(this.values).map(([name, value]) => `# TYPE ${name} gauge\n${name} ${value}\n`);
        const response = await fetch(this.groupUrl(), { method: "PUT", body: body.join("") });
        if (!response.ok) {
            throw new Error(`Pushgateway answered ${response.status}: ${await response.text()}`);
        }
    }

    private set(values: Record<string, number>): void {
        const named = Object.entries(values).map(([name, value]) => [`training_${name}`, value]);
        this.values = { ...this.values, ...Object.fromEntries(named) };
    }

    private async seen(metric: string, value: number): Promise<void> {
        const expr = `${metric}{run_id="${this.labels.run_id}"} == ${value}`;
        await until(this.prometheus, expr, async () => (await valueNow(this.prometheus, expr)).length > 0);
    }

    private groupUrl(): string {
        const { model, experiment, run_id } = this.labels;
        return `${this.pushgateway}/metrics/job/ml-training/model/${model}/experiment/${experiment}/run_id/${run_id}`;
    }
}
