import { checkProperties, type Schema, withDefaults } from "../../../bootstrap/plugins/property-schema";
import { UNKNOWN } from "../../../bootstrap/plugins/values";

const schema: Schema = {
    image: { type: "string", required: true },
    memory: { type: "integer", refuse: (value: number) => (value < 0 ? "must not be negative." : undefined) },
    restart: { type: "string", default: "no", allowed: ["no", "always"] },
    gadget: { type: "any", unsupported: true },
    ports: {
        type: {
            list: {
                object: { internal: { type: "integer", required: true }, ip: { type: "string", default: "0.0.0.0" } },
            },
        },
    },
    logOpts: { type: { map: "string" } },
};

function refused(properties: Record<string, unknown>): string[] {
    return checkProperties(schema, properties).map(({ property }) => property);
}

test("accepts what the schema knows, and values not known yet anywhere", () => {
    expect(refused({ image: "a", memory: 1, ports: [{ internal: 80 }], logOpts: { a: "b" } })).toEqual([]);
    expect(refused({ image: UNKNOWN, memory: UNKNOWN, ports: [UNKNOWN, { internal: UNKNOWN }] })).toEqual([]);
});

test.each([
    ["a missing input", {}, "image"],
    ["an unknown input", { image: "a", imgae: "b" }, "imgae"],
    ["a name of every object", { image: "a", toString: "b" }, "toString"],
    ["a wrong type", { image: 5 }, "image"],
    ["a fraction for an integer", { image: "a", memory: 1.5 }, "memory"],
    ["a value that its rule refuses", { image: "a", memory: -1 }, "memory"],
    ["a value that is not allowed", { image: "a", restart: "never" }, "restart"],
    ["an input that only the official plugin has", { image: "a", gadget: true }, "gadget"],
    ["an object for a list", { image: "a", ports: { internal: 80 } }, "ports"],
    ["an unknown nested input", { image: "a", ports: [{ internal: 80, externl: 1 }] }, "ports[0].externl"],
    ["a missing nested input", { image: "a", ports: [{}] }, "ports[0].internal"],
    ["a wrong type in a map", { image: "a", logOpts: { size: 10 } }, 'logOpts["size"]'],
])("refuses %s", (_what, properties, path) => {
    expect(refused(properties)).toEqual([path]);
});

test("a refusal does not repeat a value of the wrong type, which may be a secret", () => {
    expect(checkProperties(schema, { image: ["hunter2"] })[0]?.reason).not.toContain("hunter2");
});

test("fills defaults in, also inside lists, and never over a given value", () => {
    expect(withDefaults(schema, { image: "a", ports: [{ internal: 80 }, { internal: 81, ip: "127.0.0.1" }] })).toEqual({
        image: "a",
        restart: "no",
        ports: [
            { internal: 80, ip: "0.0.0.0" },
            { internal: 81, ip: "127.0.0.1" },
        ],
    });
});
