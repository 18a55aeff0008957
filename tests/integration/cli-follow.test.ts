import { PassThrough } from "node:stream";
import { follow } from "../../cli/follow";
import { Nomad } from "../../cli/nomad";
import { Prometheus } from "../../cli/prometheus";
import { ScreenReporter } from "../../cli/run-reporter";
import { Screen } from "../../cli/screen";
import { TrainingRun } from "../../cli/training-run";
import { MetricsServers, startMetricsServers } from "./cli-metrics-servers";
import { DevServer, MANAGEMENT_TOKEN, startNomad } from "./plugins-servers";

jest.setTimeout(120_000);

let server: DevServer;
let metrics: MetricsServers;
let nomad: Nomad;
let prometheus: Prometheus;

beforeAll(async () => {
    server = await startNomad();
    metrics = await startMetricsServers(`mlopscli-${process.pid}`);
    nomad = new Nomad(`http://${server.address}`, MANAGEMENT_TOKEN);
    prometheus = new Prometheus(metrics.prometheusUrl, "", "");
});

afterAll(async () => {
    await Promise.all([server?.stop(), metrics?.stop()]);
});

/** A task that pushes three epochs as the trainer does, and ends like it: `status` 1 or 2, and the exit code given. */
function trainer(exitCode: number): string {
    return `
const group = ["job/ml-training", "model/mlp", "experiment/test", "run_id/" + process.env.NOMAD_ALLOC_ID].join("/");
async function push(values) {
    const body = Object.entries(values).map(([name, value]) => "training_" + name + " " + value + "\\n").join("");
    await fetch("${metrics.pushgatewayUrl}/metrics/" + group, { method: "POST", body });
}
(async () => {
    for (let epoch = 1; epoch <= 3; epoch++) {
        await push({ epoch, epochs: 3, loss: 1 / epoch, validation_accuracy: epoch / 4, status: 0 });
        await new Promise((resolve) => setTimeout(resolve, 1100));
    }
    console.error("the last words of the trainer");
    await push({ status: ${exitCode === 0 ? 1 : 2} });
    process.exit(${exitCode});
})();`;
}

/** Submits a batch job whose one task cannot be restarted or placed elsewhere. */
async function submit(id: string, config: object, resources: object = {}, driver = "raw_exec"): Promise<void> {
    const job = {
        ID: id,
        Name: id,
        Type: "batch",
        Datacenters: ["dc1"],
        TaskGroups: [
            {
                Name: "training",
                RestartPolicy: { Attempts: 0, Mode: "fail" },
                ReschedulePolicy: { Attempts: 0, Unlimited: false },
                Tasks: [
                    {
                        Name: "train",
                        Driver: driver,
                        Config: config,
                        Resources: { CPU: 50, MemoryMB: 64, ...resources },
                    },
                ],
            },
        ],
    };
    const answer = await fetch(`http://${server.address}/v1/jobs`, {
        method: "POST",
        headers: { "X-Nomad-Token": MANAGEMENT_TOKEN },
        body: JSON.stringify({ Job: job }),
    });
    if (!answer.ok) {
        throw new Error(await answer.text());
    }
}

/** Follows runs as a command would that was started long before them. */
async function followed(...ids: string[]) {
    return followedSince(0, ...ids);
}

async function followedSince(startedAt: number, ...ids: string[]) {
    const stream = new PassThrough();
    const written: string[] = [];
    stream.on("data", (chunk: Buffer) => written.push(chunk.toString()));
    const reporter = new ScreenReporter(new Screen(stream as unknown as NodeJS.WriteStream));
    const runs = ids.map((id) => new TrainingRun(nomad, prometheus, id));
    const ends = await follow(runs, { reporter, patienceSeconds: 3, startedAt, tellsFirstMetric: true });
    return { ends, text: written.join("") };
}

test("a run is shown epoch by epoch from Prometheus, and its end is its last pushed numbers", async () => {
    await submit("good", { command: process.execPath, args: ["-e", trainer(0)] });
    const { ends, text } = await followed("good");
    expect(ends[0]).toMatchObject({
        phase: "succeeded",
        model: "mlp",
        experiment: "test",
        latest: { epoch: 3, epochs: 3, status: 1, validation_accuracy: 0.75 },
    });
    expect(text).toMatch(/✓ first training metric in Prometheus – [\d.]+ s after Nomad placed the training/);
    expect(text).toMatch(/epoch 1\/3 {2}loss 1\.00 [\s\S]*epoch 2\/3 [\s\S]*epoch 3\/3 {2}loss 0\.333/);
    expect(text).toMatch(/✓.*training good .*succeeded – epoch 3\/3/);
});

test("followed again, a run that is over is one line", async () => {
    const { ends, text } = await followedSince(Date.now(), "good");
    expect(ends[0]?.latest).toMatchObject({ epoch: 3, status: 1 });
    expect(text.trim().split("\n")).toHaveLength(1);
});

test("two runs are followed together, and a failure has exit code and last log lines", async () => {
    await Promise.all([
        submit("bad", { command: process.execPath, args: ["-e", trainer(3)] }),
        submit("good-too", { command: process.execPath, args: ["-e", trainer(0)] }),
    ]);
    const { ends, text } = await followed("bad", "good-too");
    expect(ends.map(({ phase }) => phase)).toEqual(["failed", "succeeded"]);
    expect(text).toMatch(
        /training bad .*failed after epoch 3\/3: task train ended with exit code 3\.\n.*\n {4}the last words/,
    );
});

test("a task that cannot be started is told in the driver's words", async () => {
    await submit("broken", { command: "/no/such/program" });
    const { ends } = await followed("broken");
    expect(ends[0]).toMatchObject({
        phase: "failed",
        reason: expect.stringMatching(/could not be started: .*no.such.program.* could not be found/),
    });
});

test("a run without a place is given up with what is missing", async () => {
    await submit("big", { command: process.execPath }, { MemoryMB: 10_000_000 });
    expect((await followed("big")).text).toMatch(/found no place for 3 s: .*have too little memory/);
});

test("a job that Nomad does not know is said to be gone", async () => {
    const { ends } = await followed("never-submitted");
    expect(ends[0]).toMatchObject({ phase: "gone" });
});
