import { setTimeout as sleep } from "node:timers/promises";

/** Between two looks. The official plugin looks once a second or slower; looking sooner only ends the wait sooner. */
const INTERVAL_MS = 100;

/**
 * Calls `look` until it gives a value, at most for `seconds`.
 *
 * @returns undefined when the time is up.
 * @throws what `look` throws, and the reason of `signal` when it aborts.
 */
export async function poll<T>(
    look: () => Promise<T | undefined>,
    seconds: number,
    signal: AbortSignal,
): Promise<T | undefined> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
        signal.throwIfAborted();
        const found = await look();
        if (found !== undefined || performance.now() >= deadline) {
            return found;
        }
        await sleep(INTERVAL_MS);
    }
}
