import { Command } from "commander";
import { RunParameter, optionOf } from "./dispatch";
import { LogsOptions, logs } from "./logs";
import { RunsOptions, runs } from "./runs";
import { GlobalOptions, Ground } from "./session";
import { stop } from "./stop";
import { TrainOptions, train } from "./train";
import { watch } from "./watch";

/** What `mlops` gives every command. */
export interface CommandSupport {
    /** Adds the options that every command has. */
    readonly withStack: (command: Command) => Command;
    /** Runs a command's action to the end of the process; `stream` gets what is for people. */
    readonly run: (
        options: GlobalOptions,
        stream: NodeJS.WriteStream,
        action: (ground: Ground) => Promise<number>,
    ) => Promise<void>;
    /** When the command was started, milliseconds since 1970. */
    readonly startedAt: number;
}

const PARAMETERS: Readonly<Partial<Record<RunParameter, string>>> = {
    model: "model to train; with an image or command of your own, any name",
    experiment: "name under which runs are compared",
    epochs: "passes over the training data",
    batch_size: "samples a step",
    learning_rate: "size of a step",
    seed: "start of the random numbers",
    dataset: "data to train on; with an image or command of your own, any name",
    hidden_layers: "layer widths, such as 1024,512,256",
    time_limit: "seconds, or a time such as 10m or 2h, after which the run ends itself",
};

const RUN = "allocation id or job id, or its beginning (allocation) or end (job)";

/** Adds the commands of the daily work with runs: train, watch, logs, runs and stop. */
export function addRunCommands(program: Command, { withStack, run, startedAt }: CommandSupport): void {
    const outputOf = (json: boolean | undefined) => (json ? process.stderr : process.stdout);

    const trainCommand = withStack(program.command("train")).description("start one training and follow it to its end");
    for (const [key, description] of Object.entries(PARAMETERS)) {
        trainCommand.option(`${optionOf(key as RunParameter)} <value>`, description);
    }
    trainCommand
        .option("--image <reference>", "an image of your own, with a tag other than latest")
        .option("--command <words>", "program and arguments in place of the image's own; no shell reads them")
        .option("--cpu <MHz>", "CPU to reserve")
        .option("--memory <size>", "memory limit in MiB, or with a unit such as 2GiB")
        .option("--detach", "return as soon as the run is dispatched")
        .option("--json", "a JSON object a line and event on stdout, all else on stderr")
        .action((options: GlobalOptions & TrainOptions) =>
            run(options, outputOf(options.json), (ground) => train(ground, options, startedAt)),
        );
    withStack(program.command("watch"))
        .description("follow runs to their end")
        .argument("[run...]", `${RUN} (default: all that are not over, else the newest)`)
        .option("--json", "a JSON object a line and event on stdout, all else on stderr")
        .action((wanted: string[], options: GlobalOptions & { json?: boolean }) =>
            run(options, outputOf(options.json), (ground) => watch(ground, wanted, { json: options.json, startedAt })),
        );
    withStack(program.command("logs"))
        .description("what a run printed")
        .argument("<run>", RUN)
        .option("-f, --follow", "and what it still prints, until it ends")
        .option("--stderr", "its errors instead of its output")
        .action((wanted: string, options: GlobalOptions & LogsOptions) =>
            run(options, process.stderr, (ground) => logs(ground, wanted, options)),
        );
    withStack(program.command("runs"))
        .description("the trainings that Nomad knows, newest first")
        .option("--all", "also those that ended long ago")
        .option("--json", "a JSON list on stdout")
        .action((options: GlobalOptions & RunsOptions) =>
            run(options, outputOf(options.json), (ground) => runs(ground, options)),
        );
    withStack(program.command("stop"))
        .description("stop runs")
        .argument("<run...>", RUN)
        .action((wanted: string[], options: GlobalOptions) =>
            run(options, process.stdout, (ground) => stop(ground, wanted)),
        );
}
