/** As many characters of an id as Nomad itself shows. */
const SHORT = 8;

/** The first characters of a run's id. */
export function shortId(id: string): string {
    return id.slice(0, SHORT);
}
