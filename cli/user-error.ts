/** A failure meant for people: its message is shown alone, without a stack, and the exit code is 1. */
export class UserError extends Error {
    override readonly name = "UserError";
}

/** Somebody pressed Ctrl-C; the exit code is 130, as a shell expects after SIGINT. */
export class Interrupted extends Error {
    override readonly name = "Interrupted";
    constructor(message = "Interrupted.") {
        super(message);
    }
}

/** The reason of any thrown thing in one line; `fetch` hides it in `cause`. */
export function reasonOf(error: unknown): string {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const message = cause instanceof Error ? cause.message || cause.name : String(cause);
    return (message.trim().split("\n")[0] ?? message).replace(/\.$/, "");
}
