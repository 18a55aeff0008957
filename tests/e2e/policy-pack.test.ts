import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Finished } from "../command";
import { TestStack } from "./test-stack";

jest.setTimeout(10 * 60_000);

describe("a preview with the policy pack", () => {
    let stack: TestStack;
    let config: string;
    beforeAll(async () => {
        stack = await TestStack.create({ bindAddress: "0.0.0.0" });
        config = join(tmpdir(), `${stack.prefix}-policy.json`);
    });
    afterAll(async () => {
        rmSync(config, { force: true });
        await stack?.remove();
    });

    /** The executable, because a language host that the bootstrap compiled cannot run packs. */
    function preview(...args: string[]): Promise<Finished> {
        return stack.pulumi("preview", "--suppress-progress", "--policy-pack", "policy/analyzer", ...args);
    }

    test("is refused for ports that all the world can reach", async () => {
        const { code, stdout, stderr } = await preview();
        expect(stdout + stderr).toMatch(/\[mandatory\] +loopback-ports .*consul-container/);
        expect(stdout + stderr).toContain(`Port ${stack.settings.consulPort} is published on 0.0.0.0`);
        expect(code).not.toBe(0);
    });

    test("gets through once the pack's configuration allows them", async () => {
        writeFileSync(config, JSON.stringify({ "loopback-ports": { allowed: ["0.0.0.0"] } }));
        const { code, stdout, stderr } = await preview("--policy-pack-config", config);
        expect(stdout + stderr).not.toContain("[mandatory]");
        expect(stdout + stderr).toContain("mlops@v");
        expect(code).toBe(0);
    });
});
