import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { bootstrap } from "../../bootstrap/bootstrap";
import { connectEngine } from "../../components/engine";
import { STACK_LABEL } from "../../components/labels";
import { Settings, parseSettings } from "../../components/settings";
import { Finished, REPOSITORY, run } from "../command";
import { freePortSettings } from "../free-ports";

/** A stack of its own beside whatever else runs: own prefix, free ports, own state, gone after the test. */
export class TestStack {
    readonly prefix = `e2e-${randomBytes(3).toString("hex")}`;
    private readonly configFile = join(REPOSITORY, `Pulumi.${this.prefix}.yaml`);
    private readonly state = mkdtempSync(join(tmpdir(), `${this.prefix}-`));
    private constructor(
        private readonly environment: NodeJS.ProcessEnv,
        private readonly cli: string,
        private config: Record<string, string>,
    ) {}

    static async create(config: Record<string, string> = {}): Promise<TestStack> {
        const images = parseSettings(config);
        const toolchain = await bootstrap({
            images: {
                nomad: images.nomadImage,
                consul: images.consulImage,
                prometheus: images.prometheusImage,
                pushgateway: images.pushgatewayImage,
                grafana: images.grafanaImage,
                trainerBase: images.trainerBaseImage,
                ...(images.mesh && { envoy: images.envoyImage }),
            },
            report: (line) => process.stderr.write(`${line}\n`),
        });
        const stack = new TestStack({ ...process.env, ...toolchain.env }, toolchain.pulumi, await freePortSettings());
        stack.configure(config);
        await stack.mustPulumi("stack", "init", stack.prefix);
        return stack;
    }

    /** Changes configuration keys for the next `up`. */
    configure(changes: Record<string, string>): void {
        this.config = { ...this.config, ...changes, prefix: this.prefix };
        const config = Object.fromEntries(
            Object.entries(this.config).map(([key, value]) => [`mlops-infra:${key}`, value]),
        );
        writeFileSync(this.configFile, stringify({ config }));
    }

    get settings(): Settings {
        return parseSettings(this.config, this.environment);
    }

    pulumi(...args: string[]): Promise<Finished> {
        const env = {
            ...this.environment,
            PULUMI_BACKEND_URL: `file://${this.state}`,
            PULUMI_CONFIG_PASSPHRASE: "end-to-end",
            PULUMI_STACK: this.prefix,
        };
        return run(this.cli, [...args, "--non-interactive"], env);
    }

    /** @throws with everything Pulumi printed when it fails. */
    async mustPulumi(...args: string[]): Promise<Finished> {
        const finished = await this.pulumi(...args);
        if (finished.code !== 0) {
            throw new Error(
                `pulumi ${args.join(" ")} ended with ${finished.code}:\n${finished.stdout}${finished.stderr}`,
            );
        }
        return finished;
    }

    async up(): Promise<void> {
        await this.mustPulumi("up", "--yes", "--skip-preview");
    }

    async outputs(): Promise<Record<string, string>> {
        const { stdout } = await this.mustPulumi("stack", "output", "--json", "--show-secrets");
        return JSON.parse(stdout) as Record<string, string>;
    }

    /** What bears the stack's label or prefix on Docker, by kind and name. */
    async leftovers(): Promise<string[]> {
        const engine = await connectEngine(undefined);
        const containers = await engine.listContainers({ all: true });
        const { Volumes: volumes } = await engine.listVolumes();
        const networks = await engine.listNetworks();
        // The engine answers null, not nothing, for a volume without labels.
        const ours = (labels: Record<string, string> | null, name = "") =>
            labels?.[STACK_LABEL] === this.prefix ||
            labels?.["com.hashicorp.nomad.node_name"]?.startsWith(this.prefix) ||
            name.startsWith(this.prefix);
        return [
            ...containers
                .filter(({ Labels, Names }) => ours(Labels, Names[0]?.slice(1)))
                .map(({ Names }) => `container ${Names[0]}`),
            ...(volumes ?? []).filter(({ Labels, Name }) => ours(Labels, Name)).map(({ Name }) => `volume ${Name}`),
            ...networks.filter(({ Labels, Name }) => ours(Labels ?? null, Name)).map(({ Name }) => `network ${Name}`),
        ];
    }

    /** Takes everything away, also after a failure half-way; returns what `destroy` printed. */
    async remove(): Promise<void> {
        const destroyed = await this.pulumi("destroy", "--yes", "--skip-preview");
        await this.sweep();
        rmSync(this.configFile, { force: true });
        rmSync(this.state, { recursive: true, force: true });
        if (destroyed.code !== 0) {
            throw new Error(`destroy failed:\n${destroyed.stdout}${destroyed.stderr}`);
        }
    }

    private async sweep(): Promise<void> {
        const engine = await connectEngine(undefined);
        for (const leftover of await this.leftovers()) {
            const [kind, name = ""] = leftover.split(" ");
            const plain = name.replace(/^\//, "");
            if (kind === "container") {
                await engine.getContainer(plain).remove({ force: true, v: true });
            } else if (kind === "volume") {
                await engine.getVolume(plain).remove({ force: true });
            } else {
                await engine.getNetwork(plain).remove();
            }
        }
        await removeImages(this.prefix);
    }
}

/** Removes the images that a stack has built; by tag, because another stack's task may run the same one under its own. */
export async function removeImages(prefix: string): Promise<void> {
    const engine = await connectEngine(undefined);
    const ours = [`${prefix}-trainer`, `${prefix}-guard`];
    const images = await engine.listImages({ filters: { reference: ours } });
    for (const tag of images.flatMap(({ RepoTags }) => RepoTags ?? [])) {
        if (ours.includes(tag.split(":")[0] ?? "")) {
            await engine.getImage(tag).remove();
        }
    }
}
