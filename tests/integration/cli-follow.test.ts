import { PassThrough } from "node:stream";
import { dispatchRun } from "../../cli/dispatch";
import { follow } from "../../cli/follow";
import { KnownRun, listRuns } from "../../cli/known-runs";
import { copyLog } from "../../cli/logs";
import { Nomad } from "../../cli/nomad";
import { Prometheus } from "../../cli/prometheus";
import { RunEvent } from "../../cli/run-events";
import { RunReporter, ScreenReporter } from "../../cli/run-reporter";
import { Screen } from "../../cli/screen";
import { stopRun } from "../../cli/stop";
import { RunSnapshot, TrainingRun } from "../../cli/training-run";
import { provideVariant } from "../../cli/variant";
import { MetricsServers, startMetricsServers } from "./cli-metrics-servers";
import { DevServer, MANAGEMENT_TOKEN, startNomad, until } from "./plugins-servers";

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
async function submit(
    id: string,
    config: object,
    resources: object = {},
    driver = "raw_exec",
    ParameterizedJob?: object,
): Promise<void> {
    const job = {
        ID: id,
        Name: id,
        Type: "batch",
        ParameterizedJob,
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

/** Keeps every event, and lets a test wait for a moment of a run. */
class RecordingReporter implements RunReporter {
    readonly events: RunEvent[] = [];
    private readonly waiting: { isSo: (run: RunSnapshot) => boolean; resolve: () => void }[] = [];

    event(_run: RunSnapshot, event: RunEvent): void {
        this.events.push(event);
    }

    remark(): void {}

    progress(runs: readonly RunSnapshot[]): void {
        this.waiting.filter(({ isSo }) => runs.some(isSo)).forEach(({ resolve }) => resolve());
    }

    close(): void {}

    until(isSo: (run: RunSnapshot) => boolean): Promise<void> {
        return new Promise((resolve) => this.waiting.push({ isSo, resolve }));
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
        /training bad .*failed after epoch 3\/3: task train ended with exit code 3\.\n[\s\S]*\n {4}the last words/,
    );
});

test("a task that cannot be started is told in the driver's words", async () => {
    await submit("broken", { command: "/no/such/program" });
    const { ends } = await followed("broken");
    expect(ends[0]).toMatchObject({
        phase: "failed",
        end: { exitCode: 102 },
        reason: expect.stringMatching(/could not be started: .*no.such.program.* could not be found/),
    });
});

test("a run that no node can hold fails at once, with what is short, and is stopped where that is asked for", async () => {
    await submit("big", { command: process.execPath }, { MemoryMB: 10_000_000 });
    const { ends, text } = await followed("big");
    expect(ends[0]?.end).toMatchObject({ kind: "no place", exitCode: 101 });
    expect(text).toMatch(/failed: it needs 10000000 MiB of memory, but the largest node has \d+ MiB/);
    expect(await nomad.job("big")).toMatchObject({ Status: "pending", Stop: false });
    const reporter = new ScreenReporter(new Screen(new PassThrough() as unknown as NodeJS.WriteStream));
    const options = { reporter, patienceSeconds: 3, startedAt: 0, stopsWithoutPlace: true };
    await follow([new TrainingRun(nomad, prometheus, "big")], options);
    expect((await nomad.job("big"))?.Stop).toBe(true);
});

test("a run that others are in the way of waits beyond all patience, and one that is stopped has failed", async () => {
    const nodes = await nomad.nodes();
    const memory = Math.max(...nodes.map(({ NodeResources }) => NodeResources?.Memory.MemoryMB ?? 0));
    const endless = { command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"] };
    await submit("holder", endless, { MemoryMB: memory - 32 });
    await until(server.address, "the holder", async () => (await nomad.allocations("holder")).length > 0);
    await submit("queued", { command: process.execPath, args: ["-e", ""] });
    const reporter = new RecordingReporter();
    const options = { reporter, patienceSeconds: 1, startedAt: 0 };
    const ends = follow(
        ["holder", "queued"].map((id) => new TrainingRun(nomad, prometheus, id)),
        options,
    );
    await reporter.until((run) => run.job === "queued" && run.isQueued === true);
    const [holder] = (await listRuns(nomad)).filter(({ job }) => job === "holder");
    // Longer than the patience with a run that nothing is in the way of.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(reporter.events.filter(({ event }) => event === "ended")).toEqual([]);
    expect(await stopRun(nomad, holder as KnownRun)).toMatch(/^✓ run .* was stopped$/);
    expect((await ends).map(({ end }) => end?.exitCode)).toEqual([105, 0]);
    expect(reporter.events.find(({ event }) => event === "waiting")).toMatchObject({
        reason: "it waits for others to end: the 64 MiB of memory it needs are not free",
    });
    const [over] = (await listRuns(nomad)).filter(({ job }) => job === "holder");
    expect(over).toMatchObject({ state: "stopped", nomadStatus: "complete" });
    expect(await stopRun(nomad, over as KnownRun)).toMatch(/is over already: stopped$/);
});

test("a log is followed to the end of its run", async () => {
    const script = "let n = 0; setInterval(() => { console.log('line', ++n); if (n === 3) process.exit(0); }, 700)";
    await submit("talker", { command: process.execPath, args: ["-e", script] });
    const id = await until(server.address, "the talker", async () => (await nomad.allocations("talker")).length > 0)
        .then(() => nomad.allocations("talker"))
        .then(([allocation]) => allocation?.ID ?? "");
    const copied = async (stream: "stdout" | "stderr", follow: boolean) => {
        const chunks: Uint8Array[] = [];
        await copyLog(nomad, id, { stream, follow, write: (chunk) => chunks.push(chunk) });
        return Buffer.concat(chunks).toString();
    };
    expect(await copied("stdout", true)).toBe("line 1\nline 2\nline 3\n");
    expect(await copied("stdout", false)).toBe("line 1\nline 2\nline 3\n");
    expect(await copied("stderr", true)).toBe("");
});

test("a variant is registered once, and dispatched with a token it starts once", async () => {
    await submit("ml-train", { command: process.execPath, args: ["-e", "process.exit(7)"] }, {}, "raw_exec", {
        MetaOptional: ["model"],
        Payload: "forbidden",
    });
    const variants = [await provideVariant(nomad, { memoryMiB: 48 }), await provideVariant(nomad, { memoryMiB: 48 })];
    expect(variants[0]).toMatch(/^ml-train\/[0-9a-f]{8}$/);
    expect(variants[1]).toBe(variants[0]);
    const run = { parent: variants[0], parameters: { model: "mlp" }, token: "once" };
    const [job = "", again] = [await dispatchRun(nomad, run), await dispatchRun(nomad, run)];
    expect(again).toBe(job);
    expect((await followed(job)).ends[0]).toMatchObject({ model: "mlp", end: { kind: "exited", exitCode: 7 } });
    expect((await nomad.job(job))?.TaskGroups?.[0]?.Tasks[0]?.Resources.MemoryMB).toBe(48);
    await expect(dispatchRun(nomad, { parent: "nobody", parameters: {} })).rejects.toThrow(/no job nobody; npm run up/);
});

test("a job that Nomad does not know is said to be gone", async () => {
    const { ends } = await followed("never-submitted");
    expect(ends[0]).toMatchObject({ phase: "gone" });
});
