/** Runs at most so many pieces of work at once, in the order they came. */
export class Lanes {
    private readonly waiting: (() => void)[] = [];

    constructor(private free: number) {}

    async run<T>(work: () => Promise<T>): Promise<T> {
        if (this.free === 0) {
            await new Promise<void>((go) => this.waiting.push(go));
        } else {
            this.free--;
        }
        try {
            return await work();
        } finally {
            const next = this.waiting.shift();
            if (next === undefined) {
                this.free++;
            } else {
                next();
            }
        }
    }
}
