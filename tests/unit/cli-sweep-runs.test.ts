import { combinations, parseGrid } from "../../cli/sweep-grid";
import {
    GroupSummary,
    ListedChild,
    dispatchToken,
    isEnded,
    stateOf,
    sweepRuns,
    toStart,
    unfinished,
} from "../../cli/sweep-runs";

function child(seed: string, status: ListedChild["Status"], summary: GroupSummary = {}, more = {}): ListedChild {
    return {
        ID: `ml-train/dispatch-1-${seed}`,
        CreateIndex: 10,
        Status: status,
        Stop: false,
        Meta: { sweep: "s", model: "mlp", seed },
        JobSummary: { Summary: { training: summary } },
        ...more,
    };
}

test.each([
    ["queued", child("1", "pending", { Queued: 1 })],
    ["queued", child("1", "pending")],
    ["running", child("1", "running", { Starting: 1 })],
    ["running", child("1", "running", { Running: 1 })],
    ["running", child("1", "running", { Unknown: 1 })],
    // Nomad has seen the end, but not yet drawn the conclusion.
    ["running", child("1", "running", { Complete: 1 })],
    // Somebody has stopped it, and its task has some seconds to end.
    ["running", child("1", "dead", { Running: 1 }, { Stop: true })],
    ["succeeded", child("1", "dead", { Complete: 1 })],
    ["failed", child("1", "dead", { Failed: 1 })],
    ["failed", child("1", "dead", { Lost: 1 })],
    ["failed", child("1", "dead", { Failed: 1 }, { Stop: true })],
    ["stopped", child("1", "dead", { Complete: 1 }, { Stop: true })],
    ["stopped", child("1", "dead", {}, { Stop: true })],
])("a run is %s", (state, listed) => {
    expect(stateOf(listed)).toBe(state);
});

describe("the runs of a sweep", () => {
    const all = combinations(parseGrid({ model: "mlp", seed: "1..4" }));
    const runs = (...children: ListedChild[]) => sweepRuns(all, children);

    test("are found by the parameters in their jobs' meta", () => {
        const found = runs(
            child("3", "dead", { Complete: 1 }),
            child("1", "running", { Running: 1 }),
            child("9", "dead"),
        );
        expect(found.map(({ state }) => state)).toEqual(["running", "missing", "succeeded", "missing"]);
        expect(found.map(({ attempts }) => attempts)).toEqual([1, 0, 1, 0]);
        expect(found.map(isEnded)).toEqual([false, false, true, false]);
    });

    test("are the newest of their combination", () => {
        const old = child("2", "dead", { Failed: 1 }, { ID: "old", CreateIndex: 3 });
        const fresh = child("2", "running", { Running: 1 }, { ID: "new", CreateIndex: 12 });
        expect(runs(fresh, old)[1]).toMatchObject({ state: "running", job: "new", attempts: 2 });
    });

    test("are started where there is none yet", () => {
        const due = toStart(runs(child("2", "dead", { Failed: 1 }), child("3", "pending")), new Map());
        expect(due.map(({ combination }) => combination.parameters.seed)).toEqual(["1", "4"]);
    });

    test("are started once more when that is asked for, and only until somebody has done so", () => {
        const failed = child("2", "dead", { Failed: 1 });
        const retried = new Map([[all[1]?.key ?? "", 1]]);
        const seeds = (...children: ListedChild[]) =>
            toStart(
                runs(child("1", "pending"), child("3", "pending"), child("4", "pending"), ...children),
                retried,
            ).map(({ combination }) => combination.parameters.seed);
        expect(seeds(failed)).toEqual(["2"]);
        expect(seeds(failed, child("2", "running", { Running: 1 }, { CreateIndex: 11 }))).toEqual([]);
        expect(seeds(failed, child("2", "dead", { Failed: 1 }, { CreateIndex: 11 }))).toEqual([]);
    });

    test("get a token that says the same for the same attempt and nothing else", () => {
        const [first, second] = runs(child("2", "dead", { Failed: 1 }));
        expect(first && dispatchToken("s", first)).toBe(`s-${all[0]?.key}`);
        expect(second && dispatchToken("s", second)).toBe(`s-${all[1]?.key}-2`);
    });
});

test("whatever is not over counts as unfinished, also runs of another grid under the same name", () => {
    expect(unfinished([child("1", "pending"), child("2", "running"), child("9", "running"), child("3", "dead")])).toBe(
        3,
    );
});
