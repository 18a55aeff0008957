/** How a run came to its end. */
export type EndKind =
    | "succeeded"
    | "exited"
    | "no place"
    | "not started"
    | "out of memory"
    | "node lost"
    | "stopped"
    | "signalled"
    | "gone"
    | "unclear";

/**
 * Exit code of a command whose run ended so. A run that ended by itself gives its own code, so 101 to 106 are chosen from
 * those that no shell, no signal (128 and above) and not the trainer (0, 1, 2, 124) uses.
 */
const EXIT_CODES: Readonly<Record<Exclude<EndKind, "exited">, number>> = {
    succeeded: 0,
    "no place": 101,
    "not started": 102,
    "out of memory": 103,
    "node lost": 104,
    stopped: 105,
    signalled: 106,
    gone: 1,
    unclear: 1,
};

/** How a run ended, and what that means for a command. */
export interface RunEnd {
    readonly kind: EndKind;
    readonly exitCode: number;
    /** Why, in words: sentences for people, several lines. "" where it succeeded. */
    readonly reason: string;
}

/** @param own exit code of a run that ended by itself; one that failed with 0 counts as 1. */
export function runEnd(kind: EndKind, reason: string, own = 0): RunEnd {
    return { kind, reason, exitCode: kind === "exited" ? own || 1 : EXIT_CODES[kind] };
}

/** The exit code of a command that followed several runs: that of the first one, in their order, that did not succeed. */
export function firstFailure(ends: readonly (RunEnd | undefined)[]): number {
    return ends.map((end) => end?.exitCode ?? 1).find((code) => code !== 0) ?? 0;
}
