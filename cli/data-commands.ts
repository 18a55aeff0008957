import { Command } from "commander";
import { listData, putData, removeData, withData } from "./data";
import { CommandSupport } from "./run-commands";
import { GlobalOptions } from "./session";

/** Adds `data put`, `data ls` and `data rm`: the team's data, which every training can read. */
export function addDataCommands(program: Command, { withStack, run }: CommandSupport): void {
    const data = program.command("data").description("the data volume, which every training finds at /data");
    withStack(data.command("put"))
        .description("copy files and folders into it, in place of what has their names")
        .argument("<path...>", "local files and folders")
        .action((paths: string[], options: GlobalOptions) =>
            run(options, process.stdout, (ground) =>
                withData(ground, (volume) => putData(volume, paths, ground.screen.line)),
            ),
        );
    withStack(data.command("ls"))
        .description("show what is in it")
        .action((options: GlobalOptions) =>
            run(options, process.stdout, (ground) =>
                withData(ground, (volume) => listData(volume, ground.screen.line)),
            ),
        );
    withStack(data.command("rm"))
        .description("remove files and folders from it")
        .argument("<name...>", "names as data ls shows them")
        .action((names: string[], options: GlobalOptions) =>
            run(options, process.stdout, (ground) =>
                withData(ground, (volume) => removeData(volume, names, ground.screen.line)),
            ),
        );
}
