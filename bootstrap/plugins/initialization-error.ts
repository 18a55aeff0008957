import type { Properties } from "./values";

/** The resource was made but does not work: the engine records it together with `reasons` and fails the update. */
export class InitializationError extends Error {
    constructor(
        readonly id: string,
        readonly state: Properties,
        readonly reasons: string[],
    ) {
        super(reasons.join("; "));
    }
}
