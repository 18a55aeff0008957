import * as pulumi from "@pulumi/pulumi";
import * as nomad from "@pulumi/nomad";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Registered {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
    provider?: string;
}

/** The wire signature of a secret under mocks (sdk/nodejs/runtime/rpc.ts, specialSigKey and specialSecretSig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

let registered: Registered[] = [];

beforeEach(async () => {
    registered = [];
    await pulumi.runtime.setMocks(
        {
            newResource: (args) => {
                registered.push({ type: args.type, name: args.name, inputs: args.inputs, provider: args.provider });
                return { id: `${args.name}-id`, state: { ...args.inputs, secretId: "s3cret", accessorId: "a" } };
            },
            call: (args) => args.inputs,
        },
        "project",
        "stack",
        false,
    );
});

const registeredAs = (name: string) => registered.find((resource) => resource.name === name)!;
const settled = () => pulumi.runtime.disconnect();
const isSecret = (value: unknown) => typeof value === "object" && value !== null && SIGNATURE in value;

test("resources register under the official type tokens with their inputs", async () => {
    new nomad.Job("job", { jobspec: 'job "a" {}', hcl2: { allowFs: true, vars: { epochs: "3" } }, detach: false });
    new nomad.AclPolicy("policy", { rulesHcl: "", jobAcl: { jobId: "a", namespace: "default" } });
    new nomad.AclRole("role", { policies: [{ name: "p" }] });
    new nomad.AclToken("token", { type: "client", policies: ["p"] });
    new nomad.Variable("variable", { path: "nomad/jobs/a", items: { key: "value" } });
    new nomad.Namespace("namespace", { description: "d" });
    await settled();

    expect(registered.map(({ type }) => type).sort()).toEqual([
        "nomad:index/aclPolicy:AclPolicy",
        "nomad:index/aclRole:AclRole",
        "nomad:index/aclToken:AclToken",
        "nomad:index/job:Job",
        "nomad:index/namespace:Namespace",
        "nomad:index/variable:Variable",
    ]);
    expect(registeredAs("job").inputs).toEqual({
        jobspec: 'job "a" {}',
        hcl2: { allowFs: true, vars: { epochs: "3" } },
        detach: false,
    });
});

test("required inputs are asked for by name", () => {
    expect(() => new nomad.Job("job", {} as nomad.JobArgs)).toThrow("Missing required property 'jobspec'");
    expect(() => new nomad.Variable("v", {} as nomad.VariableArgs)).toThrow("Missing required property 'path'");
    expect(() => new nomad.AclToken("t", {} as nomad.AclTokenArgs)).toThrow("Missing required property 'type'");
});

test("secret inputs and outputs stay secret", async () => {
    const token = new nomad.AclToken("token", { type: "management" });
    const variable = new nomad.Variable("variable", { path: "a", items: { key: "value" } });
    expect(await pulumi.isSecret(variable.items)).toBe(true);
    // What the engine does with this option is the engine's: here it must be asked for.
    const seen: pulumi.CustomResourceOptions[] = [];
    new nomad.AclToken(
        "seen",
        { type: "management" },
        { transformations: [({ opts }) => void seen.push(opts as pulumi.CustomResourceOptions)] },
    );
    await settled();
    expect(isSecret(registeredAs("variable").inputs.items)).toBe(true);
    expect(seen[0]!.additionalSecretOutputs).toEqual(["secretId"]);
    expect(token.secretId).toBeDefined();
});

test("provider configuration goes as strings, its secrets wrapped", async () => {
    const provider = new nomad.Provider("nomad", {
        address: "http://127.0.0.1:4646",
        secretId: "s",
        skipVerify: true,
        headers: [{ name: "X-A", value: "b" }],
        ignoreEnvVars: { NOMAD_TOKEN: true },
    });
    new nomad.Job("job", { jobspec: "" }, { provider });
    await settled();

    const { type, inputs } = registeredAs("nomad");
    expect(type).toBe("pulumi:providers:nomad");
    expect(inputs).toMatchObject({
        address: "http://127.0.0.1:4646",
        skipVerify: "true",
        ignoreEnvVars: '{"NOMAD_TOKEN":true}',
    });
    expect(inputs.secretId).toMatchObject({ value: "s" });
    expect(isSecret(inputs.secretId)).toBe(true);
    expect(inputs.headers).toMatchObject({ value: '[{"name":"X-A","value":"b"}]' });
    expect(inputs).not.toHaveProperty("authJwt");
    expect(registeredAs("job").provider).toContain("pulumi:providers:nomad::nomad");
});

test("get reads an existing resource and isInstance tells the classes apart", async () => {
    const job = nomad.Job.get("existing", "ml-training");
    expect(nomad.Job.isInstance(job)).toBe(true);
    expect(nomad.Variable.isInstance(job)).toBe(false);
    expect(nomad.Job.isInstance(undefined)).toBe(false);
    expect(nomad.Provider.isInstance(new nomad.Provider("p"))).toBe(true);
    await settled();
    expect(registeredAs("existing").type).toBe("nomad:index/job:Job");
});

test("the requested plugin version is the package's own", async () => {
    const manifest = JSON.parse(
        readFileSync(join(dirname(require.resolve("@pulumi/nomad")), "package.json"), "utf8"),
    ) as { version: string; pulumi: { version: string } };
    const seen: (string | undefined)[] = [];
    new nomad.Job("job", { jobspec: "" }, { transformations: [({ opts }) => void seen.push(opts.version)] });
    await settled();
    expect(seen).toEqual([manifest.version]);
    expect(manifest.pulumi.version).toBe(manifest.version);
});
