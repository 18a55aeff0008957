import { UserError } from "./user-error";

/** One time series of an answer: its labels and its samples as [seconds since 1970, value]. */
export interface Series {
    readonly metric: Readonly<Record<string, string>>;
    readonly samples: readonly (readonly [time: number, value: number])[];
}

interface Answer {
    readonly data: {
        readonly result: readonly {
            readonly metric: Record<string, string>;
            readonly value?: readonly [number, string];
            readonly values?: readonly (readonly [number, string])[];
        }[];
    };
}

interface Targets {
    readonly data: {
        readonly activeTargets: readonly { scrapePool: string; scrapeUrl: string; health: string; lastError: string }[];
    };
}

const ANSWER_MILLISECONDS = 5_000;

/** Prometheus' HTTP API behind basic auth. */
export class Prometheus {
    private readonly authorization: Record<string, string>;

    /** @param user "" where nobody asks for a password. */
    constructor(
        private readonly url: string,
        user: string,
        password: string,
    ) {
        const basic = Buffer.from(`${user}:${password}`).toString("base64");
        this.authorization = user === "" ? {} : { Authorization: `Basic ${basic}` };
    }

    /** Evaluates an expression now: one sample a series, or, for a range such as `up[1m]`, all its raw samples. */
    async query(expression: string): Promise<Series[]> {
        const { data } = await this.get<Answer>(`/api/v1/query?query=${encodeURIComponent(expression)}`);
        return data.result.map(({ metric, value, values }) => ({
            metric,
            samples: (values ?? (value ? [value] : [])).map(([time, text]) => [time, Number(text)] as const),
        }));
    }

    async targets(): Promise<Targets["data"]["activeTargets"]> {
        return (await this.get<Targets>("/api/v1/targets?state=active")).data.activeTargets;
    }

    private async get<T>(path: string): Promise<T> {
        const answer = await fetch(`${this.url}${path}`, {
            headers: this.authorization,
            signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
        });
        if (!answer.ok) {
            throw new UserError(`Prometheus answers with HTTP ${answer.status}: ${(await answer.text()).trim()}`);
        }
        return (await answer.json()) as T;
    }
}
