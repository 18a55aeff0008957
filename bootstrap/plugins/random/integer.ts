import { randomInt } from "node:crypto";
import { containsUnknown, type ResourceType } from "../resource-provider";
import { drawnResource } from "./drawn-resource";

/** `crypto.randomInt` draws from at most this many numbers. */
const LARGEST_RANGE = 2 ** 48 - 1;

/** RandomInteger: `min` and `max` are both included. `seed` would need Go's own generator to give the same numbers. */
export const randomInteger: ResourceType = drawnResource({
    inputs: {
        min: { type: "integer", required: true },
        max: { type: "integer", required: true },
        seed: { type: "string", unsupported: true },
    },
    outputs: ["result"],
    refuse: ({ min, max }) => {
        if (containsUnknown([min, max])) {
            return [];
        }
        if ((max as number) < (min as number)) {
            return [{ property: "max", reason: `must not be less than min: min is ${min}, max is ${max}.` }];
        }
        return (max as number) - (min as number) >= LARGEST_RANGE
            ? [{ property: "max", reason: "a range of 2^48 numbers or more is not supported by this stand-in plugin." }]
            : [];
    },
    draw: async ({ min, max }) => {
        const result = randomInt(min as number, (max as number) + 1);
        return { id: String(result), outputs: { result } };
    },
});
