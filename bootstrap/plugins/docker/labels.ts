import type { PropertySchema } from "../resource-provider";

export interface Label {
    label: string;
    value: string;
}

/** The list of `{ label, value }` that every Docker resource takes. */
export const labelsSchema: PropertySchema = {
    type: { set: { object: { label: { type: "string", required: true }, value: { type: "string", required: true } } } },
    replace: true,
};

export function labelsToMap(labels: unknown): Record<string, string> {
    return Object.fromEntries(((labels ?? []) as Label[]).map(({ label, value }) => [label, value]));
}

export function mapToLabels(labels: Record<string, string> | null | undefined): Label[] {
    return Object.entries(labels ?? {})
        .sort(([left], [right]) => left.localeCompare(right))
        .map(([label, value]) => ({ label, value }));
}
