import { Command, Option } from "commander";
import { BootstrapError } from "../bootstrap/bootstrap";
import { SettingsError } from "../components/settings";
import { artifacts } from "./artifacts";
import { addDataCommands } from "./data-commands";
import { REFUSED } from "./dispatch";
import { down } from "./down";
import { Interruption } from "./interruption";
import { needsStack, stackIn } from "./pulumi-arguments";
import { addRunCommands } from "./run-commands";
import { Screen } from "./screen";
import { GlobalOptions, Ground, ensureStack, openSession, prepareGround } from "./session";
import { SHELLS, Shell, shellEnv } from "./shell-env";
import { readSettings, readSettingsLeniently } from "./stack-config";
import { status } from "./status";
import { sweep } from "./sweep";
import { SweepOptions, withSweepOptions } from "./sweep-options";
import { up } from "./up";
import { Interrupted, UserError } from "./user-error";

const startedAt = Date.now() - Math.round(process.uptime() * 1000);

/** Runs one command line, as in `process.argv`, and ends the process with its exit code. */
export async function main(argv: string[]): Promise<void> {
    const program = new Command("mlops")
        .description("Runs this checkout's machine-learning platform")
        .enablePositionalOptions()
        .showHelpAfterError()
        .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : REFUSED));
    const withStack = (command: Command) =>
        command
            .option("-s, --stack <name>", "the stack to work on (default: PULUMI_STACK, the selected one, or dev)")
            .option("--verbose", "warnings as they come, and errors with their stacks");

    withStack(program.command("up"))
        .description("make everything available, provision the stack and follow the training")
        .option("--yes", "accepted for habit's sake: nothing is asked")
        .option("--no-follow", "return as soon as the stack is provisioned")
        .action((options: GlobalOptions & { follow: boolean }) =>
            run(options, process.stdout, (ground) => up(ground, { follow: options.follow, startedAt })),
        );
    withStack(program.command("down"))
        .description("stop what runs and remove all of the stack")
        .option("--yes", "accepted for habit's sake: nothing is asked")
        .action((options: GlobalOptions) => run(options, process.stdout, down));
    withStack(program.command("status"))
        .description("how the stack is; exit code 1 when something is wrong")
        .action((options: GlobalOptions) => run(options, process.stdout, status));
    withStack(program.command("artifacts"))
        .description("bring what a run left behind to artifacts/<run>")
        .argument("[run]", "allocation id or its unique beginning (default: the newest run)")
        .action((wanted: string | undefined, options: GlobalOptions) =>
            run(options, process.stdout, (ground) => artifacts(ground, wanted)),
        );
    withSweepOptions(withStack(program.command("sweep")))
        .description("train every combination of lists of parameters, and rank the runs")
        .action((options: GlobalOptions & SweepOptions) =>
            run(options, options.json ? process.stderr : process.stdout, (ground) => sweep(ground, options)),
        );
    withStack(program.command("bootstrap"))
        .description("make everything available and do nothing else")
        .action((options: GlobalOptions) =>
            run(options, process.stdout, async (ground) => {
                const { leftOut } = await openSession(ground, "retry");
                leftOut.forEach((sentence) => ground.screen.line(`• ${sentence}`));
                return 0;
            }),
        );
    withStack(program.command("env"))
        .description("print what a shell needs for plain pulumi commands")
        .addOption(new Option("--shell <shell>", "the shell to print for").choices(SHELLS).default("bash"))
        .action((options: GlobalOptions & { shell: Shell }) =>
            run(options, process.stderr, async (ground) => {
                const { env } = await openSession(ground, "find");
                process.stdout.write(`${shellEnv(env, options.shell)}\n`);
                return 0;
            }),
        );
    addRunCommands(program, { withStack, run, startedAt });
    addDataCommands(program, { withStack, run, startedAt });
    passThrough(program, "preview", (args) => ["preview", ...args]).description("pulumi preview");
    passThrough(program, "pulumi", (args) => args).description("any Pulumi command in the right environment");
    await program.parseAsync(argv);
}

/** A command whose arguments are Pulumi's business, `--help` included. */
function passThrough(program: Command, name: string, argsOf: (args: string[]) => string[]): Command {
    return program
        .command(name)
        .argument("[args...]")
        .helpOption(false)
        .allowUnknownOption()
        .passThroughOptions()
        .action((given: string[]) => {
            const args = argsOf(given);
            return run({ stack: stackIn(args) }, process.stderr, async (ground) => {
                const read = name === "pulumi" ? readSettingsLeniently : readSettings;
                const session = await openSession(ground, "provide", read);
                if (needsStack(args)) {
                    await ensureStack(session);
                }
                return session.pulumi.handOver(args);
            });
        });
}

async function run(
    options: GlobalOptions,
    stream: NodeJS.WriteStream,
    action: (ground: Ground) => Promise<number>,
): Promise<void> {
    const screen = new Screen(stream);
    const interruption = new Interruption(screen.line);
    try {
        process.exitCode = await action(prepareGround(options, screen, interruption));
    } catch (error) {
        screen.live("");
        process.exitCode = tell(error, options.verbose ?? false);
    }
    // Keep-alive connections to the servers would hold the process for some seconds more.
    process.exit();
}

/** Says what went wrong. @returns the exit code. */
function tell(error: unknown, verbose: boolean): number {
    if (error instanceof Interrupted) {
        process.stderr.write("Interrupted. npm run up goes on from here, npm run down removes what there is.\n");
        return 130;
    }
    const forPeople = error instanceof UserError || error instanceof BootstrapError || error instanceof SettingsError;
    const message = error instanceof Error ? error.message : String(error);
    if (verbose && error instanceof Error) {
        process.stderr.write(`${error.stack ?? message}\n`);
    } else {
        process.stderr.write(forPeople ? `${message}\n` : `${message}\nRun it again with --verbose for the details.\n`);
    }
    return error instanceof UserError ? error.exitCode : 1;
}

if (require.main === module) {
    void main(process.argv);
}
