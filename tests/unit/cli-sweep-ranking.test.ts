import { numbersByRun } from "../../cli/last-numbers";
import { numbersQuery } from "../../cli/sweep-numbers";
import { EndedRun, FinalNumbers, ranking, rankingJson, rankingTable } from "../../cli/sweep-ranking";
import { conclusion, endedLine, sweepLive } from "../../cli/sweep-view";

function ended(seed: string, numbers: FinalNumbers, failed?: string): EndedRun {
    return {
        parameters: { model: "mlp", seed },
        job: `ml-train/dispatch-1-${seed}`,
        run: `${seed}`.repeat(36).slice(0, 36),
        succeeded: failed === undefined,
        reason: failed,
        numbers,
    };
}

const times = (took: number) => ({ started_timestamp_seconds: 100, finished_timestamp_seconds: 100 + took });

describe("a ranking", () => {
    const orderOf = (runs: EndedRun[]) => ranking(runs).map(({ parameters }) => parameters.seed);

    test("goes by accuracy, then by loss, then by time", () => {
        expect(
            orderOf([
                ended("1", { validation_accuracy: 0.9, validation_loss: 0.1, ...times(5) }),
                ended("2", { validation_accuracy: 0.95, validation_loss: 0.9, ...times(9) }),
                ended("3", { validation_accuracy: 0.9, validation_loss: 0.1, ...times(4) }),
                ended("4", { validation_accuracy: 0.9, validation_loss: 0.05, ...times(90) }),
            ]),
        ).toEqual(["2", "4", "3", "1"]);
    });

    test("has what told no number, or none that is one, behind what did, and the failed ones last", () => {
        const runs = [
            ended("1", { validation_accuracy: 0.99 }, "it raised"),
            ended("2", {}),
            ended("3", { validation_accuracy: NaN }),
            ended("4", { validation_accuracy: 0.1, validation_loss: NaN }),
            ended("5", { validation_accuracy: 0.1, validation_loss: 3 }),
        ];
        expect(orderOf(runs)).toEqual(["5", "4", "2", "3", "1"]);
        expect(ranking(runs).map(({ rank }) => rank)).toEqual([1, 2, 3, 4, undefined]);
    });

    const ranked = ranking([
        ended("1", { epoch: 3, validation_accuracy: 0.12345, validation_loss: 0.5, ...times(2.04) }),
        ended("2", {}, "task train ended with exit code 2.\nIts last log lines:\n    wrong"),
    ]);

    test("is a table for people, with every reason in full below", () => {
        const text = rankingTable(ranked, ["seed"]);
        expect(text).toMatch(/│ 1 +│ 1 +│ 12\.35 % +│ 0\.5000 +│ 3 +│ 2\.0 s │ 11111111 │/);
        expect(text).toMatch(/│ ✗ +│ 2 +│ – +│ – +│ – +│ – +│ 22222222 │/);
        expect(text).toContain(
            "✗ seed=2 (22222222): task train ended with exit code 2.\nIts last log lines:\n    wrong",
        );
    });

    test("is JSON for programs, with null for what is not known", () => {
        expect(JSON.parse(JSON.stringify(rankingJson("abc", ranked)))).toEqual({
            sweep: "abc",
            runs: [
                {
                    ...{ rank: 1, state: "succeeded", parameters: { model: "mlp", seed: "1" } },
                    ...{ validation_accuracy: 0.12345, validation_loss: 0.5, epochs: 3 },
                    seconds: expect.closeTo(2.04) as number,
                    ...{ run: "1".repeat(36), job: "ml-train/dispatch-1-1", reason: null },
                },
                {
                    ...{ rank: null, state: "failed", parameters: { model: "mlp", seed: "2" } },
                    ...{ validation_accuracy: null, validation_loss: null, epochs: null, seconds: null },
                    ...{ run: "2".repeat(36), job: "ml-train/dispatch-1-2" },
                    reason: "task train ended with exit code 2.\nIts last log lines:\n    wrong",
                },
            ],
        });
    });
});

describe("numbers", () => {
    test("are asked for in one query, back to before the oldest run", () => {
        expect(numbersQuery(["a", "b"], 30)).toBe(
            'last_over_time({__name__=~"training_(epoch|validation_accuracy|validation_loss|status|' +
                'started_timestamp_seconds|finished_timestamp_seconds)", job="ml-training", run_id=~"a|b"}[90s])',
        );
    });

    test("are put together by run", () => {
        const series = (name: string, run: string, value: number) => ({
            metric: { __name__: `training_${name}`, run_id: run },
            samples: [[1, value]] as const,
        });
        const found = numbersByRun([series("epoch", "a", 3), series("status", "b", 2), series("status", "a", 1)]);
        expect([...found]).toEqual([
            ["a", { epoch: 3, status: 1 }],
            ["b", { status: 2 }],
        ]);
    });
});

describe("while it goes on", () => {
    const combination = (key: string) => ({ key, parameters: {} });

    test("a terminal shows how many are where, the best so far, and what is in the way", () => {
        const runs = (["missing", "queued", "running", "succeeded", "failed", "stopped"] as const).map((state) => ({
            ...{ combination: combination(state), state, attempts: 1 },
        }));
        const snapshot = {
            sweep: "abc",
            runs,
            ended: [ended("1", { validation_accuracy: 0.5 }), ended("2", { validation_accuracy: 0.75 })],
            columns: ["seed"] as const,
            waitsFor: "no node is ready",
        };
        expect(sweepLive(snapshot, 100).split("\n")).toEqual([
            "… sweep abc: 1 not started, 1 queued, 1 running, 1 succeeded, 2 failed of 6",
            "  best so far: seed=2 – validation accuracy 75.00 %",
            "  no node is ready",
        ]);
        expect(
            Math.max(
                ...sweepLive(snapshot, 20)
                    .split("\n")
                    .map(({ length }) => length),
            ),
        ).toBe(20);
    });

    test("each run that ends has one line", () => {
        expect(endedLine(ended("3", { validation_accuracy: 0.5, ...times(3) }), 2, 6, ["seed"])).toContain(
            "2/6 seed=3 (33333333) – validation accuracy 50.00 %, 3.0 s",
        );
        expect(endedLine(ended("3", {}, "gone.\nand more"), 2, 6, ["seed"])).toMatch(/– gone\.$/);
    });

    test("the end is told in one sentence", () => {
        expect(conclusion("abc", [ended("1", {})])).toContain("sweep abc: 1 run succeeded");
        expect(conclusion("abc", [ended("1", {}), ended("2", {}, "x")])).toContain(
            "1 of 2 runs failed; the same command with --retry-failed starts them once more",
        );
    });
});
