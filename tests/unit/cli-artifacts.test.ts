import { join } from "node:path";
import { localPath } from "../../cli/artifact-copy";
import { artifactLine } from "../../cli/artifacts";

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
