import { firstFailure, runEnd } from "../../cli/exit-code";
import { KnownRun, findRun, knownRuns, shortName } from "../../cli/known-runs";
import { Allocation, JobStub, isOver } from "../../cli/nomad";
import { NOTHING_TOLD, endEvent, eventJson, news, toldAfter } from "../../cli/run-events";
import { lastNumbers, runRow, runTable } from "../../cli/run-table";
import { RunSnapshot } from "../../cli/training-run";
import { chooseRuns } from "../../cli/watch";

const SECOND = 1e9;

function allocation(ID: string, JobID: string, more: Partial<Allocation> = {}): Allocation {
    return {
        ID,
        JobID,
        JobType: "batch",
        NodeName: "node",
        CreateIndex: Number.parseInt(ID, 16),
        CreateTime: 10 * SECOND,
        ModifyTime: 99 * SECOND,
        DesiredStatus: "run",
        ClientStatus: "complete",
        TaskStates: {
            train: {
                State: "dead",
                Failed: false,
                StartedAt: "1970-01-01T00:00:12Z",
                FinishedAt: "1970-01-01T00:00:42Z",
                Events: [{ Type: "Terminated" }],
            },
        },
        ...more,
    };
}

function child(ID: string, more: Partial<JobStub> = {}): JobStub {
    return { ID, Status: "pending", Stop: false, ParameterizedJob: false, CreateIndex: 1000, ...more };
}

const PARENTS = ["ml-train", "ml-train/0a1b2c3d"].map((id) =>
    child(id, { ParameterizedJob: true, Status: "running" as const }),
);

describe("what Nomad's lists tell of runs", () => {
    test.each<[string, Partial<Allocation>, string]>([
        ["pending", {}, "starting"],
        ["running", {}, "running"],
        ["unknown", {}, "away"],
        ["complete", {}, "succeeded"],
        ["complete", { DesiredStatus: "stop", TaskStates: null }, "stopped"],
        ["failed", {}, "failed"],
        ["lost", {}, "lost"],
    ])("an allocation that is %s with %p is %s", (status, more, state) => {
        const ClientStatus = status as Allocation["ClientStatus"];
        const [run] = knownRuns([], [allocation("a", "ml-training", { ClientStatus, ...more })]);
        expect(run).toMatchObject({ state, nomadStatus: status });
    });

    test("newest first, services and parents are none, and meta comes from the job", () => {
        const jobs = [...PARENTS, child("ml-train/dispatch-1-aaaaaaaa", { Status: "dead", Meta: { model: "mlp" } })];
        const allocations = [
            allocation("1", "ml-training"),
            allocation("2", "ml-train/dispatch-1-aaaaaaaa"),
            allocation("3", "mlops-sweeper", { JobType: "service" }),
        ];
        const runs = knownRuns(jobs, allocations);
        expect(runs.map(({ job }) => job)).toEqual(["ml-train/dispatch-1-aaaaaaaa", "ml-training"]);
        expect(runs[0]).toMatchObject({ meta: { model: "mlp" }, startedAt: 12_000, endedAt: 42_000, isOver: true });
    });

    test("one without an allocation waits, was stopped, or is forgotten", () => {
        const jobs = [
            child("ml-train/dispatch-1-aaaaaaaa"),
            child("ml-train/dispatch-1-bbbbbbbb", { Status: "dead", Stop: true }),
            child("ml-train/dispatch-1-cccccccc", { Status: "dead" }),
        ];
        expect(knownRuns(jobs, []).map(({ state }) => state)).toEqual(["waiting", "stopped"]);
    });

    test("a run on a node that is away is not over unless it was stopped", () => {
        const away = allocation("a", "ml-training", { ClientStatus: "unknown" });
        expect(isOver(away)).toBe(false);
        expect(isOver({ ...away, DesiredStatus: "stop" })).toBe(true);
    });
});

describe("names of runs", () => {
    const jobs = [child("ml-train/dispatch-1-cccccccc")];
    const runs = knownRuns(jobs, [
        allocation("1a2b3c4d-1", "ml-training"),
        allocation("1a2f0000-2", "ml-train/dispatch-1-dddddddd"),
        allocation("00000001-3", "ml-training"),
    ]);

    test("are allocation ids, their beginning, job ids, and the end of a dispatched job's", () => {
        const found = ["1a2b", "1A2F0000-2", "cccccccc", "dddddddd", "ml-train/dispatch-1-cccccccc"];
        expect(found.map((name) => shortName(findRun(runs, name)))).toEqual([
            "1a2b3c4d",
            "1a2f0000",
            "cccccccc",
            "1a2f0000",
            "cccccccc",
        ]);
    });

    test("a job of several runs means its newest", () => {
        expect(findRun(runs, "ml-training").id).toBe(runs.find(({ job }) => job === "ml-training")?.id);
    });

    test("none or several are refused with what there is", () => {
        expect(() => findRun(runs, "ffff")).toThrow(/knows no run "ffff"; it knows .*1a2b3c4d-1 \(succeeded\)/);
        expect(() => findRun(runs, "1a2")).toThrow(/"1a2" is the name of 2 runs/);
        expect(() => findRun(runs, "")).toThrow(/knows no run ""/);
    });

    test("without a name, all that go on are watched, oldest first, else the newest", () => {
        const going = runs.map((run, at) => ({ ...run, isOver: at === 1 }));
        expect(chooseRuns(going, [])).toEqual([going[0], going[2], going[3]].filter(Boolean).reverse());
        const over = runs.map((run) => ({ ...run, isOver: true }));
        expect(chooseRuns(over, [])).toEqual([over[0]]);
        expect(() => chooseRuns([], [])).toThrow(/knows no training run; npm run train/);
    });
});

describe("the table of runs", () => {
    const run: KnownRun = {
        id: "1a2b3c4d-0",
        job: "ml-train/dispatch-1-aaaaaaaa",
        state: "succeeded",
        nomadStatus: "complete",
        isOver: true,
        meta: { model: "mlp", sweep: "s" },
        index: 1,
        startedAt: 10_000,
        endedAt: 40_000,
    };
    const series = (name: string, value: number) => ({
        metric: { __name__: `training_${name}`, run_id: "1a2b3c4d-0", model: "linear", experiment: "a" },
        samples: [[0, value]] as const,
    });

    test("has numbers and labels from Prometheus, and what was dispatched where there are none", () => {
        const numbers = lastNumbers([series("epoch", 3), series("epochs", 30), series("accuracy", 0.5)]);
        expect(runRow(run, numbers.get("1a2b3c4d-0") ?? {}, 99_000)).toMatchObject({
            model: "linear",
            experiment: "a",
            sweep: "s",
            state: "succeeded",
            epoch: 3,
            epochs: 30,
            accuracy: 0.5,
            seconds: 30,
        });
        expect(runRow(run, {}, 0)).toMatchObject({ model: "mlp", accuracy: undefined });
    });

    test("prefers the accuracy on data that the model has not seen", () => {
        expect(runRow(run, { accuracy: 0.5, validation_accuracy: 0.25 }, 0).accuracy).toBe(0.25);
        expect(runRow(run, { accuracy: 0.5, validation_accuracy: NaN }, 0).accuracy).toBe(0.5);
    });

    test("is for people", () => {
        const row = runRow(run, { epoch: 3, epochs: 30, validation_accuracy: 0.931 }, 0);
        expect(runTable([{ run, row }])).toMatch(/1a2b3c4d +│ mlp +│ +│ succeeded │ +3\/30 │ +93\.1 % │ 30 s/);
    });
});

describe("events", () => {
    const waiting: RunSnapshot = { job: "j", phase: "waiting", reason: "full", history: [] };
    const running: RunSnapshot = {
        job: "j",
        id: "a",
        node: "n",
        phase: "running",
        isStarted: true,
        history: [{ epoch: 1 }, { epoch: 2 }],
    };

    test("are told once each, in order", () => {
        const first = news(waiting, NOTHING_TOLD);
        expect(first).toEqual([{ event: "waiting", reason: "full" }]);
        const told = toldAfter(waiting, NOTHING_TOLD);
        expect(news(waiting, told)).toEqual([]);
        expect(news({ ...waiting, reason: "other" }, told)).toHaveLength(1);
        expect(news(running, told).map(({ event }) => event)).toEqual(["placed", "started", "epoch", "epoch"]);
        expect(news(running, toldAfter(running, told))).toEqual([]);
    });

    test("a node that goes away is told each time it does", () => {
        const away: RunSnapshot = { ...running, phase: "away" };
        const told = toldAfter(running, NOTHING_TOLD);
        expect(news(away, told).map(({ event }) => event)).toEqual(["away"]);
        expect(news(away, toldAfter(away, told))).toEqual([]);
        expect(news(away, toldAfter(running, toldAfter(away, told)))).toHaveLength(1);
    });

    test("are one line of JSON", () => {
        const ended = { ...running, model: "mlp", end: runEnd("exited", "boom\nlog", 3) };
        expect(JSON.parse(eventJson(ended, endEvent(ended), new Date(0)))).toEqual({
            event: "ended",
            time: "1970-01-01T00:00:00.000Z",
            job: "j",
            run: "a",
            model: "mlp",
            outcome: "exited",
            exitCode: 3,
            reason: "boom\nlog",
        });
    });
});

test("several runs end with the code of the first that did not succeed", () => {
    const [good, three, lost] = [runEnd("succeeded", ""), runEnd("exited", "", 3), runEnd("node lost", "")];
    expect(firstFailure([good, good])).toBe(0);
    expect(firstFailure([good, lost, three])).toBe(104);
    expect(firstFailure([good, three, lost])).toBe(3);
    expect(runEnd("exited", "", 0).exitCode).toBe(1);
});
