import { accessSync, constants, readFileSync, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether a path is a non-empty file that may be executed. */
export function isExecutable(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        const found = statSync(path);
        return found.isFile() && found.size > 0;
    } catch {
        return false;
    }
}

/** Every executable of that name on a PATH, in its order. */
export function onPath(name: string, path: string | undefined): string[] {
    const file = process.platform === "win32" ? `${name}.exe` : name;
    return (path ?? "")
        .split(delimiter)
        .filter((directory) => directory !== "")
        .map((directory) => join(directory, file))
        .filter(isExecutable);
}

/** Whether an executable is a script for Node: npm's own `pulumi` is such a thin runner, not the CLI. */
export function isNodeScript(path: string): boolean {
    const start = readFileSync(realpathSync(path)).subarray(0, 64).toString("latin1");
    return /^#!.*\bnode\b/.test(start.split("\n")[0] ?? "");
}
