import { randomInt } from "node:crypto";

/** The special characters of terraform-provider-random (internal/random/string.go). */
export const SPECIAL_CHARACTERS = "!@#$%&*()-_=+[]{}<>:?";
const LOWER_CHARACTERS = "abcdefghijklmnopqrstuvwxyz";
const UPPER_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMERIC_CHARACTERS = "0123456789";

export interface CharacterRules {
    length: number;
    upper: boolean;
    lower: boolean;
    numeric: boolean;
    special: boolean;
    minUpper: number;
    minLower: number;
    minNumeric: number;
    minSpecial: number;
    /** Replaces `SPECIAL_CHARACTERS`; the empty string does not. */
    overrideSpecial?: string;
}

/**
 * Draws text by the rules of random_password and random_string: the wanted minimum of each class, the rest from all
 * enabled classes, in uniformly random order. `randomInt` is cryptographically strong and without modulo bias.
 */
export function drawCharacters(rules: CharacterRules): string {
    const special = rules.overrideSpecial || SPECIAL_CHARACTERS;
    const enabled =
        (rules.upper ? UPPER_CHARACTERS : "") +
        (rules.lower ? LOWER_CHARACTERS : "") +
        (rules.numeric ? NUMERIC_CHARACTERS : "") +
        (rules.special ? special : "");
    const required = [
        ...draw(NUMERIC_CHARACTERS, rules.minNumeric),
        ...draw(LOWER_CHARACTERS, rules.minLower),
        ...draw(UPPER_CHARACTERS, rules.minUpper),
        ...draw(special, rules.minSpecial),
    ];
    return shuffled([...required, ...draw(enabled, rules.length - required.length)]).join("");
}

function draw(alphabet: string, count: number): string[] {
    return Array.from({ length: count }, () => alphabet.charAt(randomInt(alphabet.length)));
}

/** Fisher and Yates. */
function shuffled(characters: readonly string[]): string[] {
    const result = [...characters];
    for (let last = result.length - 1; last > 0; last--) {
        const other = randomInt(last + 1);
        [result[last], result[other]] = [result[other]!, result[last]!];
    }
    return result;
}
