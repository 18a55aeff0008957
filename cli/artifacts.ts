import { join, relative } from "node:path";
import { ARTIFACTS_VOLUME } from "../components/nomad-config";
import { Copied, contentsOf, copyTree } from "./artifact-copy";
import { Allocation, Nomad, isOver } from "./nomad";
import { readOutputs } from "./outputs";
import { chooseRun, shortId } from "./run-choice";
import { bytes } from "./screen";
import { Ground, openSession } from "./session";
import { StackState } from "./stack-state";
import { UserError, reasonOf } from "./user-error";
import { NotInVolume, VolumeFiles, volumeOf } from "./volume-files";

/**
 * Brings what a run left behind to `artifacts/<run>` in the checkout.
 *
 * @param wanted what `chooseRun` takes for a run. @default the newest run
 * @returns 0
 * @throws UserError when that cannot be, in a sentence.
 */
export async function artifacts(ground: Ground, wanted: string | undefined): Promise<number> {
    const { pulumi, settings } = await openSession(ground, "find");
    const state = await StackState.read(pulumi);
    const { nomadUrl: url, nomadToken: token = "" } = state ? await readOutputs(pulumi) : {};
    if (!url) {
        throw new UserError(`There is no stack ${ground.stack} with a Nomad yet; npm run up makes it.`);
    }
    const allocations = await new Nomad(url, token).allocations().catch((error: unknown) => {
        throw error instanceof UserError
            ? error
            : new UserError(
                  `Nomad at ${url} does not answer (${reasonOf(error)}); npm run status tells how the stack is.`,
              );
    });
    await VolumeFiles.use(await volumeOf(settings, ARTIFACTS_VOLUME), (volume) =>
        fetchArtifacts(allocations, volume, join(ground.checkout, "artifacts"), wanted, ground.screen.line),
    );
    return 0;
}

/**
 * Copies the artifacts of a run, with a line for each and one for the folder at the end.
 *
 * @param allocations what Nomad knows, newest first.
 * @param volume a folder for each run, named after its allocation.
 * @param root the run gets a folder of its own in it.
 * @param wanted as for `artifacts`.
 */
export async function fetchArtifacts(
    allocations: readonly Allocation[],
    volume: VolumeFiles,
    root: string,
    wanted: string | undefined,
    say: (line: string) => void,
): Promise<void> {
    const forgotten = await forgottenRun(allocations, volume, wanted);
    const run = forgotten === undefined ? chooseRun(allocations, wanted) : undefined;
    const id = run?.ID ?? (forgotten as string);
    const folder = join(root, id);
    const goesOn = run !== undefined && !isOver(run);
    let count = 0;
    try {
        const settled = goesOn ? await contentsOf(volume.read(id)) : undefined;
        for await (const copied of copyTree(volume.read(id), folder, settled)) {
            say(artifactLine(copied));
            count += REMARKS[copied.outcome].startsWith(LEFT_OUT) ? 0 : 1;
        }
    } catch (error) {
        throw error instanceof NotInVolume ? noArtifacts(id, run) : error;
    }
    if (count === 0) {
        throw noArtifacts(id, run);
    }
    const soFar = goesOn ? " so far (it is not over yet)" : "";
    say(`✓ ${count} ${count === 1 ? "artifact" : "artifacts"} of run ${shortId(id)}${soFar} in ${shownPath(folder)}`);
}

const ALLOCATION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of a run that Nomad has collected, or whose job was purged: only its folder is left. */
async function forgottenRun(
    allocations: readonly Allocation[],
    volume: VolumeFiles,
    wanted = "",
): Promise<string | undefined> {
    const start = wanted.toLowerCase();
    if (!/^[0-9a-f][0-9a-f-]*$/.test(start) || allocations.some(({ ID }) => ID.startsWith(start))) {
        return undefined;
    }
    const folders = (await volume.run("ls")).split("\n");
    const found = folders.filter((name) => ALLOCATION_ID.test(name) && name.startsWith(start));
    if (found.length > 1) {
        throw new UserError(
            `"${wanted}" is the beginning of ${found.length} runs, give more of it: ${found.join(", ")}.`,
        );
    }
    return found[0];
}

/** Why a run has no artifacts. */
function noArtifacts(id: string, run: Allocation | undefined): UserError {
    if (run?.ClientStatus === "pending") {
        return new UserError(`Run ${id} has not started yet, so there are no artifacts.`);
    }
    return new UserError(
        run && !isOver(run)
            ? `Run ${id} is still ${run.ClientStatus} and has written no artifacts yet; try again when it is over.`
            : `Run ${id} left no artifacts: it ended${run ? ` (${run.ClientStatus})` : ""} before it wrote any.`,
    );
}

const LEFT_OUT = ", left out";

const REMARKS: Readonly<Record<Copied["outcome"], string>> = {
    new: "",
    replaced: ", replaces another content",
    kept: ", was there already",
    "no file": `${LEFT_OUT} because it is no regular file`,
    changing: `${LEFT_OUT} because it is being written; try again`,
};

/** One artifact for people. */
export function artifactLine({ path, size, outcome }: Copied): string {
    const remark = REMARKS[outcome];
    // Whatever a name contains, it stays on its line.
    return `${remark.startsWith(LEFT_OUT) ? "•" : "✓"} ${path.replaceAll(/\p{C}/gu, "�")} – ${bytes(size)}${remark}`;
}

function shownPath(path: string): string {
    const shown = relative(process.cwd(), path);
    return shown.startsWith("..") ? path : `./${shown}`;
}
