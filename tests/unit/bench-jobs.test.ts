import { durationsOf, percentile, verdictOn } from "../../bench/job-verdict";
import { report } from "../../bench/job-report";
import { Allocation } from "../../cli/nomad";

function allocation(JobID: string, ClientStatus: Allocation["ClientStatus"] = "complete", starts = 1): Allocation {
    const Events = Array.from({ length: starts }, () => ({ Type: "Started" }));
    const train = { State: "dead", Failed: false, Events };
    return { ID: `of-${JobID}`, JobID, ClientStatus, DesiredStatus: "run", TaskStates: { train } } as never;
}

describe("the verdict", () => {
    const nobodyCounted = undefined;

    test("a job with one complete allocation, started once, was run once", () => {
        expect(verdictOn(["a", "b"], [allocation("b"), allocation("a"), allocation("other")], nobodyCounted)).toEqual({
            once: 2,
            lost: [],
            doubled: [],
            failed: [],
        });
    });

    test.each([
        ["no allocation", [], nobodyCounted, "lost"],
        ["one that is not over", [allocation("a", "running")], nobodyCounted, "lost"],
        ["two of them", [allocation("a"), allocation("a")], nobodyCounted, "doubled"],
        ["two starts of its task", [allocation("a", "complete", 2)], nobodyCounted, "doubled"],
        ["two starts by Docker's count", [allocation("a")], new Map([["of-a", 2]]), "doubled"],
        ["one that failed", [allocation("a", "failed")], nobodyCounted, "failed"],
        ["one that never started", [allocation("a", "complete", 0)], nobodyCounted, "failed"],
    ])("with %s it was not", (_what, allocations, starts, verdict) => {
        expect(verdictOn(["a"], allocations, starts)).toEqual({
            ...{ once: 0, lost: [], doubled: [], failed: [] },
            [verdict]: ["a"],
        });
    });

    test("two dispatches that gave one job have lost one", () => {
        expect(verdictOn(["a", "a"], [allocation("a")], nobodyCounted)).toMatchObject({ once: 1, lost: ["a"] });
    });
});

test("percentiles are values that were measured", () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect([50, 95, 100].map((percent) => percentile(values, percent))).toEqual([50, 95, 100]);
    expect(percentile([7], 95)).toBe(7);
    expect(percentile([], 50)).toBeNaN();
});

test("durations of jobs that partly ran at once", () => {
    const jobs = [
        { dispatched: 1000, placed: 1100, ended: 2000 },
        { dispatched: 1010, placed: 1100, ended: 3000 },
        { dispatched: 1020, placed: 2000, ended: 3020 },
    ];
    expect(durationsOf(jobs)).toEqual({
        wall: 2020,
        perJob: 2020 / 3,
        median: 1990,
        p95: 2000,
        placedToEnd: 1020,
        atOnce: 2,
    });
});

test("the report has a row for each number of jobs in each of its tables", () => {
    const MIB = 1024 ** 2;
    const result = (jobs: number) => ({
        jobs,
        verdict: { once: jobs - 1, lost: ["x"], doubled: [], failed: [] },
        durations: { wall: jobs * 2000, perJob: 2000, median: 61_000, p95: 120_000, placedToEnd: 1500, atOnce: 2 },
        usage: new Map([
            ["nomad", { memory: { before: 90 * MIB, peak: 120 * MIB, after: 110 * MIB }, cpuSeconds: jobs }],
        ]),
        starts: jobs,
        docker: { sequential: 900, parallel: 500, count: 50 },
    });
    const text = report([result(10), result(1000)], 2);
    expect(text.split("\n").filter((line) => line.startsWith("| 10 |"))).toEqual([
        "| 10 | 9 | 1 | 0 | 0 | 10 |",
        "| 10 | 20 s | 2.0 s | 61 s | 2 min 0 s | 1.5 s | 2 |",
        "| 10 | 2.0 s | 0.9 s (50 runs) | 0.5 s (50 runs) | 25 % |",
        "| 10 | 90 / 120 / 110 | 1000 ms |",
    ]);
    expect(text.split("\n").filter((line) => line.startsWith("| 1000 |"))).toHaveLength(4);
});
