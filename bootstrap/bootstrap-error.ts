/** A failure meant for people: the message is one or two sentences saying what is wrong, with which value, and what to do. */
export class BootstrapError extends Error {
    override readonly name = "BootstrapError";
}

/** The first line of any thrown thing, without its stack: for a sentence that quotes a cause. */
export function causeOf(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    return (message.trim().split("\n")[0] ?? message).replace(/\.$/, "");
}

/** The whole message of any thrown thing: a failed command carries the last lines of its log and where the rest is. */
export function detailsOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
