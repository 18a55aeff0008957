import { execFileSync } from "node:child_process";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Locations, checkoutDirectory, locationsFor } from "../../bootstrap/locations";
import { pluginSource, standInsAreCurrent, writeStandIns } from "../../bootstrap/provider-plugins";
import { findPulumi, pinnedPulumi } from "../../bootstrap/pulumi-cli";

const consul = { name: "consul", version: "3.15.1" };
const random = { name: "random", version: "4.21.2" };
let home: string;
let locations: Locations;

beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "mlops it's-"));
    const checkout = join(home, "a checkout");
    mkdirSync(join(checkout, "bootstrap/plugins/consul"), { recursive: true });
    writeFileSync(
        join(checkout, "bootstrap/plugins/consul/main.ts"),
        'const words: string[] = process.argv.slice(2);\nconsole.log(words.join("|"));\n',
    );
    symlinkSync(join(checkoutDirectory(), "node_modules"), join(checkout, "node_modules"));
    locations = locationsFor({ HOME: home }, checkout);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function executable(path: string, text = "#!/bin/sh\n"): void {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, 0o755);
}

describe("a provider", () => {
    test("comes from the official plugin when the engine has it whole", () => {
        const directory = join(home, ".pulumi/plugins/resource-consul-v3.15.1");
        expect(pluginSource(consul, locations, "")).toBe("stand-in");
        executable(join(directory, "pulumi-resource-consul"));
        expect(pluginSource(consul, locations, "")).toBe("official");
        writeFileSync(`${directory}.partial`, "");
        expect(pluginSource(consul, locations, "")).toBe("stand-in");
    });

    test("comes from the user's own plugin on PATH, but our stand-in there is not taken for one", () => {
        executable(join(home, "bin/pulumi-resource-consul"));
        expect(pluginSource(consul, locations, join(home, "bin"))).toBe("official");
        writeStandIns([consul], locations);
        expect(pluginSource(consul, locations, locations.standIns)).toBe("stand-in");
        executable(join(home, "clone/.mlops/plugins/bin/pulumi-resource-consul"));
        expect(pluginSource(consul, locations, join(home, "clone/.mlops/plugins/bin"))).toBe("stand-in");
    });

    test("is missing where there is neither", () => expect(pluginSource(random, locations, "")).toBe("missing"));
});

describe("stand-ins", () => {
    test("run from any directory, with their arguments as they are", () => {
        writeStandIns([consul], locations);
        const script = join(locations.standIns, "pulumi-resource-consul");
        expect(execFileSync(script, ["127.0.0.1:1", "two words"], { cwd: "/", encoding: "utf8" })).toBe(
            "127.0.0.1:1|two words\n",
        );
    });

    test("that no provider needs any more go", () => {
        writeStandIns([consul, random], locations);
        expect(readdirSync(locations.standIns).sort()).toEqual(["pulumi-resource-consul", "pulumi-resource-random"]);
        expect(standInsAreCurrent([consul], locations)).toBe(false);
        writeStandIns([consul], locations);
        expect(readdirSync(locations.standIns)).toEqual(["pulumi-resource-consul"]);
        expect(standInsAreCurrent([consul], locations)).toBe(true);
    });

    test("are made anew when they are not as they should be", () => {
        writeStandIns([consul], locations);
        executable(join(locations.standIns, "pulumi-resource-consul"), "#!/bin/sh\nexec /old/node\n");
        expect(standInsAreCurrent([consul], locations)).toBe(false);
    });

    test("need no directory when there are none", () => {
        expect(standInsAreCurrent([], locations)).toBe(true);
        writeStandIns([], locations);
        expect(existsSync(locations.standIns)).toBe(false);
    });
});

describe("the Pulumi CLI", () => {
    const cli = (version: string) => `#!/bin/sh\necho v${version}\n`;

    beforeEach(() => (locations = locationsFor({ HOME: home })));

    test("is the pinned one when it is whole: with its language host", async () => {
        executable(pinnedPulumi(locations));
        expect(await findPulumi(locations, "")).toBeUndefined();
        executable(join(pinnedPulumi(locations), "../pulumi-language-nodejs"));
        expect(await findPulumi(locations, "")).toBe(pinnedPulumi(locations));
    });

    test("may be the user's own when it is new enough", async () => {
        const path = `${join(home, "bin")}:/bin`;
        executable(join(home, "bin/pulumi-language-nodejs"));
        executable(join(home, "bin/pulumi"), cli("3.100.0"));
        expect(await findPulumi(locations, path)).toBeUndefined();
        executable(join(home, "bin/pulumi"), cli("3.300.1"));
        expect(await findPulumi(locations, path)).toBe(join(home, "bin/pulumi"));
    });

    test("is not npm's runner, which would start a download", async () => {
        executable(join(home, "bin/pulumi-language-nodejs"));
        executable(join(home, "bin/pulumi"), "#!/usr/bin/env node\nconsole.log('v3.300.1');\n");
        expect(await findPulumi(locations, `${join(home, "bin")}:${process.env.PATH}`)).toBeUndefined();
    });
});
