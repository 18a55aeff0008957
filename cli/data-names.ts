import { basename } from "node:path";
import { DATA_PATH } from "../components/training-job";
import { UserError } from "./user-error";

/** A file or folder on top of the data volume. */
export interface DataItem {
    readonly name: string;
    /** @default it is a file */
    readonly isFolder: boolean;
    /** Regular files in it, or 1. */
    readonly files: number;
    /** Bytes. */
    readonly size: number;
    /** When it last changed, milliseconds since 1970. */
    readonly changedAt: number;
}

/**
 * The name that a local file or folder gets on top of the data volume.
 *
 * @param path absolute. @throws UserError for a name that the volume does not take.
 */
export function nameOf(path: string): string {
    const name = basename(path);
    const problem = problemOf(name) ?? (name.startsWith(".") ? "starts with a dot" : undefined);
    if (problem) {
        throw new UserError(
            `${JSON.stringify(path)} cannot be put into the data volume: its name ${problem}. Rename it and try again.`,
        );
    }
    return name;
}

/**
 * The path below the data volume that somebody means.
 *
 * @param wanted as `data ls` or a training shows it: "iris.csv", "faces/a.png", "/data/iris.csv".
 * @throws UserError for one that could lead out of the volume.
 */
export function pathInData(wanted: string): string {
    const path = wanted.replace(new RegExp(`^${DATA_PATH}/`), "").replace(/\/$/, "");
    for (const name of path.split("/")) {
        const problem = problemOf(name);
        if (problem) {
            throw new UserError(
                `${JSON.stringify(wanted)} names nothing in the data volume: ${JSON.stringify(name)} ${problem}. npm run data -- ls shows what there is.`,
            );
        }
    }
    return path;
}

/** Why a name is none; undefined when it is one. */
export function problemOf(name: string): string | undefined {
    if (name === "") {
        return "is empty";
    }
    if (name === "." || name === "..") {
        return "leads elsewhere";
    }
    if (name.includes("/")) {
        return "has a slash";
    }
    // Shown line by line, and read in a task's environment, it would be something else.
    return /\p{C}/u.test(name) ? "has characters that cannot be shown" : undefined;
}

/** Prints every file and folder of the directory it runs in, a line each, for `itemsIn`; unfinished uploads aside. */
export const LIST_SCRIPT = `find . -mindepth 1 ! -path "./.put-*" \\( -type f -o -type d \\) -exec stat -c "%F|%s|%Y|%n" {} +`;

/** What is on top of the volume, by name, in what `LIST_SCRIPT` printed. */
export function itemsIn(printed: string): DataItem[] {
    const items = new Map<string, DataItem>();
    for (const line of printed.split("\n").filter(Boolean)) {
        const [kind, bytes, seconds, ...path] = line.split("|");
        const [, name = "", ...below] = path.join("|").split("/");
        const known = items.get(name);
        const isFile = kind !== "directory";
        items.set(name, {
            name,
            isFolder: known?.isFolder === true || below.length > 0 || !isFile,
            files: (known?.files ?? 0) + (isFile ? 1 : 0),
            size: (known?.size ?? 0) + (isFile ? Number(bytes) : 0),
            changedAt: Math.max(known?.changedAt ?? 0, Number(seconds) * 1000),
        });
    }
    return [...items.values()].sort((left, right) => left.name.localeCompare(right.name));
}
