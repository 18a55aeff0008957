import { Allocation } from "./nomad";
import { UserError } from "./user-error";

/** As many characters of an id as Nomad itself shows. */
const SHORT = 8;
const MOST_LISTED = 5;

/** The first characters of a run's id. */
export function shortId(id: string): string {
    return id.slice(0, SHORT);
}

/**
 * The run somebody means.
 *
 * @param allocations newest first; those of services are no runs.
 * @param wanted an allocation id or its beginning. @default the newest run
 * @throws UserError when there is none, or more than one.
 */
export function chooseRun(allocations: readonly Allocation[], wanted: string | undefined): Allocation {
    const runs = allocations.filter(({ JobType = "batch" }) => JobType === "batch");
    const [newest] = runs;
    if (!newest) {
        throw new UserError("Nomad knows no training run; npm run up starts one.");
    }
    if (wanted === undefined) {
        return newest;
    }
    const found = runs.filter(({ ID }) => wanted !== "" && ID.startsWith(wanted.toLowerCase()));
    const [only, second] = found;
    if (!only) {
        throw new UserError(`Nomad knows no run whose id starts with "${wanted}"; it knows ${listed(runs)}.`);
    }
    if (second) {
        throw new UserError(`"${wanted}" is the beginning of ${found.length} runs, give more of it: ${listed(found)}.`);
    }
    return only;
}

function listed(runs: readonly Allocation[]): string {
    const shown = runs.slice(0, MOST_LISTED).map(({ ID, JobID, ClientStatus }) => `${ID} (${JobID}, ${ClientStatus})`);
    const more = runs.length - shown.length;
    return shown.join(", ") + (more > 0 ? ` and ${more} older` : "");
}
