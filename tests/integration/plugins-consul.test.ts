import { generateKeyPairSync } from "node:crypto";
import { PluginProcess, secret } from "./plugins-process";
import { type DevServer, MANAGEMENT_TOKEN, startConsul } from "./plugins-servers";

let server: DevServer;
let plugin: PluginProcess;

beforeAll(async () => {
    server = await startConsul();
    plugin = await PluginProcess.start("consul");
    await plugin.configure({ address: server.address, token: MANAGEMENT_TOKEN });
}, 90_000);

afterAll(async () => {
    await plugin?.stop();
    await server?.stop();
}, 30_000);

/** Consul's own answer, past the plugin. */
async function consul<T>(method: string, path: string, body?: string): Promise<T | undefined> {
    const headers = { "X-Consul-Token": MANAGEMENT_TOKEN };
    const response = await fetch(`http://${server.address}${path}`, { method, headers, body });
    const text = await response.text();
    return response.ok ? (JSON.parse(text) as T) : undefined;
}

const key = async (path: string) => {
    const found = await consul<{ Value: string | null; Flags: number }[]>("GET", `/v1/kv/${path}`);
    return found?.map(({ Value, Flags }) => [Buffer.from(Value ?? "", "base64").toString(), Flags])[0];
};

const resource = (type: string) => plugin.resource(`consul:index/${type[0]!.toLowerCase()}${type.slice(1)}:${type}`);

test("a key prefix is owned as a whole: created when empty, cleaned of foreign keys, emptied at the end", async () => {
    const prefix = resource("KeyPrefix");
    const inputs = {
        pathPrefix: "owned/",
        subkeys: { epochs: "10", "model/name": "mlp" },
        subkeyCollection: [{ path: "flagged", value: "f", flags: 7 }],
    };
    const { id, state } = await prefix.create(inputs);
    expect(id).toBe("owned/");
    expect(state.datacenter).toBe("dc1");
    expect(await key("owned/epochs")).toEqual(["10", 0]);
    expect(await key("owned/flagged")).toEqual(["f", 7]);
    expect(await prefix.read(id, state)).toEqual(state);
    expect(await prefix.diff(id, state, inputs)).toMatchObject({ changes: false });
    await expect(prefix.create(inputs)).rejects.toThrow("3 keys already exist under owned/");

    await consul("PUT", "/v1/kv/owned/foreign", "x");
    const drifted = (await prefix.read(id, state))!;
    const news = { ...inputs, subkeys: { epochs: "20" } };
    expect(await prefix.diff(id, drifted, inputs)).toMatchObject({ diffs: ["subkeys"], replaces: [] });
    await prefix.update(id, drifted, news);
    expect(await key("owned/epochs")).toEqual(["20", 0]);
    expect(await key("owned/foreign")).toBeUndefined();
    expect(await key("owned/model/name")).toBeUndefined();

    expect(await prefix.diff(id, state, { ...inputs, pathPrefix: "other/" })).toMatchObject({
        replaces: ["pathPrefix"],
    });
    await prefix.delete(id, state);
    expect(await consul("GET", "/v1/kv/owned/?recurse=true")).toBeUndefined();
});

test("keys: written, drift seen, and only those with delete are removed", async () => {
    const keys = resource("Keys");
    const inputs = {
        keys: [
            { path: "shared/a b", value: "1", delete: true },
            { path: "shared/kept", value: "2" },
            { path: "shared/read", name: "read", default: "none" },
        ],
    };
    const { id, state } = await keys.create(inputs);
    expect(id).toBe("consul");
    expect(state.var).toEqual({ read: "none" });
    expect(await key("shared/a%20b")).toEqual(["1", 0]);
    expect(await key("shared/read")).toBeUndefined();
    expect(await keys.diff(id, state, inputs)).toMatchObject({ changes: false });

    await consul("PUT", "/v1/kv/shared/kept", "changed");
    const drifted = (await keys.read(id, state))!;
    expect(await keys.diff(id, drifted, inputs)).toMatchObject({ changes: true, replaces: [] });
    const updated = await keys.update(id, drifted, inputs);
    expect(await key("shared/kept")).toEqual(["2", 0]);
    await keys.delete(id, updated);
    expect(await key("shared/a%20b")).toBeUndefined();
    expect(await key("shared/kept")).toEqual(["2", 0]);
});

test("policy, role and token: linked by name and id, renamed in place, gone after deletion", async () => {
    const [policies, roles, tokens] = [resource("AclPolicy"), resource("AclRole"), resource("AclToken")];
    const rules = 'key_prefix "mlops/" { policy = "read" }';
    const policy = await policies.create({ rules });
    expect(policy.state.name).toMatch(/^example-[0-9a-f]{7}$/);
    const named = policy.state.name as string;
    expect(await policies.diff(policy.id, policy.state, { rules, name: named })).toMatchObject({ changes: false });

    const roleInputs = { name: "trainers", policies: [policy.id], serviceIdentities: [{ serviceName: "web" }] };
    const role = await roles.create(roleInputs);
    expect(role.state.policies).toEqual([policy.id]);
    expect(await roles.diff(role.id, role.state, roleInputs)).toMatchObject({ changes: false });
    expect((await roles.create({ name: "by-name", policies: [named] })).state.policies).toEqual([named]);

    const tokenInputs = {
        description: "agent",
        policies: [named],
        roles: ["trainers"],
        nodeIdentities: [{ nodeName: "n", datacenter: "dc1" }],
        templatedPolicies: [{ templateName: "builtin/service", templateVariables: { name: "api" } }],
        local: true,
    };
    const token = await tokens.create(tokenInputs);
    expect(token.state).toMatchObject({ accessorId: token.id, local: true, policies: [named], roles: ["trainers"] });
    const { SecretID: secretId } = (await consul<{ SecretID: string }>("GET", `/v1/acl/token/${token.id}`))!;
    expect(JSON.stringify(token.state)).not.toContain(secretId);
    expect(await tokens.read(token.id, token.state)).toEqual(token.state);
    expect(await tokens.diff(token.id, token.state, tokenInputs)).toEqual({ changes: false, diffs: [], replaces: [] });
    expect(await tokens.diff(token.id, token.state, { ...tokenInputs, local: false })).toMatchObject({
        replaces: ["local"],
    });
    const updated = await tokens.update(token.id, token.state, { ...tokenInputs, description: "new", roles: [] });
    expect(updated).toMatchObject({ description: "new", roles: [], accessorId: token.id });

    const found = await plugin.invoke("consul:index/getAclTokenSecretId:getAclTokenSecretId", { accessorId: token.id });
    expect(found).toMatchObject({ id: token.id, accessorId: token.id, secretId: secret(secretId) });

    await tokens.delete(token.id, updated);
    expect(await tokens.read(token.id, updated)).toBeUndefined();
    await tokens.delete(token.id, updated);
    await roles.delete(role.id, role.state);
    expect(await roles.read(role.id, role.state)).toBeUndefined();
    await policies.delete(policy.id, policy.state);
    expect(await policies.read(policy.id, policy.state)).toBeUndefined();
});

test("an auth method with its binding rule: its JSON is compared by meaning", async () => {
    const [methods, bindings] = [resource("AclAuthMethod"), resource("AclBindingRule")];
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const config = {
        JWTValidationPubKeys: [publicKey.export({ type: "spki", format: "pem" })],
        JWTSupportedAlgs: ["RS256"],
        BoundAudiences: ["consul.io"],
        ClaimMappings: { nomad_job_id: "nomad_job_id", nomad_task: "nomad_task" },
    };
    const inputs = { name: "nomad-workloads", type: "jwt", maxTokenTtl: "60m", configJson: JSON.stringify(config) };
    const method = await methods.create(inputs);
    expect(method.id).toBe("auth-method-nomad-workloads");
    const reordered = Object.fromEntries(Object.entries(config).reverse());
    const same = { ...inputs, configJson: JSON.stringify(reordered, null, 4), maxTokenTtl: "1h" };
    expect(await methods.diff(method.id, method.state, same)).toMatchObject({ changes: false });
    expect(await methods.read(method.id, method.state)).toEqual(method.state);
    const changed = { ...inputs, configJson: JSON.stringify({ ...config, BoundAudiences: ["other"] }) };
    expect(await methods.diff(method.id, method.state, changed)).toMatchObject({ diffs: ["configJson"], replaces: [] });
    expect((await methods.update(method.id, method.state, changed)).configJson).toContain('"other"');
    expect(await methods.diff(method.id, method.state, { ...inputs, name: "b" })).toMatchObject({ replaces: ["name"] });
    await expect(methods.create({ name: "c", type: "jwt" })).rejects.toThrow("One of config or configJson");

    const rule = { authMethod: "nomad-workloads", bindType: "role", bindName: "nomad-${value.nomad_job_id}" };
    const binding = await bindings.create({ ...rule, selector: '"nomad_task" in value' });
    expect(await bindings.read(binding.id, binding.state)).toEqual(binding.state);
    const templated = {
        ...rule,
        bindType: "templated-policy",
        bindName: "builtin/service",
        bindVars: { name: "${value.nomad_task}" },
    };
    const withVariables = await bindings.create(templated);
    expect(await bindings.diff(withVariables.id, withVariables.state, templated)).toMatchObject({ changes: false });
    const replaced = await bindings.diff(binding.id, binding.state, { ...rule, bindType: "service" });
    expect(replaced).toMatchObject({ diffs: ["bindType", "selector"], replaces: ["bindType"] });
    await bindings.delete(binding.id, binding.state);
    expect(await bindings.read(binding.id, binding.state)).toBeUndefined();
    await methods.delete(method.id, method.state);
    expect(await methods.read(method.id, method.state)).toBeUndefined();
});

test("a config entry: what Consul fills in with nothing is no drift", async () => {
    const entries = resource("ConfigEntry");
    const inputs = { kind: "service-defaults", name: "web", configJson: JSON.stringify({ Protocol: "http" }) };
    const { id, state } = await entries.create(inputs);
    expect(id).toBe("service-defaults-web");
    expect(await entries.read(id, state)).toEqual(state);
    expect(await entries.diff(id, state, inputs)).toMatchObject({ changes: false });
    const changed = { ...inputs, configJson: JSON.stringify({ Protocol: "grpc" }) };
    expect(await entries.diff(id, state, changed)).toMatchObject({ diffs: ["configJson"] });
    expect((await entries.update(id, state, changed)).configJson).toContain("grpc");
    await entries.delete(id, state);
    expect(await entries.read(id, state)).toBeUndefined();
});

test("errors name the request, the status and Consul's answer", async () => {
    const policy = resource("AclPolicy").create({ name: "nonsense", rules: "nonsense" });
    await expect(policy).rejects.toThrow(
        /PUT http:\/\/127\.0\.0\.1:\d+\/v1\/acl\/policy answered 500: .*parse ACL rules/,
    );
    const stranger = await PluginProcess.start("consul");
    try {
        await stranger.configure({ address: "127.0.0.1:1" });
        const key = stranger
            .resource("consul:index/keyPrefix:KeyPrefix")
            .create({ pathPrefix: "a/", datacenter: "dc1" });
        await expect(key).rejects.toThrow(/GET http:\/\/127\.0\.0\.1:1\/v1\/kv\/a\/ got no answer: \S+/);
        await expect(stranger.configure({ address: "a", caFile: "b" })).rejects.toThrow("not supported");
    } finally {
        await stranger.stop();
    }
});
