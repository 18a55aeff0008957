import {
    containsUnknown,
    decodeProperties,
    encodeProperties,
    Secret,
    UNKNOWN,
} from "../../../bootstrap/plugins/values";
import { keepIgnored } from "../../../bootstrap/plugins/ignored-changes";

test("properties survive the way over the wire", () => {
    const properties = { text: "a", number: 1.5, list: [true, { deep: UNKNOWN }], empty: {} };
    expect(decodeProperties(encodeProperties(properties))).toEqual(properties);
});

test("secrets arrive as their value; undefined and null are absent", () => {
    const sent = encodeProperties({ password: new Secret("hunter2"), gone: undefined });
    expect(JSON.stringify(sent.toJavaScript())).toContain("1b47061264138c4ac30d75fd1eb44270");
    expect(decodeProperties(sent)).toEqual({ password: "hunter2" });
});

test("finds an unknown at any depth", () => {
    expect(containsUnknown({ a: [{ b: UNKNOWN }] })).toBe(true);
    expect(containsUnknown({ a: [{ b: "04da6b54" }] })).toBe(false);
});

test("ignoreChanges takes the state's values, at any path", () => {
    const state = { image: "old", labels: [{ value: "1" }, { value: "2" }], opts: { "a.b": "1", c: "2" } };
    const news = { image: "new", labels: [{ value: "x" }, { value: "y" }], opts: { "a.b": "x", c: "y" }, memory: 5 };
    expect(keepIgnored(["image"], news, state)).toEqual({ ...news, image: "old" });
    expect(keepIgnored(["labels[1].value"], news, state).labels).toEqual([{ value: "x" }, { value: "2" }]);
    expect(keepIgnored(['opts["a.b"]'], news, state).opts).toEqual({ "a.b": "1", c: "y" });
    expect(keepIgnored(["labels[*].value"], news, state).labels).toEqual(state.labels);
    expect(keepIgnored(["*"], news, state)).toEqual({ ...state, memory: 5 });
    expect(keepIgnored(["absent", "labels[7]"], news, state)).toEqual(news);
});
