const POLL_MILLISECONDS = 200;

/**
 * Polls until `look` gives something, for what has no event to wait for.
 *
 * @throws when it has given nothing for `seconds`.
 */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, seconds = 120): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        const found = await look();
        if (found !== undefined) {
            return found;
        }
        if (Date.now() > deadline) {
            throw new Error(`${what}: not within ${seconds} s`);
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
}
