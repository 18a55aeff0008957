/** Commands of Pulumi that need no stack, or make or choose one themselves. */
const WITHOUT_STACK =
    /^(about|completion|convert|help|install|login|logout|new|org|package|plugin|policy|schema|version|whoami|-.*)$/;
const STACK_COMMANDS = /^(init|ls|rm|select)$/;

/** The stack that Pulumi's own arguments name. */
export function stackIn(args: readonly string[]): string | undefined {
    const at = args.findIndex((arg) => /^(-s|--stack)(=|$)/.test(arg));
    return at < 0 ? undefined : (args[at]?.split("=")[1] ?? args[at + 1]);
}

/** Whether a Pulumi command works on a stack that must be there. */
export function needsStack([command = "help", subcommand = ""]: readonly string[]): boolean {
    return !WITHOUT_STACK.test(command) && !(command === "stack" && STACK_COMMANDS.test(subcommand));
}
