import { type Properties, type ResourceSchema, type ResourceType, schemaResource, Secret } from "../resource-provider";

/** What a drawn resource is made of. Inputs listed here all replace the resource, as every input of random's types does. */
export interface DrawnResource {
    inputs: ResourceSchema["inputs"];
    outputs: readonly string[];
    /** Outputs that are secret although no input is. */
    secrets?: readonly string[];
    refuse?: ResourceSchema["refuse"];
    normalise?: ResourceSchema["normalise"];
    /** Draws the outputs once; they stay in the state for the life of the resource. */
    draw(inputs: Properties): Promise<{ id: string; outputs: Properties }>;
}

/** A resource that exists in the state only: created by drawing, never updated, deleted by being forgotten. */
export function drawnResource({ inputs, outputs, secrets = [], refuse, normalise, draw }: DrawnResource): ResourceType {
    const keepers = { keepers: { type: { map: "string" }, replace: true } } as const;
    const replacing = Object.entries({ ...inputs, ...keepers }).map(([key, property]) => [
        key,
        { ...property, replace: true },
    ]);
    const sealed = (state: Properties): Properties => ({
        ...state,
        ...Object.fromEntries(secrets.filter((key) => key in state).map((key) => [key, new Secret(state[key])])),
    });
    return schemaResource(
        { inputs: Object.fromEntries(replacing), outputs, refuse, normalise },
        {
            create: async (news) => {
                const drawn = await draw(news);
                return { id: drawn.id, state: sealed({ ...news, ...drawn.outputs }) };
            },
            read: async (id, state) => {
                if (!outputs.every((key) => key in state)) {
                    throw new Error(
                        "The random stand-in plugin cannot import: let Pulumi create the resource instead.",
                    );
                }
                return { id, state: sealed(state) };
            },
            delete: async () => undefined,
        },
    );
}
