import { type OperationOptions, schemaResource, UNKNOWN } from "../../../bootstrap/plugins/resource-provider";

const context = { name: "thing", randomSeed: new Uint8Array([1, 2, 3]) };
const options: OperationOptions = {
    preview: true,
    timeoutSeconds: 0,
    signal: new AbortController().signal,
    status: () => undefined,
};

const forbidden = async () => {
    throw new Error("a preview touched the real thing");
};

const resource = schemaResource(
    {
        inputs: {
            name: { type: "string", autoName: true, replace: true },
            size: { type: "integer" },
            driver: { type: "string", computed: true },
        },
        outputs: ["address"],
        deleteBeforeReplace: true,
    },
    {
        create: forbidden,
        update: forbidden,
        delete: forbidden,
        changedOutputs: () => ["address"],
        read: async (id) => ({ id, state: { name: "thing", size: 7, driver: "local", address: "a" } }),
    },
);

test("a missing name is made from the logical name and kept for the life of the resource", async () => {
    const first = await resource.check({}, undefined, context);
    expect(first.inputs.name).toMatch(/^thing-[0-9a-f]{7}$/);
    const later = await resource.check({}, first.inputs, { ...context, randomSeed: new Uint8Array([9]) });
    expect(later.inputs).toEqual(first.inputs);
    const named = await resource.check({ name: "mine" }, first.inputs, context);
    expect(named.inputs).toEqual({ name: "mine" });
});

test("a previewed creation knows its inputs and nothing that the server decides", async () => {
    expect(await resource.create({ name: "a" }, options)).toEqual({
        id: "",
        state: { name: "a", driver: UNKNOWN, address: UNKNOWN },
    });
});

test("a previewed update keeps what it does not change", async () => {
    const state = { name: "a", size: 1, driver: "local", address: "x", serial: "s" };
    const updated = await resource.update("a", state, { name: "a", size: 2 }, options);
    expect(updated).toEqual({ ...state, size: 2, address: UNKNOWN });
});

test("a refresh reports the old inputs with the values they have now", async () => {
    const found = await resource.read("thing", {}, { name: "thing", size: 5, __defaults: ["name"] });
    expect(found?.inputs).toEqual({ name: "thing", size: 7, __defaults: ["name"] });
});

test("deletes first when it asks for the replacement itself, and only then", async () => {
    expect(await resource.diff("a", { name: "a" }, { name: "b" }, { name: "a" })).toMatchObject({
        replaces: ["name"],
        deleteBeforeReplace: true,
    });
    const size = await resource.diff("a", { name: "a" }, { name: "a", size: 1 }, { name: "a" });
    expect(size).toMatchObject({ changes: true, replaces: [], deleteBeforeReplace: false });
});
