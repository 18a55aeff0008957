/** Text as a quoted HCL string that is not interpolated. */
export function quoted(text: string): string {
    return JSON.stringify(text).replaceAll("${", () => "$${");
}
