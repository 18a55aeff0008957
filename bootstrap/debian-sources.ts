/** Where a Debian image's packages come from, now and later. */
export interface DebianMirrors {
    main: string;
    security: string;
}

/**
 * The mirrors a machine's own apt sources name, so that an image made here uses a mirror that can be reached.
 * @param sources the texts of sources.list and sources.list.d, one-line and deb822 style
 * @returns the first Debian archive and the security archive beside it; undefined where there is none
 */
export function mirrorsOf(sources: readonly string[]): DebianMirrors | undefined {
    const uris = sources.flatMap((text) =>
        text
            .split("\n")
            .filter((line) => /^\s*(?:deb\s|URIs:)/.test(line))
            .flatMap((line) => line.match(/\bhttps?:\/\/[^\s\]]+/g) ?? [])
            .map((uri) => uri.replace(/\/+$/, "")),
    );
    const main = uris.find((uri) => /\/debian$/.test(uri));
    if (main === undefined) {
        return undefined;
    }
    const security = uris.find((uri) => /\/debian-security$/.test(uri)) ?? `${main}-security`;
    return { main, security };
}

/** The apt sources of an image, as the official Debian images have them: main, updates and security. */
export function aptSources(mirrors: DebianMirrors, suite: string): string {
    const source = (uri: string, suites: string) =>
        [
            "Types: deb",
            `URIs: ${uri}`,
            `Suites: ${suites}`,
            "Components: main",
            "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
            "",
        ].join("\n");
    return [source(mirrors.main, `${suite} ${suite}-updates`), source(mirrors.security, `${suite}-security`)].join(
        "\n",
    );
}

/** The Debian release of an official slim image's name: "bookworm" of debian:bookworm-slim; undefined for all else. */
export function slimSuiteOf(reference: string): string | undefined {
    return /^(?:.*\/)?debian:([a-z]+)-slim$/.exec(reference)?.[1];
}
