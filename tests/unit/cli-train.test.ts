import { durationSeconds, parseRunParameters } from "../../cli/dispatch";
import { shellWords } from "../../cli/shell-words";
import { parseTrain } from "../../cli/train";
import { UserError } from "../../cli/user-error";
import { JobDescription, mebibytes, parseVariant, variantOf } from "../../cli/variant";

/** What a command says to values that it refuses, and its exit code then. */
function refusal(parse: () => unknown): { said: string; code: number } {
    try {
        parse();
    } catch (error) {
        return { said: (error as Error).message, code: (error as UserError).exitCode };
    }
    throw new Error("nothing was refused");
}

describe("parameters of a run", () => {
    test("are texts as the trainer reads them, and only what is given", () => {
        const given = { model: "mlp", epochs: "3e1", learning_rate: "1e-3", time_limit: "10m", seed: undefined };
        expect(parseRunParameters(given)).toEqual({
            model: "mlp",
            epochs: "30",
            learning_rate: "0.001",
            time_limit: "600",
        });
    });

    test.each([
        ["model", "mpl", '--model is "mpl", but must be one of mlp, linear.'],
        ["dataset", "cats", '--dataset is "cats", but must be one of digits, wine, breast_cancer, iris.'],
        [
            "experiment",
            "a b",
            '--experiment is "a b", but must be 1 to 64 letters, digits, dots, dashes and underscores.',
        ],
        ["epochs", "0", '--epochs is "0", but must be a whole number from 1 to 100000.'],
        ["seed", "", '--seed is "", but must be a whole number from 0 to 4294967295.'],
        ["learning_rate", "fast", '--learning-rate is "fast", but must be a number above 0, at most 10.'],
        [
            "time_limit",
            "0",
            '--time-limit is "0", but must be a time such as 90 (seconds), 10m or 2h, from 1 s to 365 days.',
        ],
        [
            "time_limit",
            "8761h",
            '--time-limit is "8761h", but must be a time such as 90 (seconds), 10m or 2h, from 1 s to 365 days.',
        ],
    ])("%s %p is refused by option, value and what is allowed, with exit code 2", (key, value, said) => {
        expect(refusal(() => parseRunParameters({ [key]: value }))).toEqual({ said, code: 2 });
    });

    test("of a program of the user's own may have names of its own, but no others", () => {
        expect(parseRunParameters({ model: "resnet", dataset: "cats.csv" }, "cats:1")).toMatchObject({
            model: "resnet",
            dataset: "cats.csv",
        });
        expect(refusal(() => parseRunParameters({ model: "res net" }, "cats:1")).said).toContain("1 to 64 letters");
    });
});

test("a time has seconds, minutes or hours", () => {
    expect(["90", "90s", "10m", "2h", "0m", "1d", "1.5h", "-3", ""].map(durationSeconds)).toEqual([
        90,
        90,
        600,
        7200,
        ...Array<undefined>(5).fill(undefined),
    ]);
});

test("all that is wrong is told at once", () => {
    const { said } = refusal(() => parseTrain({ model: "mpl", memory: "lots", image: "x:latest", cpu: "1" }));
    expect(said.split("\n").map((line) => line.split(" ")[0])).toEqual(["--image", "--cpu", "--memory"]);
    const { said: both } = refusal(() => parseTrain({ model: "mpl", memory: "lots" }));
    expect(both.split("\n").map((line) => line.split(" ")[0])).toEqual(["--memory", "--model"]);
});

test("a program of the user's own is not called by the name of the stack's default model", () => {
    expect(parseTrain({ image: "x:1" }).parameters).toEqual({ model: "script" });
    expect(parseTrain({ command: "python x.py", model: "own" }).parameters).toEqual({ model: "own" });
    expect(parseTrain({ learningRate: "0.1" }).parameters).toEqual({ learning_rate: "0.1" });
});

describe("variants", () => {
    test.each([["debian"], ["debian:latest"], ["Debian:1"]])("image %p is refused", (image) => {
        expect(refusal(() => parseVariant({ image })).said).toMatch(/^--image is .* with a tag other than latest/);
    });

    test("sizes are MiB, or have a unit, and are rounded up", () => {
        expect(["512", "512MiB", "2GiB", "1.5 GiB", "1TB", "100mb"].map(mebibytes)).toEqual([
            512, 512, 2048, 1536, 953675, 96,
        ]);
        expect(["9", "", "1XB", "much", "-5", "99999999TiB"].map(mebibytes)).toEqual(Array(6).fill(undefined));
    });

    /** As Nomad describes it, with what it adds. */
    const job: JobDescription = {
        ID: "ml-train",
        Name: "ml-train",
        Status: "running",
        Version: 3,
        SubmitTime: 1,
        ModifyIndex: 12,
        ParameterizedJob: { Payload: "forbidden" },
        TaskGroups: [
            {
                Tasks: [
                    {
                        Name: "train",
                        Config: { image: "trainer:1", cap_drop: ["all"] },
                        Resources: { CPU: 500, MemoryMB: 768 },
                    },
                ],
            },
        ],
    };

    test("change what was asked for and keep all else", () => {
        const variant = variantOf(job, { image: "own:1", command: ["python", "x.py"], cpuMhz: 100, memoryMiB: 64 });
        expect(variant).toEqual({
            ID: variant.ID,
            Name: variant.ID,
            ParameterizedJob: { Payload: "forbidden" },
            TaskGroups: [
                {
                    Tasks: [
                        {
                            Name: "train",
                            Config: { image: "own:1", cap_drop: ["all"], entrypoint: ["python"], args: ["x.py"] },
                            Resources: { CPU: 100, MemoryMB: 64 },
                        },
                    ],
                },
            ],
        });
        expect(variantOf(job, { image: "own:1" }).TaskGroups?.[0]?.Tasks[0]?.Resources.MemoryMB).toBe(768);
    });

    test("have the same id for the same changes to the same description, whenever it was submitted", () => {
        const { ID } = variantOf(job, { image: "own:1" });
        expect(ID).toMatch(/^ml-train\/[0-9a-f]{8}$/);
        const { TaskGroups, ...rest } = job;
        expect(variantOf({ TaskGroups, ...rest, Version: 4, ModifyIndex: 99 }, { image: "own:1" }).ID).toBe(ID);
        expect(variantOf(job, { image: "own:2" }).ID).not.toBe(ID);
        expect(variantOf({ ...job, Priority: 60 }, { image: "own:1" }).ID).not.toBe(ID);
    });
});

describe("a command", () => {
    test.each([
        ["python train.py --epochs 3", ["python", "train.py", "--epochs", "3"]],
        [`  sh -c 'echo "$HOME" | wc'  `, ["sh", "-c", 'echo "$HOME" | wc']],
        [`a "b \\"c\\" \\d" '' e\\ f g"h"'i'`, ["a", 'b "c" \\d', "", "e f", "ghi"]],
        ["python -c 'a\nb'", ["python", "-c", "a\nb"]],
    ])("%p is split as a shell would", (text, words) => {
        expect(shellWords(text)).toEqual(words);
    });

    test.each([["echo 'a"], ['echo "a'], ["echo a\\"], [" "]])("%p is refused", (text) => {
        expect(refusal(() => shellWords(text))).toMatchObject({ said: expect.stringContaining("--command"), code: 2 });
    });
});
