import Docker from "dockerode";
import { sweep } from "../../cli/containers";
import { VolumeAccess } from "../../cli/volume-files";
import { PART_LABEL, STACK_LABEL } from "../../components/labels";
import { ARTIFACTS_VOLUME, DATA_VOLUME } from "../../components/nomad-config";
import { DEFAULT_IMAGES } from "../../components/settings";
import { run } from "../command";

/** The two volumes of a stack that has nothing else, and a container that has them mounted, as tasks do. */
export class StackVolumes {
    readonly prefix: string;
    readonly engine = new Docker();

    /** @param name tells apart what runs at the same time. */
    constructor(name: string) {
        this.prefix = `${name}${process.pid}`;
    }

    private get container(): string {
        return `${this.prefix}-task`;
    }

    access(part: string): VolumeAccess {
        return { engine: this.engine, prefix: this.prefix, part, image: DEFAULT_IMAGES.nomad };
    }

    async start(): Promise<void> {
        const parts = [ARTIFACTS_VOLUME, DATA_VOLUME];
        const Labels = { [STACK_LABEL]: this.prefix, [PART_LABEL]: "test" };
        for (const part of parts) {
            await this.engine.createVolume({ Name: `${this.prefix}-${part}`, Labels });
        }
        const container = await this.engine.createContainer({
            name: this.container,
            Image: DEFAULT_IMAGES.trainerBase,
            Cmd: ["sleep", "600"],
            Labels,
            HostConfig: {
                Binds: parts.map((part) => `${this.prefix}-${part}:/somewhere/${part}`),
                NetworkMode: "none",
            },
        });
        await container.start();
        await this.shell("chown 1000:1000 /somewhere/*", "0:0");
    }

    /** Runs a script in the container, as a task would. @returns what it printed */
    async shell(script: string, user = "1000:1000"): Promise<string> {
        const { code, stdout, stderr } = await run("docker", ["exec", "-u", user, this.container, "sh", "-ec", script]);
        if (code !== 0) {
            throw new Error(`${script} ended with ${code}: ${stderr}`);
        }
        return stdout;
    }

    async remove(): Promise<void> {
        await sweep(this.engine, this.prefix);
    }
}
