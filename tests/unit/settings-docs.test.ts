import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingsReference } from "../../components/settings";
import { REPOSITORY } from "../command";

const PAGE = join(REPOSITORY, "docs", "configuration.md");
const START = "<!-- from components/settings.ts: UPDATE_GOLDEN=1 npm run test:unit -->";
const END = "<!-- end -->";

test("docs/configuration.md lists every key with its default and what is allowed", () => {
    const rows = settingsReference().map(
        ({ key, standard, allowed }) =>
            `| \`${key}\` | ${standard === undefined ? "" : `\`${standard}\``} | ${allowed} |`,
    );
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.join("\n")).not.toContain("something else");
    const table = ["| key | default | allowed |", "|---|---|---|", ...rows].join("\n");
    const page = readFileSync(PAGE, "utf8");
    const [before, rest = ""] = page.split(START);
    const updated = `${before}${START}\n${table}\n${END}${rest.split(END)[1] ?? "\n"}`;
    if (process.env.UPDATE_GOLDEN) {
        writeFileSync(PAGE, updated);
    }
    expect(readFileSync(PAGE, "utf8")).toBe(updated);
});
