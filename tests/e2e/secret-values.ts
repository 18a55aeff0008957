import { StackApis } from "./stack-apis";

/** How Pulumi marks a secret in an exported state (sdk/go/common/resource, SigKey). */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
/** Everything generated is longer: tokens are UUIDs, passwords have 32 characters, keys at least 16 bytes. */
const SHORTEST = 16;

/** Every secret of a stack: what it is, by the text that must be nowhere in the clear. */
export type Secrets = ReadonlyMap<string, string>;

/**
 * Collects the secrets of a stack: what its state holds as secret, and the tokens that Nomad and Consul have made
 * themselves, each also as it would look in base64 and in a header of basic authentication.
 *
 * @param state exported with `--show-secrets`.
 */
export async function secretValues(state: string, apis: StackApis): Promise<Secrets> {
    const plain = new Map<string, string>();
    collect(JSON.parse(state), "state", false, plain);
    for (const { name, secret } of [...(await nomadTokens(apis)), ...(await consulTokens(apis))]) {
        plain.set(secret, name);
    }
    const all = new Map(plain);
    for (const [value, what] of plain) {
        all.set(base64(value), `${what}, in base64`);
        for (const user of ["metrics", "trainer", "admin"]) {
            all.set(base64(`${user}:${value}`), `${what}, as basic authentication of ${user}`);
        }
    }
    return all;
}

/** Without the padding, which is missing where more follows. */
function base64(text: string): string {
    return Buffer.from(text).toString("base64").replace(/=+$/, "");
}

function collect(value: unknown, path: string, secret: boolean, found: Map<string, string>): void {
    if (typeof value === "string") {
        if (secret && isGenerated(value)) {
            found.set(value, path);
        }
    } else if (Array.isArray(value)) {
        value.forEach((entry) => collect(entry, path, secret, found));
    } else if (typeof value === "object" && value !== null) {
        const { urn, plaintext, type, custom } = value as Readonly<Record<string, unknown>>;
        // What a component hands on (its URLs are marked as secret because they wait for one) is in its own resources.
        if (custom === false && type !== "pulumi:pulumi:Stack") {
            return;
        }
        if (SECRET_MARK in value && typeof plaintext === "string") {
            collect(JSON.parse(plaintext), path, true, found);
            return;
        }
        const inside = typeof urn === "string" ? (urn.split("::").at(-1) ?? path) : path;
        for (const [key, entry] of Object.entries(value)) {
            collect(entry, `${inside} ${key}`.split(" ").slice(0, 3).join(" "), secret, found);
        }
    }
}

/** One word that was drawn by chance, and not the text of a configuration file, a path or a name. */
function isGenerated(text: string): boolean {
    return text.length >= SHORTEST && /^\S+$/.test(text) && !/^(\/[\w.-]+)+$/.test(text);
}

interface Token {
    readonly name: string;
    readonly secret: string;
}

async function nomadTokens(apis: StackApis): Promise<Token[]> {
    const listed = (await (await apis.nomad("/v1/acl/tokens")).json()) as { AccessorID: string; Name: string }[];
    return Promise.all(
        listed.map(async ({ AccessorID, Name }) => {
            const token = (await (await apis.nomad(`/v1/acl/token/${AccessorID}`)).json()) as { SecretID: string };
            return { name: `Nomad token ${Name}`, secret: token.SecretID };
        }),
    );
}

/** Also those that tasks and services have got for their identities. */
async function consulTokens(apis: StackApis): Promise<Token[]> {
    const listed = (await (await apis.consul("/v1/acl/tokens")).json()) as {
        AccessorID: string;
        Description: string;
    }[];
    const named = listed.filter(({ Description }) => Description !== "Anonymous Token");
    return Promise.all(
        named.map(async ({ AccessorID, Description }) => {
            const token = (await (await apis.consul(`/v1/acl/token/${AccessorID}`)).json()) as { SecretID: string };
            return { name: `Consul token ${Description}`, secret: token.SecretID };
        }),
    );
}
