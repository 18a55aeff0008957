const UNIT_SECONDS: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Seconds of a Go duration such as `1h30m`, undefined when it is none. */
export function goDurationSeconds(text: string): number | undefined {
    if (text === "0") {
        return 0;
    }
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
    return parts.length === 0 || parts.map(([part]) => part).join("") !== text
        ? undefined
        : parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNIT_SECONDS[unit!]!, 0);
}

/** Nanoseconds, as Go's JSON has durations, in the notation of Go's `Duration.String()`: `1h0m0s`, `30s`, `1.5s`, `0s`. */
export function goDurationText(nanoseconds: number): string {
    if (nanoseconds === 0) {
        return "0s";
    }
    if (nanoseconds < 1e9) {
        const [unit, size] = nanoseconds >= 1e6 ? ["ms", 1e6] : nanoseconds >= 1e3 ? ["µs", 1e3] : ["ns", 1];
        return `${nanoseconds / (size as number)}${unit}`;
    }
    const seconds = nanoseconds / 1e9;
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const rest = `${Number((seconds % 60).toFixed(9))}s`;
    return hours > 0 ? `${hours}h${minutes}m${rest}` : minutes > 0 ? `${minutes}m${rest}` : rest;
}
