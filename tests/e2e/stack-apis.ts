import { TRAINING_JOB } from "../../components/training-job";
import { Headers, Series, valueNow } from "../integration/prometheus-answers";
import { eventually } from "./eventually";

export interface Allocation {
    readonly ID: string;
    readonly JobID: string;
    readonly ClientStatus: string;
    readonly CreateIndex: number;
}

/** The servers of a stack that is up, asked with the credentials of its outputs. */
export class StackApis {
    constructor(private readonly outputs: Readonly<Record<string, string>>) {}

    /** @throws when the stack has no such output. */
    out(name: string): string {
        const value = this.outputs[name];
        if (value === undefined) {
            throw new Error(`The stack has no output ${name}`);
        }
        return value;
    }

    /** @param body sent as JSON. */
    nomad(path: string, method = "GET", body?: object): Promise<Response> {
        return fetch(`${this.out("nomadUrl")}${path}`, {
            method,
            headers: { "X-Nomad-Token": this.out("nomadToken") },
            body: body && JSON.stringify(body),
        });
    }

    /** @param body sent as it is. */
    consul(path: string, method = "GET", body?: string): Promise<Response> {
        const headers = { "X-Consul-Token": this.out("consulToken") };
        return fetch(`${this.out("consulUrl")}${path}`, { method, headers, body });
    }

    /** Allocations of a job, newest first; none where there is no such job. */
    async allocations(job = TRAINING_JOB): Promise<Allocation[]> {
        const answer = await this.nomad(`/v1/job/${job}/allocations`);
        const all = answer.ok ? ((await answer.json()) as Allocation[]) : [];
        return all.sort((a, b) => b.CreateIndex - a.CreateIndex);
    }

    /** Waits for the newest run to end. */
    ended(job = TRAINING_JOB): Promise<Allocation> {
        return this.newest(job, "the newest run has ended", /^(complete|failed|lost)$/);
    }

    /** Waits for the newest run to be running. */
    running(job = TRAINING_JOB): Promise<Allocation> {
        return this.newest(job, "the newest run is running", /^running$/);
    }

    private newest(job: string, what: string, status: RegExp): Promise<Allocation> {
        return eventually(what, async () => {
            const [newest] = await this.allocations(job);
            return newest && status.test(newest.ClientStatus) ? newest : undefined;
        });
    }

    /** Asks Pushgateway. @param body as it is. */
    pushgateway(path: string, method = "GET", body?: string): Promise<Response> {
        return fetch(`${this.out("pushgatewayUrl")}${path}`, { method, headers: this.metricsAuthorization, body });
    }

    /** Header with the credentials of Prometheus and Pushgateway. */
    get metricsAuthorization(): Headers {
        const basic = Buffer.from(`${this.out("metricsUser")}:${this.out("metricsPassword")}`).toString("base64");
        return { Authorization: `Basic ${basic}` };
    }

    /** Evaluates an expression in Prometheus now. */
    async query(expression: string): Promise<(Series & { value: readonly [number, string] })[]> {
        const series = await valueNow(this.out("prometheusUrl"), expression, this.metricsAuthorization);
        return series.map(({ metric, value = [0, ""] }) => ({ metric, value }));
    }
}
