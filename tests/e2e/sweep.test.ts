import { Nomad } from "../../cli/nomad";
import { Prometheus } from "../../cli/prometheus";
import { combinations, parseGrid } from "../../cli/sweep-grid";
import { SweepJobs } from "../../cli/sweep-jobs";
import { ListedChild } from "../../cli/sweep-runs";
import { SweepServers, SweepWatch } from "../../cli/sweep-watch";
import { freePortSettings } from "../free-ports";
import { CommandLine } from "./command-line";
import { eventually } from "./eventually";
import { StackApis } from "./stack-apis";

const MINUTE = 60_000;
jest.setTimeout(15 * MINUTE);

const commandLine = new CommandLine();
let apis: StackApis;

beforeAll(async () => {
    commandLine.configure({ ...(await freePortSettings()), trainingModel: "linear", trainingEpochs: "1" });
    const up = await commandLine.run(["up", "--no-follow"]);
    expect([up.code, up.stderr]).toEqual([0, ""]);
    apis = new StackApis(await commandLine.outputs());
});
afterAll(async () => {
    await commandLine.run(["down"]);
    await commandLine.forget();
});

interface Ranking {
    readonly sweep: string;
    readonly runs: readonly {
        readonly rank: number | null;
        readonly state: string;
        readonly parameters: Readonly<Record<string, string>>;
        readonly validation_accuracy: number;
        readonly validation_loss: number;
        readonly run: string;
        readonly job: string;
        readonly reason: string | null;
    }[];
}

/** What one command has: two of them share nothing but the servers. */
function servers(sweep: string): SweepServers {
    const nomad = new Nomad(apis.out("nomadUrl"), apis.out("nomadToken"));
    const metrics = [apis.out("metricsUser"), apis.out("metricsPassword")] as const;
    const prometheus = new Prometheus(apis.out("prometheusUrl"), ...metrics);
    return { nomad, prometheus, jobs: new SweepJobs(nomad, sweep) };
}

function childrenOf(sweep: string): Promise<readonly ListedChild[]> {
    return servers(sweep).jobs.children();
}

/** What a run pushed last, from Prometheus itself. */
async function lastPushed(metric: string, run: string): Promise<number> {
    const [series] = await apis.query(`last_over_time(training_${metric}{job="ml-training", run_id="${run}"}[1h])`);
    return Number(series?.value[1]);
}

const GRID = ["--model", "linear", "--learning-rate", "0.1,0.01", "--seed", "1..3", "--epochs", "8"];

test("a sweep whose command was killed goes on where it was, and ranks what Prometheus has", async () => {
    const killed = commandLine.start(["sweep", ...GRID, "--experiment", "killed", "--max-parallel", "2"]);
    await killed.until("2/6");
    killed.signalGroup("SIGKILL");
    const { stdout } = await killed.finished;
    const sweep = /Sweep ([0-9a-f]{8})/.exec(stdout)?.[1] ?? "";
    const before = await childrenOf(sweep);
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(before.length).toBeLessThan(6);

    const again = await commandLine.run([
        ...["sweep", ...GRID, "--experiment", "killed", "--max-parallel", "2", "--json"],
    ]);
    expect([again.code, again.code === 0 ? "" : again.stderr]).toEqual([0, ""]);
    const ranking = JSON.parse(again.stdout) as Ranking;
    expect(ranking.sweep).toBe(sweep);

    const children = await childrenOf(sweep);
    const pairs = children.map(({ Meta }) => `${Meta?.learning_rate} ${Meta?.seed}`);
    expect(pairs.sort()).toEqual(["0.01 1", "0.01 2", "0.01 3", "0.1 1", "0.1 2", "0.1 3"]);
    const jobs = children.map(({ ID }) => ID);
    expect(jobs).toEqual(expect.arrayContaining(before.map(({ ID }) => ID)));
    expect(ranking.runs.map(({ job }) => job).sort()).toEqual(jobs.sort());

    expect(ranking.runs.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const { run, job, validation_accuracy: accuracy, validation_loss: loss } of ranking.runs) {
        expect((await apis.allocations(encodeURIComponent(job))).map(({ ID }) => ID)).toEqual([run]);
        expect(accuracy).toBe(await lastPushed("validation_accuracy", run));
        expect(loss).toBe(await lastPushed("validation_loss", run));
    }
    const order = ranking.runs.map(({ validation_accuracy: accuracy, validation_loss: loss }) => [-accuracy, loss]);
    expect(order).toEqual([...order].sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
});

test("never more unfinished runs than asked for", async () => {
    const sweep = "bounded";
    const all = combinations(parseGrid({ model: "linear", seed: "1..5", epochs: "100000" }));
    const watches = [1, 2].map(() => new SweepWatch(servers(sweep), { sweep, combinations: all, maxParallel: 2 }));
    try {
        await Promise.all(watches.map((watch) => watch.look()));
        // Both want to start at the same moment: whoever comes second finds the lock taken, or nothing left to do.
        await Promise.all(watches.map((watch) => watch.start()));
        expect(await childrenOf(sweep)).toHaveLength(2);
        expect(await watches[1]?.start()).toBe(0);
    } finally {
        await stopAll(sweep);
    }
});

test("two commands at the same moment start every combination once", async () => {
    const sweep = "twice";
    const all = combinations(parseGrid({ model: "linear", seed: "1..20", epochs: "1" }));
    const watches = [1, 2, 3].map(() => new SweepWatch(servers(sweep), { sweep, combinations: all }));
    await Promise.all(watches.map((watch) => watch.look()));
    await eventually("everything is started", async () => {
        await Promise.all(watches.map((watch) => watch.start()));
        return (await childrenOf(sweep)).length >= all.length ? true : undefined;
    });
    const seeds = (await childrenOf(sweep)).map(({ Meta }) => Number(Meta?.seed)).sort((a, b) => a - b);
    expect(seeds).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    await stopAll(sweep);
});

test("one command at a time has the lock, also after one that was killed with it", async () => {
    const { nomad, jobs } = servers("lock.1");
    const inside = { now: 0, most: 0 };
    const answers = await Promise.all(
        [1, 2, 3, 4].map(() =>
            jobs.exclusively(async () => {
                inside.now += 1;
                inside.most = Math.max(inside.most, inside.now);
                await jobs.children();
                inside.now -= 1;
                return "worked";
            }),
        ),
    );
    expect(answers).toContain("worked");
    expect(inside.most).toBe(1);

    const body = { Lock: { TTL: "10s", LockDelay: "1ms" } };
    await nomad.request("/v1/var/mlops/sweeps/lock~1?lock-acquire", { method: "PUT", body });
    expect(await jobs.exclusively(() => Promise.resolve("worked"))).toBeUndefined();
    await eventually("the lock of nobody is free", () => jobs.exclusively(() => Promise.resolve("worked")));
});

test("a run that failed is told with its reason, and started anew only when that is asked for", async () => {
    const grid = ["sweep", "--name", "stopped", "--model", "linear", "--seed", "1,2", "--json"];
    const first = commandLine.start([...grid, "--epochs", "1"]);
    const endless = commandLine.start([...grid, "--epochs", "100000"]);
    await endless.until("Sweep stopped:");
    const [running] = await eventually("the long runs are there", async () => {
        const found = (await childrenOf("stopped")).filter(({ Meta }) => Meta?.epochs === "100000");
        return found.length === 2 ? found : undefined;
    });
    expect((await first.finished).code).toBe(0);
    await stopAll("stopped");

    const failed = await endless.finished;
    expect(failed.code).toBe(1);
    const { runs } = JSON.parse(failed.stdout) as Ranking;
    expect(runs.map(({ rank, state }) => [rank, state])).toEqual([
        [null, "failed"],
        [null, "failed"],
    ]);
    expect(runs.map(({ reason }) => reason)).toEqual([1, 2].map(() => expect.stringContaining("stopped on request")));
    expect(failed.stderr).toContain("2 of 2 runs failed; the same command with --retry-failed");
    expect(running?.Meta?.sweep).toBe("stopped");

    expect((await commandLine.run([...grid, "--epochs", "100000"])).code).toBe(1);
    expect(await childrenOf("stopped")).toHaveLength(4);

    const retried = commandLine.start([...grid, "--epochs", "100000", "--retry-failed"]);
    await eventually("both are started once more", async () =>
        (await childrenOf("stopped")).length === 6 ? true : undefined,
    );
    await stopAll("stopped");
    expect((await retried.finished).code).toBe(1);
    expect(await childrenOf("stopped")).toHaveLength(6);
});

/** Asks Nomad to stop what is not over, as people do in its UI. */
async function stopAll(sweep: string): Promise<void> {
    for (const { ID, Status } of await childrenOf(sweep)) {
        if (Status !== "dead") {
            await apis.nomad(`/v1/job/${encodeURIComponent(ID)}`, "DELETE");
        }
    }
}
