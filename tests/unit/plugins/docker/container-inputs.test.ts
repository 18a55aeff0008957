import { readFileSync } from "node:fs";
import { join } from "node:path";
import { refuseCombinations } from "../../../../bootstrap/plugins/docker/container-combinations";
import { containerInputs } from "../../../../bootstrap/plugins/docker/container-schema";
import { checkProperties, withDefaults } from "../../../../bootstrap/plugins/property-schema";
import { UNKNOWN } from "../../../../bootstrap/plugins/values";

function refusals(inputs: Record<string, unknown>): string[] {
    const given = { image: "app:1", name: "app", ...inputs };
    const failures = checkProperties(containerInputs, given);
    const all = failures.length > 0 ? failures : refuseCombinations(withDefaults(containerInputs, given));
    return all.map(({ property, reason }) => `${property}: ${reason}`);
}

test("knows exactly the inputs of the official SDK", () => {
    const sdk = join(__dirname, "../../../../node_modules/@pulumi/docker/container.js");
    const assigned = readFileSync(sdk, "utf8").matchAll(/resourceInputs\["(\w+)"\] = args\?/g);
    const inputs = [...new Set([...assigned].map(([, name]) => name))].sort();
    expect(inputs.length).toBeGreaterThan(70);
    expect(Object.keys(containerInputs).sort()).toEqual(inputs);
});

test("replaces on the inputs that the official schema replaces on", () => {
    const kept = Object.keys(containerInputs).filter((key) => !containerInputs[key]?.replace);
    // Everything without willReplaceOnChanges in the official schema 5.1.
    expect(kept.sort()).toEqual(
        (
            "attach containerReadRefreshTimeoutMilliseconds cpuPeriod cpuQuota cpuSet cpuShares destroyGraceSeconds " +
            "deviceReadBps deviceReadIops deviceWriteBps deviceWriteIops healthcheck init logs maxRetryCount memory " +
            "memoryReservation memorySwap mustRun removeVolumes restart rm start tmpfs wait waitTimeout"
        )
            .split(" ")
            .sort(),
    );
});

test.each([
    ["upload without content", { uploads: [{ file: "/a" }] }, /one of 'content'/],
    ["upload with empty content", { uploads: [{ file: "/a", content: "" }] }, /one of 'content'/],
    ["upload with two contents", { uploads: [{ file: "/a", content: "a", source: "/b" }] }, /only one of/],
    ["upload with a short mode", { uploads: [{ file: "/a", content: "a", permissions: "600" }] }, /permissions/],
    ["upload owned by a name", { uploads: [{ file: "/a", content: "a", owner: "nobody" }] }, /owner.*use the number/],
    ["upload that is no base64", { uploads: [{ file: "/a", contentBase64: "%%" }] }, /base64/],
    ["rm with a restart policy", { rm: true, restart: "always" }, /AutoRemove/],
    ["logs without attach", { logs: true }, /needs attach/],
    ["unknown restart policy", { restart: "sometimes" }, /restart/],
    ["host network with networks", { networkMode: "host", networksAdvanced: [{ name: "a" }] }, /joins no network/],
    ["volume without a path", { volumes: [{ volumeName: "a" }] }, /without container path/],
    ["relative host path", { volumes: [{ hostPath: "a", containerPath: "/a" }] }, /hostPath/],
    ["an empty word in a command", { command: ["a", ""] }, /may not be empty/],
    ["a duration without a unit", { healthcheck: { tests: ["CMD"], interval: "5" } }, /duration/],
    ["swap below -1", { memorySwap: -2 }, /at least -1/],
    ["gpus twice", { gpus: "all", deviceRequests: [{ count: 1 }] }, /conflicts/],
    ["an input of other versions", { links: ["a"] }, /links/],
])("refuses: %s", (_what, inputs, reason) => {
    const found = refusals(inputs);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(reason);
});

test("accepts what is not known yet in place of any value", () => {
    const uploads = [{ file: "/a", content: UNKNOWN }, UNKNOWN];
    expect(refusals({ uploads, volumes: [{ volumeName: UNKNOWN, containerPath: "/a" }], restart: UNKNOWN })).toEqual(
        [],
    );
});
