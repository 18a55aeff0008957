import { dispatchRun } from "../../cli/dispatch";
import { Nomad } from "../../cli/nomad";
import { RunRow } from "../../cli/run-table";
import { panelQueries, trainingDashboard } from "../../dashboards";
import { Finished } from "../command";
import { freePortSettings } from "../free-ports";
import { CommandLine } from "./command-line";
import { eventually } from "./eventually";
import { StackApis } from "./stack-apis";

const MINUTE = 60_000;
jest.setTimeout(15 * MINUTE);

const commandLine = new CommandLine();
let apis: StackApis;
let nomad: Nomad;

beforeAll(async () => {
    const training = { trainingModel: "linear", trainingDataset: "iris", trainingEpochs: "3" };
    commandLine.configure({ ...(await freePortSettings()), ...training });
    const up = await commandLine.run(["up", "--no-follow"]);
    expect([up.code, up.stderr]).toEqual([0, ""]);
    apis = new StackApis(await commandLine.outputs());
    nomad = new Nomad(apis.out("nomadUrl"), apis.out("nomadToken"));
});
afterAll(async () => {
    await commandLine.run(["down"]);
    await commandLine.forget();
});

function train(...options: string[]): Promise<Finished> {
    return commandLine.run(["train", "--experiment", "daily", ...options]);
}

/** The job that `train` says it dispatched. */
function jobIn({ stdout }: Finished): string {
    return /(ml-train\S*) \(.*\) dispatched/.exec(stdout)?.[1] ?? "";
}

const EATS_MEMORY = 'python -P -c "held = bytes(10**9).replace(bytes(1), bytes([1]))"';
const RAISES = `python -P -c '
from mlops_trainer import reporting
with reporting.run(epochs=5) as run:
    for epoch in range(1, 6):
        if epoch == 3:
            raise ValueError("the third epoch went wrong")
        run.epoch(loss=1 / epoch)
'`;
const ENDLESS = ["--model", "mlp", "--dataset", "iris", "--hidden-layers", "8", "--epochs", "100000"];

describe("each way to fail has its own words and exit code", () => {
    test("a model that there is not, refused by the command before anything starts", async () => {
        const before = (await nomad.jobs("ml-train/")).length;
        const { code, stdout, stderr } = await train("--model", "mpl");
        expect([code, stdout, stderr]).toEqual([2, "", '--model is "mpl", but must be one of mlp, linear.\n']);
        expect(await nomad.jobs("ml-train/")).toHaveLength(before);
    });

    test("the same dispatched past the command, refused by the trainer", async () => {
        const job = await nomad.dispatch("ml-train", { model: "mpl" });
        const { code, stdout } = await commandLine.run(["watch", job]);
        expect(stdout).toMatch(/refused what it was told \(exit code 2\)\.\n[\s\S]*TRAINING_MODEL is "mpl"/);
        expect(code).toBe(2);
    });

    test("an image that does not exist", async () => {
        const { code, stdout } = await train("--image", "mlops-no-such-image:1");
        expect(stdout).toMatch(/has no image: Docker has none called mlops-no-such-image:1 and could not get it: ./);
        expect(code).toBe(102);
    });

    test("a terabyte of memory, and its job does not linger", async () => {
        const finished = await train("--memory", "1TB");
        expect(finished.stdout).toMatch(/needs 953675 MiB of memory, but the largest node has \d+ MiB/);
        expect(finished.code).toBe(101);
        expect(await nomad.job(jobIn(finished))).toMatchObject({ Status: "dead", Stop: true });
    });

    test("more memory than its limit", async () => {
        const { code, stdout } = await train("--memory", "64", "--command", EATS_MEMORY);
        expect(stdout).toMatch(/task train .*needed more than its limit of 64 MiB of memory.*; give it more/);
        expect(code).toBe(103);
    });

    test("an exception in its third epoch", async () => {
        const { code, stdout } = await train("--command", RAISES);
        expect(stdout).toMatch(/task train ended with exit code 1\.\n/);
        expect(stdout).toContain("Training failed after 2 epochs: ValueError: the third epoch went wrong");
        expect(code).toBe(1);
    });

    test("a time limit", async () => {
        const { code, stdout } = await train(...ENDLESS, "--time-limit", "3s");
        expect(stdout).toMatch(/took longer than its time limit \(exit code 124\)/);
        expect(code).toBe(124);
    });

    test("a stop on request, seen by who follows it", async () => {
        const detached = await train(...ENDLESS, "--detach");
        const job = jobIn(detached);
        const watching = commandLine.start(["watch", job, "--json"]);
        await watching.until('"event":"started"');
        const stopped = await commandLine.run(["stop", job]);
        expect([stopped.code, stopped.stdout]).toEqual([0, expect.stringMatching(/^✓ run .* was stopped\n$/)]);
        const { code, stdout } = await watching.finished;
        const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as object;
        expect(last).toMatchObject({ event: "ended", job, outcome: "stopped", exitCode: 105 });
        expect(code).toBe(105);
    });
});

test("what a run printed is shown, and Nomad fills in what it knows of the run", async () => {
    const finished = await train(
        "--epochs",
        "7",
        "--command",
        "python -P -c 'import sys; print(sys.argv[1:])' ${TRAINING_EPOCHS}",
    );
    expect([finished.code, finished.stdout]).toEqual([0, expect.stringContaining("succeeded")]);
    const { stdout } = await commandLine.run(["logs", jobIn(finished)]);
    expect(stdout).toBe("['7']\n");
});

test("twenty runs dispatched at once all finish, and runs agrees with Nomad about every run there was", async () => {
    const parameters = { model: "linear", dataset: "iris", epochs: "5", experiment: "twenty" };
    const jobs = await Promise.all(
        Array.from({ length: 20 }, (_, seed) => dispatchRun(nomad, { parameters: { ...parameters, seed: `${seed}` } })),
    );
    const watched = await commandLine.run(["watch", ...jobs, "--json"]);
    const ended = watched.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { event: string; job: string; exitCode?: number })
        .filter(({ event }) => event === "ended");
    expect(ended.map(({ job, exitCode }) => `${job} ${exitCode}`).sort()).toEqual(jobs.map((job) => `${job} 0`).sort());
    expect(watched.code).toBe(0);

    const rows = await eventually("every number of the twenty runs", async () => {
        const { stdout } = await commandLine.run(["runs", "--all", "--json"]);
        const all = JSON.parse(stdout) as RunRow[];
        return all.filter(({ experiment, epoch }) => experiment === "twenty" && epoch === 5).length === 20
            ? all
            : undefined;
    });
    const allocations = (await nomad.allocations()).filter(({ JobType }) => JobType === "batch");
    expect(
        rows
            .filter(({ run }) => run)
            .map(({ run, nomadStatus }) => `${run} ${nomadStatus}`)
            .sort(),
    ).toEqual(allocations.map(({ ID, ClientStatus }) => `${ID} ${ClientStatus}`).sort());
    const twenty = rows.filter(({ job }) => jobs.includes(job));
    expect(twenty).toHaveLength(20);
    for (const row of twenty) {
        expect(row).toMatchObject({ state: "succeeded", model: "linear", epoch: 5, epochs: 5 });
        expect(row.accuracy).toBeGreaterThan(0);
    }
    const states = rows.map(({ state }) => state);
    expect([...new Set(states)].sort()).toEqual(["failed", "stopped", "succeeded"]);

    const shown = await eventually("the dashboard's outcomes of the twenty runs", async () => {
        const outcomes = await dashboardOutcomes();
        return twenty.every(({ run }) => outcomes.has(run ?? "")) ? outcomes : undefined;
    });
    const succeeded = ({ run, state }: RunRow) => [run, state === "succeeded" ? "1" : "2"];
    const reported = rows.filter(({ run }) => shown.has(run ?? ""));
    expect(reported.map(({ run }) => [run, shown.get(run ?? "")])).toEqual(reported.map(succeeded));
});

/** What the Training dashboard says about each run that is over (1 succeeded, 2 failed), by run. */
async function dashboardOutcomes(): Promise<ReadonlyMap<string, string>> {
    const outcomes = panelQueries(trainingDashboard()).find(
        ({ panel, refId }) => panel === "Finished runs" && refId === "A",
    );
    const series = await apis.query(outcomes?.expr ?? "");
    return new Map(series.map(({ metric, value }) => [metric.run_id ?? "", value[1]]));
}
