import { randomBytes, randomUUID } from "node:crypto";
import type { ResourceType, Schema } from "../resource-provider";
import { drawnResource } from "./drawn-resource";

const atLeastOne = (value: number) => (value < 1 ? `must be at least 1, got ${value}.` : undefined);

export const randomUuid: ResourceType = drawnResource({
    inputs: {},
    outputs: ["result"],
    draw: async () => {
        const result = randomUUID();
        return { id: result, outputs: { result } };
    },
});

const idInputs: Schema = {
    byteLength: { type: "integer", required: true, refuse: atLeastOne },
    prefix: { type: "string" },
};

/** RandomId: the same bytes in four notations. The prefix stands before each of them, but not in the resource's id. */
export const randomId: ResourceType = drawnResource({
    inputs: idInputs,
    outputs: ["b64Std", "b64Url", "dec", "hex"],
    draw: async ({ byteLength, prefix = "" }) => {
        const bytes = randomBytes(byteLength as number);
        const prefixed = (text: string) => `${prefix as string}${text}`;
        const outputs = {
            b64Std: prefixed(bytes.toString("base64")),
            b64Url: prefixed(bytes.toString("base64url")),
            dec: prefixed(BigInt(`0x${bytes.toString("hex")}`).toString(10)),
            hex: prefixed(bytes.toString("hex")),
        };
        return { id: bytes.toString("base64url"), outputs };
    },
});

export const randomBytesResource: ResourceType = drawnResource({
    inputs: { length: { type: "integer", required: true, refuse: atLeastOne } },
    outputs: ["base64", "hex"],
    secrets: ["base64", "hex"],
    draw: async ({ length }) => {
        const bytes = randomBytes(length as number);
        return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
    },
});
