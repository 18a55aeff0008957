import { posix } from "node:path";

/**
 * Which paths of a build context a .dockerignore leaves out, as Docker decides it (moby/patternmatcher): patterns are
 * matched against the path and each of its parents, `**` spans directories, `!` takes back, and the last match wins.
 *
 * @returns whether a path, relative to the context and with forward slashes, is left out.
 */
export function ignoreFilter(dockerignore: string): (path: string) => boolean {
    const rules = dockerignore
        .replace(/^\uFEFF/, "")
        .split(/\r?\n/)
        .filter((line) => !line.startsWith("#"))
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .map(parseRule);
    return (path) => {
        const parts = path.split("/");
        const candidates = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
        return rules.reduce(
            (ignored, { pattern, takesBack }) =>
                ignored === takesBack && candidates.some((candidate) => pattern.test(candidate)) ? !takesBack : ignored,
            false,
        );
    };
}

function parseRule(line: string): { pattern: RegExp; takesBack: boolean } {
    const takesBack = line.startsWith("!");
    const text = posix.normalize((takesBack ? line.slice(1) : line).trim()).replace(/^\/+|\/+$/g, "");
    return { pattern: patternRegExp(text), takesBack };
}

function patternRegExp(pattern: string): RegExp {
    const source = pattern.replace(/\*\*\/|\*\*|\*|\?|\[[^\]]*\]|\\.|[.+^${}()|[\]\\]/g, (token) => {
        switch (token) {
            case "**/":
                return "(?:.*/)?";
            case "**":
                return ".*";
            case "*":
                return "[^/]*";
            case "?":
                return "[^/]";
            default:
                return token.startsWith("[") && token.length > 1
                    ? token
                    : `\\${token.startsWith("\\") ? token.slice(1) : token}`;
        }
    });
    return new RegExp(`^${source}$`);
}
