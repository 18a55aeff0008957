/** Words in a name that say its value is a secret. */
const SECRET_NAME =
    /(^|[^a-z])(passwords?|passwd|passphrase|tokens?|secrets?|credentials?|(?<!public-)key|encrypt)($|[^a-z])/;
/** Words at the end of a name that say it leads to a secret, or is about one, without being it. */
const NO_SECRET_NAME = /[^a-z](files?|paths?|dir|names?|ids?|ttl|method|enabled|disabled|types?)$/;

/** A name's words in lower case with dashes between them: `secureJsonData` and `SECURE_JSON_DATA` are the same. */
function words(name: string): string {
    return name
        .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
        .replaceAll(/[^A-Za-z0-9]+/g, "-")
        .toLowerCase();
}

/** Whether something of this name, such as `GRAFANA_PASSWORD` or `-gossip-key`, is a secret. */
export function namesSecret(name: string): boolean {
    return SECRET_NAME.test(words(name)) && !NO_SECRET_NAME.test(words(name));
}

/** Texts that are secrets by their form, wherever they stand. */
const SECRET_FORMS: readonly (readonly [what: string, form: RegExp])[] = [
    ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
    ["a bcrypt hash", /\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}/],
    ["a signed token", /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/],
    ["credentials in a URL", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'{}$]+:[^\s/:@"'{}$]+@/i],
    ["an authorization header", /\b(Basic|Bearer) [A-Za-z0-9+/=._-]{12,}/],
];

/** Consul's and Nomad's tokens are UUIDs. Their ids are so too, hence only where no id has a reason to stand. */
const UUID = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/i;

/** What secret a text holds by its form; undefined for none. Never the text itself: violations are printed. */
export function secretForm(text: string, options: { uuids: boolean } = { uuids: false }): string | undefined {
    const form = SECRET_FORMS.find(([, pattern]) => pattern.test(text))?.[0];
    return form ?? (options.uuids && UUID.test(text) ? "what looks like a token of Consul or Nomad" : undefined);
}

/** `name=value` or `name: value`, also quoted and among other text, as environments, flags and files have it. */
const ASSIGNMENT = /(?<![\w.-])(-{0,2}[A-Za-z][\w.-]*)["']?[ \t]*[=:][ \t]*("[^"\n]*"|'[^'\n]*'|[^\s"',;]+)/g;

/**
 * Names of secrets that a text gives a literal value. References are no values: shell and Nomad variables, templates,
 * commands, paths and truth values.
 */
export function assignedSecrets(text: string): string[] {
    return [...text.matchAll(ASSIGNMENT)]
        .filter(([, name = "", value = ""]) => namesSecret(name) && isLiteral(value.replaceAll(/^["']|["']$/g, "")))
        .map(([, name = ""]) => name);
}

function isLiteral(value: string): boolean {
    return !/^$|^[$`{/<]|^(true|false|yes|no|on|off|null|none|\d+)$|\$\{|\{\{/i.test(value);
}
