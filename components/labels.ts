/** Tells which stack owns a container, volume or network; `npm run down` and the tests find leftovers by it. */
export const STACK_LABEL = "mlops-infra.stack";
/** Tells which part of the stack it is. */
export const PART_LABEL = "mlops-infra.part";

/** The labels of everything the stack creates on Docker, in the order in which Docker reads them back. */
export function stackLabels(prefix: string, part: string): { label: string; value: string }[] {
    return [
        { label: PART_LABEL, value: part },
        { label: STACK_LABEL, value: prefix },
    ];
}
