import { goDurationSeconds, goDurationText } from "../../bootstrap/plugins/go-duration";
import { goTimeText } from "../../bootstrap/plugins/nomad/acl-token";
import { nomadApi } from "../../bootstrap/plugins/nomad/client";
import {
    identityWithoutServer,
    jobspecOf,
    parseHcl,
    syntaxFailure,
    variableFile,
} from "../../bootstrap/plugins/nomad/jobspec";
import { refusePath } from "../../bootstrap/plugins/nomad/variable";
import { UNKNOWN } from "../../bootstrap/plugins/resource-provider";

const VARIABLES = `
variable "name" { type = string }
variable "count" { type = number }
variable "hosts" { type = list(string) }
variable "untyped" {}
variable "optional" { default = "d" }
`;
const spec = (text: string, vars: Record<string, string> = {}) => ({ text, json: false, vars });

test("a jobspec with something unknown in it is not known", () => {
    expect(jobspecOf({ jobspec: UNKNOWN })).toBeUndefined();
    expect(jobspecOf({ jobspec: "a", hcl2: { vars: { x: UNKNOWN } } })).toBeUndefined();
    expect(jobspecOf({ jobspec: "a", hcl2: { vars: { x: "1" } } })).toEqual(spec("a", { x: "1" }));
});

test("syntax errors are told without a server, with their place", async () => {
    expect(await syntaxFailure(spec('job "a" {\n  type = \n}'))).toMatch(/^error parsing jobspec: .*:2,/);
    expect(await syntaxFailure(spec('job "a" { }'))).toBeUndefined();
    expect(await syntaxFailure(spec('variable "a" {}'))).toContain("expected one job block, found 0");
    expect(await syntaxFailure({ text: "{", json: true, vars: {} })).toContain("error parsing jobspec: ");
    expect(await syntaxFailure({ text: '{"Job":{}}', json: true, vars: {} })).toContain("not a valid Nomad jobspec");
});

test("variables must be declared, and set when they have no default", async () => {
    const text = `${VARIABLES}job "a" { }`;
    const vars = { name: "n", count: "1", hosts: "[]", untyped: "u" };
    expect(await syntaxFailure(spec(text, vars))).toBeUndefined();
    expect(await syntaxFailure(spec(text, { ...vars, epochs: "1" }))).toContain("sets epochs");
    expect(await syntaxFailure(spec(text, { name: "n" }))).toContain("unset variable count, hosts, untyped");
});

test("variables mean in the variable file what they mean after -var", async () => {
    const tree = await parseHcl(`${VARIABLES}job "a" { }`);
    const vars = { name: 'a "b" ${c} %{d}\n\b\\', count: "3", hosts: '["x", "y"]', untyped: "true" };
    expect(variableFile(tree, vars)).toBe(
        'name = "a \\"b\\" $${c} %%{d}\\n\\u0008\\\\"\ncount = "3"\nhosts = ["x", "y"]\nuntyped = "true"\n',
    );
});

test("the identity is read from the text, unless it is computed", async () => {
    expect(await identityWithoutServer(spec('job "a" {}'))).toEqual({ id: "a", namespace: "default" });
    const named = spec('job "a" {\n id = "b"\n namespace = "ml"\n}');
    expect(await identityWithoutServer(named)).toEqual({ id: "b", namespace: "ml" });
    expect(await identityWithoutServer(spec('job "a" {\n namespace = var.ns\n}'))).toBeUndefined();
    const json = { text: '{"Job":{"ID":"c","Namespace":"ml"}}', json: true, vars: {} };
    expect(await identityWithoutServer(json)).toEqual({ id: "c", namespace: "ml" });
});

test("the address is needed and must be a URL; ignored environment variables are ignored", () => {
    expect(() => nomadApi({}, {})).toThrow("needs an address");
    expect(() => nomadApi({ address: "127.0.0.1:4646" }, {})).toThrow('"127.0.0.1:4646" is no URL');
    expect(() => nomadApi({}, { NOMAD_ADDR: "http://127.0.0.1:4646" })).not.toThrow();
    expect(() => nomadApi({ ignoreEnvVars: { NOMAD_ADDR: true } }, { NOMAD_ADDR: "http://a" })).toThrow("address");
});

test("durations and times are written as Go writes them", () => {
    expect([0, 250e6, 30e9, 1.5e9, 90e9, 3600e9, 5430e9].map(goDurationText)).toEqual([
        "0s",
        "250ms",
        "30s",
        "1.5s",
        "1m30s",
        "1h0m0s",
        "1h30m30s",
    ]);
    expect(["1h30m", "0", "90m", "1.5s", "5", "1x"].map(goDurationSeconds)).toEqual([
        5400,
        0,
        5400,
        1.5,
        undefined,
        undefined,
    ]);
    expect(goTimeText("2026-01-02T03:04:05.123456789Z")).toBe("2026-01-02 03:04:05.123456789 +0000 UTC");
});

test("variable paths are refused as the official provider refuses them", () => {
    expect(["a/b-c_d~e", "nomad/jobs", "nomad/jobs/a", "nomad/job-templates/x"].map(refusePath)).toEqual(
        Array.from({ length: 4 }, () => undefined),
    );
    for (const path of ["a.b", "a@b", "", "nomad", "nomad/other", "nomad/job-templates", "x".repeat(129)]) {
        expect([path, refusePath(path)]).toEqual([path, expect.any(String)]);
    }
});
