import { join, relative } from "node:path";
import { ARTIFACTS_VOLUME } from "../components/nomad-config";
import { Copied, contentsOf, copyTree } from "./artifact-copy";
import { KnownRun, findRun, listRuns } from "./known-runs";
import { onPlatform } from "./platform";
import { bytes } from "./screen";
import { Ground } from "./session";
import { shortId } from "./short-id";
import { UserError } from "./user-error";
import { NotInVolume, VolumeFiles, volumeOf } from "./volume-files";

/**
 * Brings what a run left behind to `artifacts/<run>` in the checkout.
 *
 * @param wanted what `findRun` takes for a run, or the beginning of an allocation id that Nomad has forgotten.
 * @default the newest run
 * @returns 0
 * @throws UserError when that cannot be, in a sentence.
 */
export async function artifacts(ground: Ground, wanted: string | undefined): Promise<number> {
    return onPlatform(ground, async ({ session, nomad }) => {
        const runs = await listRuns(nomad);
        await VolumeFiles.use(await volumeOf(session.settings, ARTIFACTS_VOLUME), (volume) =>
            fetchArtifacts(runs, volume, join(ground.checkout, "artifacts"), wanted, ground.screen.line),
        );
        return 0;
    });
}

/**
 * Copies the artifacts of a run, with a line for each and one for the folder at the end.
 *
 * @param runs what Nomad knows, newest first.
 * @param volume a folder for each run, named after its allocation.
 * @param root the run gets a folder of its own in it.
 * @param wanted as for `artifacts`.
 */
export async function fetchArtifacts(
    runs: readonly KnownRun[],
    volume: VolumeFiles,
    root: string,
    wanted: string | undefined,
    say: (line: string) => void,
): Promise<void> {
    const forgotten = await forgottenRun(runs, volume, wanted);
    const run = forgotten === undefined ? knownRun(runs, wanted) : undefined;
    const id = run?.id ?? forgotten;
    const none = noArtifacts(run, id);
    if (id === undefined) {
        throw none;
    }
    const folder = join(root, id);
    let count = 0;
    try {
        const settled = run && !run.isOver ? await contentsOf(volume.read(id)) : undefined;
        for await (const copied of copyTree(volume.read(id), folder, settled)) {
            say(artifactLine(copied));
            count += REMARKS[copied.outcome].startsWith(LEFT_OUT) ? 0 : 1;
        }
    } catch (error) {
        throw error instanceof NotInVolume ? none : error;
    }
    if (count === 0) {
        throw none;
    }
    const soFar = run && !run.isOver ? " so far (it is not over yet)" : "";
    const what = `${count} ${count === 1 ? "artifact" : "artifacts"}`;
    say(`✓ ${what} of run ${shortId(id)}${soFar} in ${shownPath(folder)}`);
}

function knownRun(runs: readonly KnownRun[], wanted: string | undefined): KnownRun {
    const run = wanted === undefined ? runs[0] : findRun(runs, wanted);
    if (!run) {
        throw new UserError("Nomad knows no training run; npm run train starts one.");
    }
    return run;
}

const ALLOCATION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of a run that Nomad has collected, or whose job was purged: only its folder is left. */
async function forgottenRun(runs: readonly KnownRun[], volume: VolumeFiles, wanted = ""): Promise<string | undefined> {
    const start = wanted.toLowerCase();
    const isKnown = runs.some(({ id, job }) => id?.startsWith(start) || job.endsWith(`-${start}`));
    if (isKnown || !/^[0-9a-f][0-9a-f-]*$/.test(start)) {
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

/** Why a run has no artifacts. @param run undefined for one that Nomad has forgotten */
function noArtifacts(run: KnownRun | undefined, id: string | undefined): UserError {
    const name = `Run ${id ?? run?.job}`;
    if (run?.state === "waiting" || run?.state === "starting") {
        return new UserError(`${name} has not started yet, so there are no artifacts.`);
    }
    return new UserError(
        run && !run.isOver
            ? `${name} is still ${run.state} and has written no artifacts yet; try again when it is over.`
            : `${name} left no artifacts: it ended${run ? ` (${run.state})` : ""} before it wrote any.`,
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
