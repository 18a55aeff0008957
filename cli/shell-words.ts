import { REFUSED } from "./dispatch";
import { UserError } from "./user-error";

/**
 * Splits a command line into words as a POSIX shell does: at blanks, with '…', "…" and \ for what is to stay together.
 * Nothing else means anything: no variables, no pipes, no wildcards.
 *
 * @throws UserError when a quote is not closed, or when there is no word.
 */
export function shellWords(text: string): string[] {
    const words: string[] = [];
    let word: string | undefined;
    const pieces = /\s+|'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])|([^\s'"\\]+)|(.)/gu;
    for (const [whole, single, double, escaped, plain, broken] of text.matchAll(pieces)) {
        if (broken !== undefined) {
            throw new UserError(
                `--command is "${text}", but its ${broken} is not closed or has nothing after it.`,
                REFUSED,
            );
        }
        if (/^\s+$/.test(whole)) {
            words.push(...(word === undefined ? [] : [word]));
            word = undefined;
        } else {
            word = (word ?? "") + (single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "");
        }
    }
    words.push(...(word === undefined ? [] : [word]));
    if (words.length === 0) {
        throw new UserError("--command is empty, but must be a program and its arguments.", REFUSED);
    }
    return words;
}
