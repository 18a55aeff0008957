const NANOSECONDS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Nanoseconds of a Go duration such as `1m30s` or `500ms`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
    if (text === "0") {
        return 0;
    }
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)/gy)];
    const matched = parts.map(([part]) => part).join("");
    if (text === "" || matched !== text) {
        return undefined;
    }
    return Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * (NANOSECONDS[unit ?? ""] ?? 0), 0));
}

/** As Go writes a duration (time.Duration.String): 60 s is `1m0s`. That is what the official plugin records. */
export function formatDuration(nanoseconds: number): string {
    if (nanoseconds === 0) {
        return "0s";
    }
    if (nanoseconds < 1e9) {
        const [unit, size] = nanoseconds < 1e3 ? ["ns", 1] : nanoseconds < 1e6 ? ["µs", 1e3] : ["ms", 1e6];
        return `${nanoseconds / (size as number)}${unit}`;
    }
    const seconds = nanoseconds / 1e9;
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const rest = Number((seconds % 60).toFixed(9));
    return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${rest}s`;
}
