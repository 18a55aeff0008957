import { isPlainObject, type Properties } from "./values";

/**
 * `news` with the state's values wherever `ignoreChanges` points. The engine has put back the old inputs there already;
 * this also hides drift that a refresh has found, as the official plugins do.
 */
export function keepIgnored(ignoreChanges: readonly string[], news: Properties, state: Properties): Properties {
    if (ignoreChanges.includes("*")) {
        return { ...news, ...Object.fromEntries(Object.keys(news).map((key) => [key, state[key] ?? news[key]])) };
    }
    return ignoreChanges.reduce((kept, path) => keepPath(parsePath(path), kept, state) as Properties, news);
}

function keepPath(path: readonly string[], wanted: unknown, current: unknown): unknown {
    const [key, ...rest] = path;
    if (key === undefined) {
        return current;
    }
    if (Array.isArray(wanted) && Array.isArray(current)) {
        return wanted.map((entry, index) =>
            key === "*" || key === String(index) ? keepPath(rest, entry, current[index]) : entry,
        );
    }
    if (!isPlainObject(wanted) || !isPlainObject(current) || !Object.hasOwn(current, key)) {
        return wanted;
    }
    return { ...wanted, [key]: keepPath(rest, wanted[key], current[key]) };
}

/** `a.b[0]["c.d"]` as its keys. */
function parsePath(path: string): string[] {
    const keys = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g);
    return [...keys].map(([, quoted, index, name]) => quoted ?? index ?? name ?? "");
}
