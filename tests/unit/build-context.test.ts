import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXTRA_CA_FILE, contextHash, placeExtraCa } from "../../components/build-context";

let directory: string;
beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "context-"));
    mkdirSync(join(directory, "package"));
    writeFileSync(join(directory, "Dockerfile"), "FROM scratch\n");
    writeFileSync(join(directory, "package", "main.py"), "print(1)\n");
});
afterEach(() => rmSync(directory, { recursive: true }));

test("is the same for the same content, and changes with content, names and inputs", () => {
    const before = contextHash(directory, ["package", "Dockerfile"], ["base:1"]);
    expect(before).toMatch(/^[0-9a-f]{12}$/);
    expect(contextHash(directory, ["package", "Dockerfile"], ["base:1"])).toBe(before);
    expect(contextHash(directory, ["package", "Dockerfile"], ["base:2"])).not.toBe(before);
    writeFileSync(join(directory, "package", "main.py"), "print(2)\n");
    const changed = contextHash(directory, ["package", "Dockerfile"], ["base:1"]);
    expect(changed).not.toBe(before);
    writeFileSync(join(directory, "package", "other.py"), "");
    expect(contextHash(directory, ["package", "Dockerfile"], ["base:1"])).not.toBe(changed);
});

test("does not change with caches, tests and what belongs to this machine", () => {
    const before = contextHash(directory, ["package", "Dockerfile"], []);
    for (const folder of ["tests", ".venv", "package/__pycache__"]) {
        mkdirSync(join(directory, folder));
        writeFileSync(join(directory, folder, "x"), "x");
    }
    writeFileSync(join(directory, EXTRA_CA_FILE), "certificate");
    expect(contextHash(directory, ["package", "Dockerfile"], [])).toBe(before);
});

test("places the CA bundle, replaces an older one, and takes it away", () => {
    const bundle = join(directory, "package", "bundle.pem");
    writeFileSync(bundle, "one");
    placeExtraCa(directory, bundle);
    writeFileSync(bundle, "two");
    placeExtraCa(directory, bundle);
    expect(readFileSync(join(directory, EXTRA_CA_FILE), "utf8")).toBe("two");
    placeExtraCa(directory, undefined);
    expect(existsSync(join(directory, EXTRA_CA_FILE))).toBe(false);
});

test("refuses a bundle that is not there, by key and value", () => {
    expect(() => placeExtraCa(directory, "/no/such.pem")).toThrow(
        'Configuration key extraCaFile is "/no/such.pem", but there is no such file',
    );
});
