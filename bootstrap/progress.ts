const heartbeat = 30_000;

/** What the user sees of the bootstrap: one line a finished thing, and a sign of life during long ones. */
export class Progress {
    constructor(private readonly report: (line: string) => void) {}

    /**
     * Runs one step.
     * @param doing what is going on, for the heartbeat: "compiling Nomad"
     * @param done the line for a finished step, given how long it took: "pulled in 12 s"; undefined prints nothing
     */
    async step<T>(
        doing: string,
        work: () => Promise<T>,
        done: (result: T, took: string) => string | undefined,
    ): Promise<T> {
        const started = Date.now();
        const timer = setInterval(() => this.report(`… ${doing}, ${took(started)} so far`), heartbeat);
        try {
            const result = await work();
            const line = done(result, took(started));
            if (line !== undefined) {
                this.report(`✓ ${line}`);
            }
            return result;
        } finally {
            clearInterval(timer);
        }
    }

    /** Something the user should know that is neither finished nor failed. */
    note(line: string): void {
        this.report(`• ${line}`);
    }
}

function took(started: number): string {
    const seconds = (Date.now() - started) / 1000;
    return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}
