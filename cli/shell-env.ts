export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

/** Commands that set variables in a shell, whatever characters the values have. */
export function shellEnv(env: Readonly<Record<string, string>>, shell: Shell): string {
    return Object.entries(env)
        .map(([name, value]) => assignment(name, value, shell))
        .join("\n");
}

function assignment(name: string, value: string, shell: Shell): string {
    switch (shell) {
        case "fish":
            // Inside single quotes fish knows two escapes: \\ and \'.
            return `set -gx ${name} '${value.replace(/[\\']/g, "\\$&")}'`;
        case "powershell":
            return `$env:${name} = '${value.replace(/'/g, "''")}'`;
        default:
            return `export ${name}='${value.replace(/'/g, `'\\''`)}'`;
    }
}
