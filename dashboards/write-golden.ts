import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { dashboardsJson } from ".";

// Writes the committed copies of the dashboards, so that a change shows what it changes: npx tsx dashboards/write-golden.ts
const directory = path.join(__dirname, "../tests/golden/dashboards");
mkdirSync(directory, { recursive: true });
for (const [name, json] of Object.entries(dashboardsJson())) {
    writeFileSync(path.join(directory, `${name}.json`), json);
}
