import type Docker from "dockerode";

/** Memory without what the kernel could drop from its file cache, in bytes, and CPU in seconds. */
export interface Usage {
    readonly memory: { before: number; peak: number; after: number };
    /** Since the watch began. */
    cpuSeconds: number;
}

const SAMPLE_MILLISECONDS = 2_000;

/** Watches what containers use until it is ended. */
export class UsageWatch {
    private timer: NodeJS.Timeout | undefined;
    private readonly begun = new Map<string, number>();

    private constructor(
        private readonly engine: Docker,
        /** By container name. */
        readonly usage: Map<string, Usage>,
    ) {}

    static async begin(engine: Docker, names: readonly string[]): Promise<UsageWatch> {
        const watch = new UsageWatch(engine, new Map());
        for (const name of names) {
            const { memory, cpuSeconds } = await watch.sample(name);
            watch.begun.set(name, cpuSeconds);
            watch.usage.set(name, { memory: { before: memory, peak: memory, after: memory }, cpuSeconds: 0 });
        }
        const next = () => {
            watch.timer = setTimeout(() => void watch.look().finally(() => watch.timer && next()), SAMPLE_MILLISECONDS);
        };
        next();
        return watch;
    }

    async end(): Promise<void> {
        clearTimeout(this.timer);
        this.timer = undefined;
        await this.look();
    }

    private async look(): Promise<void> {
        for (const [name, usage] of this.usage) {
            // A sample that a busy engine does not give is one less.
            const now = await this.sample(name).catch(() => undefined);
            if (now) {
                usage.memory.peak = Math.max(usage.memory.peak, now.memory);
                usage.memory.after = now.memory;
                usage.cpuSeconds = now.cpuSeconds - (this.begun.get(name) ?? 0);
            }
        }
    }

    private async sample(name: string): Promise<{ memory: number; cpuSeconds: number }> {
        const stats = await this.engine.getContainer(name).stats({ stream: false, "one-shot": true });
        const { usage, stats: details } = stats.memory_stats;
        // cgroup v1 and v2 name it differently.
        const cache = details as unknown as { total_inactive_file?: number; inactive_file?: number };
        return {
            memory: usage - (cache.total_inactive_file ?? cache.inactive_file ?? 0),
            cpuSeconds: stats.cpu_stats.cpu_usage.total_usage / 1e9,
        };
    }
}
