import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Locations } from "./locations";

/** How long a failed download is not tried again, in milliseconds. */
const remembered = 24 * 3_600_000;

/**
 * Remembers which downloads failed lately, so that a closed network costs its time once and not at every run.
 * Only for what has a stand-in or is left out; everything else is there after the first run.
 */
export class FailedDownloads {
    private readonly directory: string;

    constructor(locations: Locations) {
        this.directory = join(locations.cache, "failed-downloads");
    }

    /** Whether this download failed within the last day. */
    isRecent(what: string, now = Date.now()): boolean {
        const failed = statSync(this.stamp(what), { throwIfNoEntry: false })?.mtimeMs;
        return failed !== undefined && now - failed < remembered;
    }

    /** Remembers a failure, with its reason for whoever looks. */
    remember(what: string, reason: string): void {
        mkdirSync(this.directory, { recursive: true });
        writeFileSync(this.stamp(what), `${reason}\n`);
    }

    /** Forgets an earlier failure: the download worked, or is to be tried again. */
    forget(what: string): void {
        rmSync(this.stamp(what), { force: true });
    }

    private stamp(what: string): string {
        return join(this.directory, what.replace(/[^\w.-]+/g, "_"));
    }
}
