import { diffProperties } from "../../../bootstrap/plugins/property-diff";
import type { Schema } from "../../../bootstrap/plugins/property-schema";
import { UNKNOWN } from "../../../bootstrap/plugins/values";

const schema: Schema = {
    image: { type: "string", replace: true },
    memory: { type: "integer" },
    command: { type: { list: "string" }, replace: true, computed: true },
    user: { type: "string", replace: true, absentMeansAny: true },
    envs: { type: { set: "string" }, replace: true },
    labels: { type: { set: { object: { label: { type: "string" }, value: { type: "string" } } } }, replace: true },
    healthcheck: { type: { object: { interval: { type: "string" }, tests: { type: { list: "string" } } } } },
    jobspec: { type: "string", equal: (old: string, current: string) => old.trim() === current.trim() },
};

function diff(state: Record<string, unknown>, news: Record<string, unknown>, oldInputs = state) {
    const { diffs, replaces } = diffProperties(schema, state, news, oldInputs);
    return { diffs, replaces };
}

const none = { diffs: [], replaces: [] };

test("an input that differs is a change, and replaces where the schema says so", () => {
    expect(diff({ image: "a", memory: 1 }, { image: "b", memory: 2 })).toEqual({
        diffs: ["image", "memory"],
        replaces: ["image"],
    });
});

test("drift: the state counts, not what the inputs were", () => {
    expect(diff({ memory: 32 }, { memory: 64 }, { memory: 64 }).diffs).toEqual(["memory"]);
});

test("a removed input is a change, unless the server computes it or any value will do", () => {
    expect(diff({ memory: 1 }, {}).diffs).toEqual(["memory"]);
    expect(diff({ command: ["a"], user: "root" }, {})).toEqual(none);
});

test("zero values and absence are the same", () => {
    expect(diff({ memory: 0, image: "", envs: [] }, {})).toEqual(none);
    expect(diff({}, { envs: [], memory: 0 })).toEqual(none);
});

test("the order of a set means nothing, that of a list does", () => {
    expect(diff({ envs: ["a", "b"] }, { envs: ["b", "a"] })).toEqual(none);
    expect(diff({ command: ["a", "b"] }, { command: ["b", "a"] }).diffs).toEqual(["command[0]", "command[1]"]);
});

test("names the part of a set that differs", () => {
    const [one, two] = [
        { label: "a", value: "1" },
        { label: "b", value: "2" },
    ];
    expect(diff({ labels: [one, two] }, { labels: [{ ...two, value: "3" }, one] })).toEqual({
        diffs: ["labels[0].value"],
        replaces: ["labels[0].value"],
    });
    expect(diff({ labels: [one, two] }, { labels: [one] }).diffs).toEqual(["labels"]);
});

test("names the part of an object that differs", () => {
    const state = { healthcheck: { interval: "1s", tests: ["CMD"] } };
    expect(diff(state, { healthcheck: { interval: "2s", tests: ["CMD"] } }).diffs).toEqual(["healthcheck.interval"]);
});

test("a value not known yet is a change", () => {
    expect(diff({ image: "a" }, { image: UNKNOWN })).toEqual({ diffs: ["image"], replaces: ["image"] });
    expect(diff({ jobspec: "a" }, { jobspec: UNKNOWN }).diffs).toEqual(["jobspec"]);
});

test("equality of the schema wins over plain equality", () => {
    expect(diff({ jobspec: "a" }, { jobspec: " a\n" })).toEqual(none);
    expect(diff({ jobspec: "a" }, { jobspec: "b" }).diffs).toEqual(["jobspec"]);
});
