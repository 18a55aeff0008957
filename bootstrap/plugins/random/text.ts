import { hash } from "bcryptjs";
import { type CheckFailure, type Properties, type ResourceType, type Schema, UNKNOWN } from "../resource-provider";
import { type CharacterRules, drawCharacters } from "./characters";
import { drawnResource } from "./drawn-resource";

/** golang.org/x/crypto/bcrypt's default, which the official provider uses. */
const BCRYPT_COST = 10;

const notNegative = (value: number) => (value < 0 ? `must be at least 0, got ${value}.` : undefined);
const minimum = { type: "integer", default: 0, refuse: notNegative } as const;
const enabledByDefault = { type: "boolean", default: true } as const;

const inputs: Schema = {
    length: {
        type: "integer",
        required: true,
        refuse: (value: number) => (value < 1 ? `must be at least 1, got ${value}.` : undefined),
    },
    lower: enabledByDefault,
    upper: enabledByDefault,
    special: enabledByDefault,
    // `numeric` and its deprecated name `number` get their default together, in `withNumeric`.
    numeric: { type: "boolean" },
    number: { type: "boolean" },
    minLower: minimum,
    minUpper: minimum,
    minNumeric: minimum,
    minSpecial: minimum,
    overrideSpecial: { type: "string" },
};

/** RandomPassword: like RandomString, but its result is secret and comes with a bcrypt hash. */
export const randomPassword: ResourceType = drawnResource({
    inputs,
    outputs: ["result", "bcryptHash"],
    secrets: ["result", "bcryptHash"],
    refuse: refuseRules,
    normalise: withNumeric,
    draw: async (rules) => {
        const result = drawCharacters(rules as unknown as CharacterRules);
        return { id: "none", outputs: { result, bcryptHash: await hash(result, BCRYPT_COST) } };
    },
});

export const randomString: ResourceType = drawnResource({
    inputs,
    outputs: ["result"],
    refuse: refuseRules,
    normalise: withNumeric,
    draw: async (rules) => {
        const result = drawCharacters(rules as unknown as CharacterRules);
        return { id: result, outputs: { result } };
    },
});

function withNumeric(given: Properties): Properties {
    const numeric = given.numeric ?? given.number ?? true;
    return { ...given, numeric, number: numeric };
}

function refuseRules(given: Properties): CheckFailure[] {
    const rules = withNumeric(given);
    const failures: CheckFailure[] = [];
    if (given.number !== undefined && given.numeric !== undefined && given.number !== given.numeric) {
        const reason = "Number and numeric are both configured with different values, number is deprecated: drop it.";
        failures.push({ property: "number", reason });
    }
    if ([rules.upper, rules.lower, rules.numeric, rules.special].every((enabled) => enabled === false)) {
        const reason = "At least one of special, upper, lower and numeric must be true.";
        failures.push({ property: "special", reason });
    }
    const parts = [rules.length, rules.minUpper, rules.minLower, rules.minNumeric, rules.minSpecial];
    if (!parts.includes(UNKNOWN)) {
        const [length, ...minimums] = parts as number[];
        const sum = minimums.reduce((total, part) => total + part, 0);
        if (length! < sum) {
            const reason = `must be at least the sum of minUpper, minLower, minNumeric and minSpecial, ${sum}.`;
            failures.push({ property: "length", reason });
        }
    }
    return failures;
}
