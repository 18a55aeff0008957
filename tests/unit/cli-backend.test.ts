import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseBackend } from "../../cli/backend";
import { selectedStack, stackName } from "../../cli/stack-name";

let checkout: string;
let home: string;
let environment: NodeJS.ProcessEnv;

beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "mlops-cli-"));
    home = join(checkout, "home");
    mkdirSync(home);
    writeFileSync(join(checkout, "Pulumi.yaml"), "name: mlops-infra\nruntime: nodejs\n");
    environment = { HOME: home, PULUMI_HOME: home };
});

afterEach(() => rmSync(checkout, { recursive: true, force: true }));

const passphrasePath = () => join(checkout, ".mlops", "passphrase");

test("without any choice of the user, state and passphrase are the checkout's own", () => {
    const { env, embedded } = chooseBackend(checkout, environment);
    expect(embedded).toBe(true);
    expect(env).toEqual({
        PULUMI_BACKEND_URL: `file://${join(checkout, ".mlops", "state")}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: passphrasePath(),
    });
    expect(statSync(passphrasePath()).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(passphrasePath(), "utf8"), "base64")).toHaveLength(32);
});

test("the passphrase is made once", () => {
    chooseBackend(checkout, environment);
    const first = readFileSync(passphrasePath(), "utf8");
    chooseBackend(checkout, environment);
    expect(readFileSync(passphrasePath(), "utf8")).toBe(first);
});

test.each([
    ["PULUMI_BACKEND_URL", { PULUMI_BACKEND_URL: "s3://states" }, "s3://states"],
    ["PULUMI_ACCESS_TOKEN", { PULUMI_ACCESS_TOKEN: "pul-x" }, undefined],
])("%s wins untouched", (_, own, url) => {
    expect(chooseBackend(checkout, { ...environment, ...own })).toEqual({ env: {}, url, embedded: false });
    expect(existsSync(join(checkout, ".mlops"))).toBe(false);
});

test("a pulumi login wins untouched", () => {
    writeFileSync(join(home, "credentials.json"), JSON.stringify({ current: "https://api.pulumi.com" }));
    expect(chooseBackend(checkout, environment)).toEqual({
        env: {},
        url: "https://api.pulumi.com",
        embedded: false,
    });
});

test("a backend in Pulumi.yaml wins untouched", () => {
    writeFileSync(join(checkout, "Pulumi.yaml"), "name: mlops-infra\nbackend:\n  url: gs://states\n");
    expect(chooseBackend(checkout, environment).url).toBe("gs://states");
});

test.each([{ PULUMI_CONFIG_PASSPHRASE: "" }, { PULUMI_CONFIG_PASSPHRASE_FILE: "/elsewhere" }])(
    "the user's own passphrase %p is kept",
    (own) => {
        const { env } = chooseBackend(checkout, { ...environment, ...own });
        expect(Object.keys(env)).toEqual(["PULUMI_BACKEND_URL"]);
    },
);

test("an empty passphrase file is refused, not overwritten", () => {
    chooseBackend(checkout, environment);
    writeFileSync(passphrasePath(), "\n");
    expect(() => chooseBackend(checkout, environment)).toThrow(/passphrase is empty\. Put the passphrase back/);
    expect(readFileSync(passphrasePath(), "utf8")).toBe("\n");
});

test("a lost passphrase is not replaced while state needs it", () => {
    chooseBackend(checkout, environment);
    mkdirSync(join(checkout, ".mlops", "state", ".pulumi", "stacks"), { recursive: true });
    rmSync(passphrasePath());
    expect(() => chooseBackend(checkout, environment)).toThrow(/passphrase is gone, but the state/);
});

test("a passphrase file that others could read is closed to them", () => {
    chooseBackend(checkout, environment);
    chmodSync(passphrasePath(), 0o644);
    chooseBackend(checkout, environment);
    expect(statSync(passphrasePath()).mode & 0o777).toBe(0o600);
});

test("the stack is named by the option, the environment, the selection, and is dev at last", () => {
    const named = { ...environment, PULUMI_STACK: "staging" };
    expect(stackName("prod", checkout, undefined, named)).toBe("prod");
    expect(stackName(undefined, checkout, undefined, named)).toBe("staging");
    expect(stackName(undefined, checkout, undefined, environment)).toBe("dev");
});

test("a selection that cannot be read is none", () => {
    expect(selectedStack(checkout, "file:///nowhere", environment)).toBeUndefined();
});
