import { PluginProcess, secret } from "./plugins-process";

let plugin: PluginProcess;

beforeAll(async () => {
    plugin = await PluginProcess.start("random");
    await plugin.configure({});
}, 60_000);

afterAll(async () => {
    await plugin?.stop();
});

test("a password over gRPC: created, unchanged, read back, forgotten", async () => {
    const password = plugin.resource("random:index/randomPassword:RandomPassword");
    const { id, state } = await password.create({ length: 20, special: false });
    expect(id).toBe("none");
    const result = (state.result as { value: string }).value;
    expect(state.result).toEqual(secret(result));
    expect(result).toMatch(/^[A-Za-z0-9]{20}$/);

    const oldInputs = await password.inputs({ length: 20, special: false });
    expect(await password.diff(id, state, { length: 20, special: false }, oldInputs)).toMatchObject({ changes: false });
    expect((await password.diff(id, state, { length: 21, special: false }, oldInputs)).replaces).toEqual(["length"]);
    expect(await password.read(id, state, oldInputs)).toEqual(state);
    await password.delete(id, state);
});

test("a password cannot be imported, and says so", async () => {
    const password = plugin.resource("random:index/randomPassword:RandomPassword");
    await expect(password.read("hunter2", {})).rejects.toThrow("cannot import");
});
