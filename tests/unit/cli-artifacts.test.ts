import { join } from "node:path";
import { localPath } from "../../cli/artifact-copy";
import { artifactLine } from "../../cli/artifacts";
import { Allocation } from "../../cli/nomad";
import { chooseRun } from "../../cli/run-choice";

describe("where an artifact goes", () => {
    const root = join("/", "somewhere", "artifacts");

    test.each([[["model.joblib"]], [["plots", "a b#?.png"]], [["..hidden", "a..b", "..."]]])("%j: below", (names) => {
        expect(localPath(root, names)).toBe(join(root, ...names));
    });

    test.each([
        [["..", "passwd"]],
        [["plots", ".."]],
        [["."]],
        [[""]],
        [["/etc/passwd"]],
        [["plots/../../x"]],
        [["..\\x"]],
        [["\\\\server\\share"]],
        [["C:x"]],
        [["a\0b"]],
    ])("%j: refused", (names) => {
        expect(() => localPath(root, names)).toThrow(/^There is an artifact named ".*", which could lead out of /);
    });
});

describe("which run is meant", () => {
    const run = (ID: string, JobID = "ml-training", JobType = "batch") =>
        ({ ID, JobID, JobType, ClientStatus: "complete" }) as Allocation;
    const known = [
        run("99999999-sweeper", "sweeper", "service"),
        run("2aaa0000-1"),
        run("2aab0000-2", "ml-train/dispatch-1"),
        run("3ccc0000-3"),
    ];

    test("without a word, the newest; a service is no run", () => {
        expect(chooseRun(known, undefined).ID).toBe("2aaa0000-1");
    });

    test.each([
        ["3", "3ccc0000-3"],
        ["2AAB", "2aab0000-2"],
        ["2aaa0000-1", "2aaa0000-1"],
    ])("%s: %s", (wanted, id) => {
        expect(chooseRun(known, wanted).ID).toBe(id);
    });

    test("a beginning of more than one is refused with those it fits", () => {
        expect(() => chooseRun(known, "2a")).toThrow(
            '"2a" is the beginning of 2 runs, give more of it: ' +
                "2aaa0000-1 (ml-training, complete), 2aab0000-2 (ml-train/dispatch-1, complete).",
        );
    });

    test.each(["9", "x", "", "aaa"])("%j fits none, and what there is is told", (wanted) => {
        expect(() => chooseRun(known, wanted)).toThrow(
            `Nomad knows no run whose id starts with "${wanted}"; it knows 2aaa0000-1 (ml-training, complete), `,
        );
    });

    test("a long list ends", () => {
        const many = Array.from({ length: 40 }, (_, at) => run(`${at}`));
        expect(() => chooseRun(many, "x")).toThrow(/4 \(ml-training, complete\) and 35 older\.$/);
    });

    test("nothing to choose from", () => {
        expect(() => chooseRun(known.slice(0, 1), undefined)).toThrow(/^Nomad knows no training run; npm run up/);
    });
});

test.each([
    [0, "new", "✓ a – 0 B"],
    [999, "kept", "✓ a – 999 B, was there already"],
    [5_311, "replaced", "✓ a – 5.3 kB, replaces another content"],
    [10_734_787, "new", "✓ a – 10.7 MB"],
    [3e15, "no file", "• a – 3000.0 TB, left out because it is no regular file"],
    [1_000, "changing", "• a – 1.0 kB, left out because it is being written; try again"],
] as const)("%i bytes, %s: %s", (size, outcome, line) => {
    expect(artifactLine({ path: "a", size, outcome })).toBe(line);
});

test("a name cannot move the cursor or add a line", () => {
    expect(artifactLine({ path: "a\u001b[2J\nb", size: 1, outcome: "new" })).toBe("✓ a�[2J�b – 1 B");
});
