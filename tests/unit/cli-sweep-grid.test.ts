import { Command } from "commander";
import { MOST_COMBINATIONS, combinationKey, combinations, parseGrid, sweepId, varied } from "../../cli/sweep-grid";
import { SweepOptions, parseSweep, withSweepOptions } from "../../cli/sweep-options";
import { UserError } from "../../cli/user-error";

/** What a refusal says, and its exit code. */
function refusal(work: () => unknown): { message: string; exitCode: number } {
    try {
        work();
    } catch (error) {
        if (error instanceof UserError) {
            return { message: error.message, exitCode: error.exitCode };
        }
        throw error;
    }
    throw new Error("nothing was refused");
}

describe("a grid", () => {
    test("is every combination of lists and ranges, the last parameter changing fastest", () => {
        const grid = parseGrid({ model: "mlp, linear", seed: "1..2,7" });
        expect(combinations(grid).map(({ parameters }) => parameters)).toEqual([
            { model: "mlp", seed: "1" },
            { model: "mlp", seed: "2" },
            { model: "mlp", seed: "7" },
            { model: "linear", seed: "1" },
            { model: "linear", seed: "2" },
            { model: "linear", seed: "7" },
        ]);
    });

    test("takes each value once, however it is written", () => {
        const grid = parseGrid({ learning_rate: "0.1,1e-1,0.10", seed: "1..3,2" });
        expect(grid.get("learning_rate")).toEqual(["0.1"]);
        expect(grid.get("seed")).toEqual(["1", "2", "3"]);
    });

    test("has networks with dashes between the widths of their layers", () => {
        expect(parseGrid({ hidden_layers: "1024-512-256,64" }).get("hidden_layers")).toEqual(["1024,512,256", "64"]);
    });

    test("leaves names with two dots alone", () => {
        expect(parseGrid({ experiment: "1..3" }).get("experiment")).toEqual(["1..3"]);
    });

    test("of exactly as many combinations as allowed is taken, of one more refused", () => {
        expect(combinations(parseGrid({ seed: `1..${MOST_COMBINATIONS}` }))).toHaveLength(MOST_COMBINATIONS);
        expect(refusal(() => parseGrid({ seed: "1..501", model: "mlp,linear" }))).toEqual({
            message:
                "2 of --model × 501 of --seed is more than the 1,000 combinations a sweep may have; " +
                "try fewer values, or several sweeps.",
            exitCode: 2,
        });
    });

    test("is refused before a range of any size is written out", () => {
        expect(refusal(() => parseGrid({ seed: "0..4294967295" })).message).toContain("--seed 0..4294967295 is more");
    });

    test("is refused with a sentence for everything that is wrong", () => {
        const { message, exitCode } = refusal(() =>
            parseGrid({ model: "foo,mlp", learning_rate: "0.1,,0.2", seed: "5..1", hidden_layers: "256-x" }),
        );
        expect(exitCode).toBe(2);
        expect(message.split("\n")).toEqual([
            '--model is "foo", but must be one of mlp, linear.',
            '--learning-rate is "", but must be a number above 0, at most 10.',
            "--seed has the range 5..1, which must go upwards: write 1..5.",
            '--hidden-layers has "256-x", but must be one to eight layer widths with dashes, such as 1024-512-256; ' +
                "commas separate the networks to try.",
        ]);
    });

    test("of nothing is refused", () => {
        expect(refusal(() => parseGrid({})).exitCode).toBe(2);
    });
});

describe("ids", () => {
    const idOf = (given: Parameters<typeof parseGrid>[0]) => sweepId(combinations(parseGrid(given)));

    test("are the same for the same combinations, whatever order and spelling", () => {
        const id = idOf({ seed: "1..3", learning_rate: "0.1,0.01" });
        expect(id).toMatch(/^[0-9a-f]{8}$/);
        expect(idOf({ learning_rate: "1e-2,0.10", seed: "3,2,1" })).toBe(id);
    });

    test("differ with a value, a parameter and an experiment", () => {
        const ids = [
            idOf({ seed: "1..3" }),
            idOf({ seed: "1..4" }),
            idOf({ seed: "1..3", epochs: "3" }),
            idOf({ seed: "1..3", experiment: "a" }),
            idOf({ seed: "1..3", experiment: "b" }),
        ];
        expect(new Set(ids).size).toBe(ids.length);
    });

    test("of a combination are found again in the meta of its job, which has more", () => {
        const [first] = combinations(parseGrid({ model: "mlp", hidden_layers: "64-32" }));
        expect(combinationKey({ sweep: "x", hidden_layers: "64,32", defaults: "y", model: "mlp" })).toBe(first?.key);
        expect(combinationKey({ hidden_layers: "64", model: "mlp" })).not.toBe(first?.key);
    });
});

test("what varies tells runs apart; where nothing does, all of it", () => {
    expect(varied(parseGrid({ model: "mlp", seed: "1,2", epochs: "3,4" }))).toEqual(["epochs", "seed"]);
    expect(varied(parseGrid({ model: "mlp", seed: "1" }))).toEqual(["model", "seed"]);
});

describe("a command line", () => {
    const parsed = (...args: string[]) =>
        parseSweep(withSweepOptions(new Command()).parse(args, { from: "user" }).opts<SweepOptions>());

    test("has an option for every parameter", () => {
        const { combinations: all, maxParallel } = parsed(
            ...["--model", "mlp", "--experiment", "a", "--epochs", "3", "--batch-size", "16", "--learning-rate", "0.1"],
            ...["--seed", "4", "--dataset", "iris", "--hidden-layers", "8-4", "--time-limit", "2m"],
        );
        expect(maxParallel).toBeUndefined();
        expect(all.map(({ parameters }) => parameters)).toEqual([
            {
                ...{ model: "mlp", experiment: "a", epochs: "3", batch_size: "16", learning_rate: "0.1" },
                ...{ seed: "4", dataset: "iris", hidden_layers: "8,4", time_limit: "120" },
            },
        ]);
    });

    test("may name the sweep and bound what is unfinished", () => {
        expect(parsed("--seed", "1", "--name", "night.1", "--max-parallel", "3")).toMatchObject({
            sweep: "night.1",
            maxParallel: 3,
        });
    });

    test.each(["0", "-1", "1.5", "many", "1001", ""])("refuses %p at a time", (text) => {
        expect(refusal(() => parsed("--seed", "1", "--max-parallel", text))).toEqual({
            message: `--max-parallel is "${text}", but must be a whole number from 1 to 1000.`,
            exitCode: 2,
        });
    });

    test("refuses a name with its own option", () => {
        expect(refusal(() => parsed("--seed", "1", "--name", 'a"b'))).toEqual({
            message: '--name is "a"b", but must be 1 to 64 letters, digits, dots, dashes and underscores.',
            exitCode: 2,
        });
    });
});
