import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { DATA_VOLUME } from "../components/nomad-config";
import { DATA_PATH } from "../components/training-job";
import { Packed, archiveOf } from "./data-archive";
import { DataItem, LIST_SCRIPT, itemsIn, nameOf, pathInData } from "./data-names";
import { bytes } from "./screen";
import { Ground, openSession } from "./session";
import { UserError } from "./user-error";
import { VolumeFiles, volumeOf } from "./volume-files";

/** Works on the data volume of the stack. @returns 0 @throws UserError when there is none; and what `act` throws */
export async function withData(ground: Ground, act: (volume: VolumeFiles) => Promise<void>): Promise<number> {
    const { settings } = await openSession(ground, "find");
    await VolumeFiles.use(await volumeOf(settings, DATA_VOLUME), act);
    return 0;
}

/** Moves what has arrived whole ("$1/$2") to its name, and what was there before away; prints "replaced" if something was. */
const PLACE_SCRIPT = `set -e
if [ -e "./$2" ]; then mv "./$2" "./$1/.before"; echo replaced; fi
mv "./$1/$2" "./$2"
rm -rf "./$1"`;

/** What an interrupted upload left a day ago will not be gone on with. */
const TIDY_SCRIPT = `find . -maxdepth 1 -name ".put-*" -mmin +1440 -exec rm -rf {} +`;

/**
 * Puts local files and folders into the data volume under their own names; what has such a name is replaced.
 *
 * @param given paths, relative to where the command was typed.
 * @throws UserError before anything is sent for a path that is not there or has a name that cannot be taken; later when
 * one cannot be read or Docker fails, and then nothing half is in the volume.
 */
export async function putData(volume: VolumeFiles, given: readonly string[], say: (line: string) => void) {
    // npm runs its scripts in the checkout, wherever they were called.
    const paths = given.map((path) => resolve(process.env.INIT_CWD ?? process.cwd(), path));
    const names = await Promise.all(paths.map(checked));
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) {
        throw new UserError(`Two of them are called ${twice}, and there can be only one in the data volume.`);
    }
    await volume.run(TIDY_SCRIPT);
    for (const [at, path] of paths.entries()) {
        await putOne(volume, path, names[at] as string, say);
    }
}

async function checked(path: string): Promise<string> {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
        throw new UserError(
            error.code === "ENOENT"
                ? `There is no ${path}.`
                : `${path} cannot be read (${error.code ?? error.message}).`,
        );
    });
    if (!found.isFile() && !found.isDirectory()) {
        throw new UserError(`${path} is neither a file nor a folder.`);
    }
    return nameOf(path);
}

async function putOne(volume: VolumeFiles, path: string, name: string, say: (line: string) => void): Promise<void> {
    const folder = `.put-${randomBytes(6).toString("hex")}`;
    const packed: Packed = { files: 0, size: 0, leftOut: [] };
    try {
        await volume.unpack(archiveOf(path, folder, name, packed));
        const printed = await volume.run(PLACE_SCRIPT, folder, name);
        packed.leftOut.forEach((left) => say(`• ${left} left out because it is neither a file nor a folder`));
        const before = printed.includes("replaced") ? ", replaces what was there" : "";
        say(
            `✓ ${DATA_PATH}/${name} – ${packed.files} ${packed.files === 1 ? "file" : "files"}, ${bytes(packed.size)}${before}`,
        );
    } catch (error) {
        // What Docker says first is what matters.
        await volume.run('rm -rf "./$1"', folder).catch(() => undefined);
        throw error;
    }
}

/** Shows what the data volume has. */
export async function listData(volume: VolumeFiles, say: (line: string) => void): Promise<void> {
    const items = itemsIn(await volume.run(LIST_SCRIPT));
    if (items.length === 0) {
        say("The data volume is empty; npm run data -- put <file or folder> fills it.");
    }
    const width = Math.max(...items.map((item) => shown(item).length));
    items.forEach((item) => say(itemLine(item, width)));
}

/** One item for people. @param width of the widest path */
export function itemLine(item: DataItem, width: number): string {
    const files = item.isFolder ? `${item.files} ${item.files === 1 ? "file" : "files"}, ` : "";
    const changed = new Date(item.changedAt).toISOString().slice(0, 16).replace("T", " ");
    return `${shown(item).padEnd(width)}  ${changed} UTC  ${files}${bytes(item.size)}`;
}

function shown({ name, isFolder }: DataItem): string {
    return `${DATA_PATH}/${name.replaceAll(/\p{C}/gu, "�")}${isFolder ? "/" : ""}`;
}

/** Prints "gone" for what was not there. */
const REMOVE_SCRIPT = `if [ -e "./$1" ] || [ -L "./$1" ]; then rm -rf "./$1"; else echo gone; fi`;

/** Removes files and folders. @throws UserError for one that is not there; those before it are removed */
export async function removeData(volume: VolumeFiles, wanted: readonly string[], say: (line: string) => void) {
    const paths = wanted.map(pathInData);
    for (const path of paths) {
        if ((await volume.run(REMOVE_SCRIPT, path)).includes("gone")) {
            const has = itemsIn(await volume.run(LIST_SCRIPT)).map(({ name }) => name);
            throw new UserError(
                `There is no ${path} in the data volume; it ${has.length === 0 ? "is empty" : `has ${has.join(", ")}`}.`,
            );
        }
        say(`✓ removed ${DATA_PATH}/${path}`);
    }
}
