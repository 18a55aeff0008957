/** A failure meant for people: its message is shown alone, without a stack. */
export class UserError extends Error {
    override readonly name = "UserError";
    /** @param exitCode of the command that fails with it. */
    constructor(
        message: string,
        readonly exitCode = 1,
    ) {
        super(message);
    }
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
