import { join, relative } from "node:path";
import { AllocationFiles, FileNotThere, noAnswer } from "./allocation-files";
import { Copied, copyTree } from "./artifact-copy";
import { Allocation, Nomad, isOver } from "./nomad";
import { readOutputs } from "./outputs";
import { chooseRun, shortId } from "./run-choice";
import { Ground, openSession } from "./session";
import { StackState } from "./stack-state";
import { UserError } from "./user-error";

/** Where runs leave their artifacts: the allocation's shared data directory, which the trainer takes by default. */
export const ARTIFACTS = "alloc/data/artifacts";

/** Nomad, as the stack's outputs tell. */
export interface NomadAccess {
    readonly url: string;
    readonly token: string;
}

/**
 * Brings what a run left behind to `artifacts/<run>` in the checkout.
 *
 * @param wanted allocation id or its unique beginning. @default the newest run
 * @returns 0
 * @throws UserError when that cannot be, in a sentence.
 */
export async function artifacts(ground: Ground, wanted: string | undefined): Promise<number> {
    const session = await openSession(ground, "find");
    const state = await StackState.read(session.pulumi);
    const { nomadUrl: url, nomadToken: token = "" } = state ? await readOutputs(session.pulumi) : {};
    if (!url) {
        throw new UserError(`There is no stack ${ground.stack} with a Nomad yet; npm run up makes it.`);
    }
    await fetchArtifacts({ url, token }, join(ground.checkout, "artifacts"), wanted, ground.screen.line);
    return 0;
}

/**
 * Copies the artifacts of a run, with a line for each and one for the folder at the end.
 *
 * @param root the run gets a folder of its own in it.
 * @param wanted as for `artifacts`.
 */
export async function fetchArtifacts(
    access: NomadAccess,
    root: string,
    wanted: string | undefined,
    say: (line: string) => void,
): Promise<void> {
    const nomad = new Nomad(access.url, access.token);
    const allocations = await nomad.allocations().catch((error: unknown) => {
        throw error instanceof UserError ? error : noAnswer(access.url, error);
    });
    const run = chooseRun(allocations, wanted);
    const files = new AllocationFiles(access.url, access.token, run.ID);
    const folder = join(root, run.ID);
    let count = 0;
    try {
        for await (const copied of copyTree(files, ARTIFACTS, folder)) {
            say(artifactLine(copied));
            count += copied.outcome === "left out" ? 0 : 1;
        }
    } catch (error) {
        throw error instanceof FileNotThere ? await whyNone(files, run) : error;
    }
    if (count === 0) {
        throw await whyNone(files, run);
    }
    const soFar = isOver(run) ? "" : " so far (it is not over yet)";
    say(
        `✓ ${count} ${count === 1 ? "artifact" : "artifacts"} of run ${shortId(run.ID)}${soFar} in ${shownPath(folder)}`,
    );
}

/** Why a run has no artifacts. */
async function whyNone(files: AllocationFiles, run: Allocation): Promise<UserError> {
    const name = `Run ${run.ID}`;
    if (run.ClientStatus === "pending") {
        return new UserError(`${name} has not started yet, so there are no artifacts.`);
    }
    if (!isOver(run)) {
        return new UserError(
            `${name} is still ${run.ClientStatus} and has written no artifacts yet; try again when it is over.`,
        );
    }
    // The directory that every allocation has goes with the allocation.
    const has = await files.list("alloc").then(
        () => true,
        (error: unknown) => {
            if (error instanceof FileNotThere) {
                return false;
            }
            throw error;
        },
    );
    return new UserError(
        has
            ? `${name} left no artifacts: it ended (${run.ClientStatus}) before it wrote any.`
            : `The files of run ${run.ID} are gone: Nomad has collected them as garbage since the run ended.`,
    );
}

const REMARKS: Readonly<Record<Copied["outcome"], string>> = {
    new: "",
    replaced: ", replaces another content",
    kept: ", was there already",
    "left out": ", left out because it is no regular file",
};

/** One artifact for people. */
export function artifactLine({ path, size, outcome }: Copied): string {
    // Whatever a name contains, it stays on its line.
    return `${outcome === "left out" ? "•" : "✓"} ${path.replaceAll(/\p{C}/gu, "�")} – ${sizeText(size)}${REMARKS[outcome]}`;
}

function sizeText(bytes: number): string {
    const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), 4);
    const value = bytes / 1000 ** power;
    return `${power === 0 ? value : value.toFixed(1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

function shownPath(path: string): string {
    const shown = relative(process.cwd(), path);
    return shown.startsWith("..") ? path : `./${shown}`;
}
