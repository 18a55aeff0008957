import { compare } from "bcryptjs";
import { type CharacterRules, drawCharacters, SPECIAL_CHARACTERS } from "../../bootstrap/plugins/random/characters";
import { random } from "../../bootstrap/plugins/random/plugin";
import { type Properties, Secret } from "../../bootstrap/plugins/resource-provider";

const options = { preview: false, timeoutSeconds: 0, signal: new AbortController().signal, status: () => undefined };
const context = { name: "example", randomSeed: new Uint8Array(32) };
const type = (name: string) => random.resources[`random:index/${name[0]!.toLowerCase()}${name.slice(1)}:${name}`]!;
const plain = (state: Properties, key: string) => (state[key] as Secret).value as string;

async function create(name: string, inputs: Properties) {
    const { inputs: checked, failures } = await type(name).check(inputs, undefined, context);
    expect(failures).toEqual([]);
    return { inputs: checked, ...(await type(name).create(checked, options)) };
}

const refusal = async (name: string, inputs: Properties) =>
    (await type(name).check(inputs, undefined, context)).failures.map(({ property }) => property);

const all: CharacterRules = {
    length: 10,
    upper: true,
    lower: true,
    numeric: true,
    special: true,
    minUpper: 0,
    minLower: 0,
    minNumeric: 0,
    minSpecial: 0,
};

test("characters keep to the enabled classes and their minimums", () => {
    expect(drawCharacters({ ...all, length: 200, special: false })).toMatch(/^[A-Za-z0-9]{200}$/);
    expect(drawCharacters({ ...all, upper: false, lower: false, special: false })).toMatch(/^[0-9]{10}$/);
    const exact = drawCharacters({ ...all, minUpper: 2, minLower: 3, minNumeric: 1, minSpecial: 4 });
    expect([...exact].filter((character) => SPECIAL_CHARACTERS.includes(character))).toHaveLength(4);
    expect(exact.replace(/[^A-Z]/g, "")).toHaveLength(2);
    expect(exact.replace(/[^a-z]/g, "")).toHaveLength(3);
    const special = { ...all, length: 50, upper: false, lower: false, numeric: false, overrideSpecial: "_-" };
    expect(drawCharacters(special)).toMatch(/^[_-]{50}$/);
});

test("characters are drawn evenly, at every position", () => {
    const rules = { ...all, length: 4, upper: false, lower: false, special: false, minNumeric: 2 };
    const draws = Array.from({ length: 5_000 }, () => drawCharacters(rules));
    for (let position = 0; position < 4; position++) {
        for (const digit of "0123456789") {
            const count = draws.filter((text) => text[position] === digit).length;
            // 500 expected, standard deviation 21: eight of them either way fail once in 10^14 runs.
            expect(Math.abs(count - 500)).toBeLessThan(8 * 21.3);
        }
    }
});

test("a password is secret and its bcrypt hash fits it", async () => {
    const { id, state } = await create("RandomPassword", { length: 24, special: false });
    expect(id).toBe("none");
    expect(plain(state, "result")).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(plain(state, "bcryptHash")).toMatch(/^\$2[ab]\$10\$/);
    expect(await compare(plain(state, "result"), plain(state, "bcryptHash"))).toBe(true);
    expect(state).toMatchObject({ special: false, numeric: true, number: true, upper: true, minLower: 0 });
});

test("two creations differ", async () => {
    const results = await Promise.all(["RandomUuid", "RandomUuid"].map((name) => create(name, {})));
    expect(results[0]!.state.result).not.toBe(results[1]!.state.result);
    expect(results[0]!.id).toBe(results[0]!.state.result);
    expect(results[0]!.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("an id is the same bytes in four notations, prefixed", async () => {
    const { id, state } = await create("RandomId", { byteLength: 8, prefix: "x-" });
    const hex = (state.hex as string).slice(2);
    expect(state.hex).toMatch(/^x-[0-9a-f]{16}$/);
    expect(state.dec).toBe(`x-${BigInt(`0x${hex}`)}`);
    expect(state.b64Std).toBe(`x-${Buffer.from(hex, "hex").toString("base64")}`);
    expect(state.b64Url).toBe(`x-${id}`);
});

test("bytes are secret, integers lie within their limits, both included", async () => {
    const { state } = await create("RandomBytes", { length: 32 });
    expect(plain(state, "hex")).toHaveLength(64);
    expect(Buffer.from(plain(state, "base64"), "base64").toString("hex")).toBe(plain(state, "hex"));
    const results = await Promise.all(Array.from({ length: 60 }, () => create("RandomInteger", { min: 1, max: 2 })));
    expect(new Set(results.map(({ state: { result } }) => result))).toEqual(new Set([1, 2]));
    expect(results[0]!.id).toBe(String(results[0]!.state.result));
});

test("inputs the official provider refuses are refused", async () => {
    expect(await refusal("RandomPassword", {})).toEqual(["length"]);
    expect(await refusal("RandomPassword", { length: 0 })).toEqual(["length"]);
    expect(await refusal("RandomPassword", { length: "8" })).toEqual(["length"]);
    expect(await refusal("RandomPassword", { length: 3, minUpper: 2, minLower: 2 })).toEqual(["length"]);
    expect(await refusal("RandomPassword", { length: 3, number: true, numeric: false })).toEqual(["number"]);
    expect(await refusal("RandomPassword", { length: 8, colour: "red" })).toEqual(["colour"]);
    const nothing = { length: 8, upper: false, lower: false, numeric: false, special: false };
    expect(await refusal("RandomString", nothing)).toEqual(["special"]);
    expect(await refusal("RandomInteger", { min: 2, max: 1 })).toEqual(["max"]);
    expect(await refusal("RandomInteger", { min: 1, max: 2, seed: "a" })).toEqual(["seed"]);
    expect(await refusal("RandomId", { byteLength: 0 })).toEqual(["byteLength"]);
});

test("nothing changes by itself, every changed input replaces", async () => {
    const inputs = { length: 16, keepers: { version: "1" } };
    const { id, state, inputs: olds } = await create("RandomPassword", inputs);
    const known = { ...state, result: plain(state, "result"), bcryptHash: plain(state, "bcryptHash") };
    const diff = async (news: Properties) =>
        type("RandomPassword").diff(id, known, (await type("RandomPassword").check(news, olds, context)).inputs, olds);
    expect(await diff(inputs)).toMatchObject({ changes: false, replaces: [] });
    expect(await diff({ ...inputs, length: 17 })).toMatchObject({ changes: true, replaces: ["length"] });
    expect(await diff({ ...inputs, special: false })).toMatchObject({ replaces: ["special"] });
    expect(await diff({ ...inputs, numeric: false })).toMatchObject({ replaces: ["numeric", "number"] });
    expect(await diff({ length: 16, keepers: { version: "2" } })).toMatchObject({ replaces: ["keepers"] });
    expect(await type("RandomPassword").read(id, known, olds)).toMatchObject({ id, state });
});

test("a preview draws nothing", async () => {
    const { inputs } = await type("RandomPassword").check({ length: 8 }, undefined, context);
    const { state } = await type("RandomPassword").create(inputs, { ...options, preview: true });
    expect(typeof state.result).toBe("symbol");
    expect(typeof state.bcryptHash).toBe("symbol");
});
