import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dropForeignSalt, configValues, opens, readSettings } from "../../cli/stack-config";

/** Written by Pulumi 3.259.0 for the passphrase "hello". */
const SALT = "v1:CHi4GJw8Y0o=:v1:+JMiojmjOo7prqGZ:oX8g7TEFHN+d/mZOeNQ0cQ4kRfdy3w==";

let checkout: string;
const file = () => join(checkout, "Pulumi.dev.yaml");

beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "mlops-cli-"));
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

test("reads a stack's values as Pulumi gives them to a program", () => {
    writeFileSync(
        file(),
        "config:\n  mlops-infra:nomadPort: 14646\n  mlops-infra:grafana: false\n  other:key: x\n  mlops-infra:prefix:\n    secure: v1:abc\n",
    );
    expect(configValues(checkout, "dev")).toEqual({ nomadPort: "14646", grafana: "false" });
    expect(readSettings(checkout, "organization/mlops-infra/dev", {}).nomadPort).toBe(14646);
});

test("a stack without a file has the defaults", () => {
    expect(readSettings(checkout, "fresh", {}).prefix).toBe("mlops");
});

test("a wrong value is told in a sentence", () => {
    writeFileSync(file(), "config:\n  mlops-infra:nomadPort: many\n");
    expect(() => readSettings(checkout, "dev", {})).toThrow(/^Configuration key nomadPort is "many", but must be/);
});

test("a file that is not YAML is told with its path", () => {
    writeFileSync(file(), "config: [\n");
    expect(() => readSettings(checkout, "dev", {})).toThrow(/Pulumi\.dev\.yaml is not valid YAML/);
});

test("knows whether a passphrase fits a salt that Pulumi wrote", () => {
    expect(opens(SALT, "hello")).toBe(true);
    expect(opens(SALT, "other")).toBe(false);
    expect(opens("nonsense", "hello")).toBe(false);
});

describe("a salt from another checkout", () => {
    const config = "# kept\nconfig:\n  mlops-infra:prefix: x\n";

    test("goes when it protects nothing, and the rest stays", () => {
        writeFileSync(file(), `${config}encryptionsalt: ${SALT}\n`);
        dropForeignSalt(checkout, "dev", "ours");
        expect(readFileSync(file(), "utf8")).toBe(config);
    });

    test("stays when it is ours", () => {
        writeFileSync(file(), `${config}encryptionsalt: ${SALT}\n`);
        dropForeignSalt(checkout, "dev", "hello");
        expect(readFileSync(file(), "utf8")).toContain(SALT);
    });

    test("is refused in a sentence when values are encrypted with it", () => {
        writeFileSync(file(), `config:\n  mlops-infra:x:\n    secure: v1:abc\nencryptionsalt: ${SALT}\n`);
        expect(() => dropForeignSalt(checkout, "dev", "ours")).toThrow(/encrypted value mlops-infra:x/);
        expect(readFileSync(file(), "utf8")).toContain(SALT);
    });
});
