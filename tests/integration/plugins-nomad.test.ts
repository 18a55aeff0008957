import { PluginProcess, type PluginResource, secret, unknown } from "./plugins-process";
import { type DevServer, freePort, MANAGEMENT_TOKEN, startNomad, until } from "./plugins-servers";

let server: DevServer;
let plugin: PluginProcess;

beforeAll(async () => {
    server = await startNomad();
    plugin = await PluginProcess.start("nomad");
    await plugin.configure({ address: `http://${server.address}`, secretId: MANAGEMENT_TOKEN });
}, 150_000);

afterAll(async () => {
    await plugin?.stop();
    await server?.stop();
}, 30_000);

/** Nomad's own answer, past the plugin. */
async function nomad<T>(method: string, path: string, body?: unknown): Promise<T | undefined> {
    const response = await fetch(`http://${server.address}${path}`, {
        method,
        headers: { "X-Nomad-Token": MANAGEMENT_TOKEN },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return response.ok && text !== "" ? (JSON.parse(text) as T) : undefined;
}

const resource = (type: string) => plugin.resource(`nomad:index/${type[0]!.toLowerCase()}${type.slice(1)}:${type}`);

interface JobParts {
    id?: string;
    type?: string;
    command?: string;
    args?: string[];
    extra?: string;
}

/** A job that really runs, without Docker. */
function jobspec({ id = "tiny", type = "batch", command = "/bin/true", args = [], extra = "" }: JobParts = {}): string {
    return `job "${id}" {
  type = "${type}"
  ${extra}
  group "g" {
    update { min_healthy_time = "0s" }
    restart {
      attempts = 0
      mode = "fail"
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "${command}"
        args = ${JSON.stringify(args)}
      }
      resources {
        cpu = 20
        memory = 16
      }
    }
  }
}`.replace(type === "service" ? "\u0000" : /.*min_healthy_time.*\n/, "");
}

interface Job {
    Status: string;
    Stop: boolean;
    JobModifyIndex: number;
    Meta: Record<string, string> | null;
}

const read = (id: string) => nomad<Job>("GET", `/v1/job/${id}`);

test("a batch job runs, is the same when read again, and stays as it is when it has finished", async () => {
    const jobs = resource("Job");
    const inputs = { jobspec: jobspec(), purgeOnDestroy: true };
    const { id, state } = await jobs.create(inputs);
    expect(id).toBe("tiny");
    expect(state).toMatchObject({
        name: "tiny",
        namespace: "default",
        type: "batch",
        region: "global",
        priority: 50,
        stop: false,
        version: 0,
        datacenters: ["*"],
        allocationIds: [],
        deploymentId: "",
        detach: true,
    });
    expect(state.taskGroups).toMatchObject([
        { name: "g", count: 1, meta: {}, volumes: [], tasks: [{ name: "t", driver: "raw_exec", volumeMounts: [] }] },
    ]);
    expect(state.modifyIndex).toBe(String((await read("tiny"))!.JobModifyIndex));
    expect(state.submitTime).toMatch(/^\d{19}$/);

    await until(server.address, "the finished job", async () => (await read("tiny"))!.Status === "dead");
    const finished = (await jobs.read(id, state))!;
    expect(finished.status).toBe("dead");
    expect(await jobs.diff(id, finished, inputs)).toEqual({ changes: false, diffs: [], replaces: [] });
    expect(await jobs.diff(id, finished, { ...inputs, rerunIfDead: true })).toMatchObject({
        diffs: ["rerunIfDead", "status"],
        replaces: [],
    });
    const withIds = (await jobs.read(id, { ...finished, readAllocationIds: true }))!;
    expect(withIds.allocationIds).toHaveLength(1);

    await jobs.delete(id, finished);
    expect(await read("tiny")).toBeUndefined();
    expect(await jobs.read(id, finished)).toBeUndefined();
    await jobs.delete(id, finished);
});

test("jobspecs are compared by meaning, with and without a server", async () => {
    const jobs = resource("Job");
    const inputs = { jobspec: jobspec({ id: "meaning", extra: 'meta { a = "1" }' }), purgeOnDestroy: true };
    const { id, state } = await jobs.create(inputs);
    const written = (text: string) => ({ ...inputs, jobspec: text });
    const commented = written(`# a comment\n${inputs.jobspec.replace(/\n/g, "\n\n")}\n`);
    const spelledOut = written(inputs.jobspec.replace('type = "batch"', 'type = "batch"\n  priority = 50'));
    const changed = written(inputs.jobspec.replace('a = "1"', 'a = "2"'));
    const renamed = written(inputs.jobspec.replace('job "meaning"', 'job "renamed"'));
    const moved = written(inputs.jobspec.replace('type = "batch"', 'type = "batch"\n  namespace = "ml"'));
    const none = { changes: false, diffs: [], replaces: [] };

    expect(await jobs.diff(id, state, commented)).toEqual(none);
    expect(await jobs.diff(id, state, spelledOut)).toEqual(none);
    expect(await jobs.diff(id, state, changed)).toEqual({ changes: true, diffs: ["jobspec"], replaces: [] });
    expect(await jobs.diff(id, state, renamed)).toMatchObject({ replaces: ["name"] });
    expect(await jobs.diff(id, state, { ...renamed, deregisterOnIdChange: false })).toMatchObject({ replaces: [] });
    expect(await jobs.diff(id, state, moved)).toMatchObject({ replaces: ["namespace"] });

    const offline = await PluginProcess.start("nomad");
    try {
        await offline.configure({ address: `http://127.0.0.1:${await freePort()}`, secretId: "" });
        const unreachable = offline.resource("nomad:index/job:Job");
        expect(await unreachable.diff(id, state, commented)).toEqual(none);
        expect(await unreachable.diff(id, state, changed)).toMatchObject({ diffs: ["jobspec"], replaces: [] });
        expect(await unreachable.diff(id, state, renamed)).toMatchObject({ replaces: ["name"] });
        expect((await unreachable.create(inputs, true)).state).toMatchObject({
            jobspec: inputs.jobspec,
            name: unknown,
        });
        await expect(unreachable.create({ jobspec: 'job "a" {' }, true)).rejects.toThrow("error parsing jobspec");
        await expect(unreachable.create(inputs)).rejects.toThrow(/POST http:\S+\/v1\/jobs\/parse got no answer: \S+/);
    } finally {
        await offline.stop();
    }

    const updated = await jobs.update(id, state, changed);
    expect((await read(id))!.Meta).toEqual({ a: "2" });
    expect(updated.version).toBe(1);

    // Somebody else changes the job: a change of ours on top of the old state is refused until a refresh.
    const current = await nomad<Record<string, unknown>>("GET", `/v1/job/${id}`);
    await nomad("PUT", "/v1/jobs", { Job: { ...current, Meta: { a: "foreign" } } });
    await expect(jobs.diff(id, updated, inputs)).rejects.toThrow("job modify index has changed since last refresh");
    const refreshed = (await jobs.read(id, updated))!;
    expect(await jobs.diff(id, refreshed, inputs)).toMatchObject({ changes: true });
    await jobs.delete(id, updated);
});

test("variables, JSON and the submitted source", async () => {
    const jobs = resource("Job");
    const declared = 'variable "greeting" { type = string }\nvariable "args" { type = list(string) }\n';
    const text =
        declared +
        jobspec({ id: "variables", extra: "meta { greeting = var.greeting }" }).replace("args = []", "args = var.args");
    const vars = { greeting: 'say "${hi}"', args: '["a", "b"]' };
    const hcl = await jobs.create({ jobspec: text, hcl2: { vars }, purgeOnDestroy: true });
    expect((await read("variables"))!.Meta).toEqual({ greeting: 'say "${hi}"' });
    const submission = await nomad<Record<string, unknown>>("GET", "/v1/job/variables/submission?version=0");
    expect(submission).toMatchObject({ Source: text, Format: "hcl2", VariableFlags: vars });
    const other = { jobspec: text, hcl2: { vars: { ...vars, greeting: "b" } }, purgeOnDestroy: true };
    expect(await jobs.diff(hcl.id, hcl.state, other)).toMatchObject({ diffs: ["hcl2"], replaces: [] });
    await jobs.delete(hcl.id, hcl.state);

    const job = await nomad<Record<string, unknown>>("POST", "/v1/jobs/parse", { JobHCL: jobspec({ id: "json" }) });
    const inputs = { jobspec: JSON.stringify({ Job: job }), json: true, purgeOnDestroy: true };
    const json = await jobs.create(inputs);
    expect(json.id).toBe("json");
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(job!).reverse()), null, 2);
    expect(await jobs.diff("json", json.state, { ...inputs, jobspec: reordered })).toMatchObject({ changes: false });
    await jobs.delete("json", json.state);
});

test("what Nomad's parser refuses is refused at Check", async () => {
    const refused = async (inputs: Record<string, unknown>) =>
        (await resource("Job").check(inputs)).failures.map(({ property, reason }) => `${property}: ${reason}`).join();
    expect(await refused({ jobspec: 'job "a" {\n  nonsense {}\n}' })).toMatch(/^jobspec: .*nonsense/s);
    expect(await refused({ jobspec: jobspec(), hcl2: { vars: { x: "1" } } })).toContain("sets x");
    expect(await refused({ jobspec: jobspec(), hcl2: { allowFs: true } })).toContain("hcl2.allowFs: not supported");
    expect(await refused({ jobspec: jobspec(), json: true })).toContain("jobspec: error parsing jobspec");
    expect(await refused({ jobspec: jobspec(), detatch: false })).toContain("detatch");
    expect(await refused({ jobspec: unknown })).toBe("");
});

test("detach false waits for the deployment of a service, and records one that fails", async () => {
    const jobs = resource("Job");
    const running = { command: "/bin/sleep", args: ["600"], type: "service" };
    const inputs = { jobspec: jobspec({ id: "served", ...running }), detach: false, purgeOnDestroy: true };
    const { id, state } = await jobs.create(inputs);
    expect(state).toMatchObject({ deploymentStatus: "successful", status: "running" });
    const [group] = state.taskGroups as { updateStrategies: object[] }[];
    expect(group!.updateStrategies).toMatchObject([{ maxParallel: 1, healthCheck: "checks", minHealthyTime: "0s" }]);
    await jobs.delete(id, state);

    const impossible = jobspec({
        id: "impossible",
        ...running,
        extra: 'constraint {\n attribute = "a"\n value = "b"\n }',
    });
    await expect(jobs.create({ ...inputs, jobspec: impossible }, false, 2)).rejects.toThrow(
        /error waiting for job 'impossible' to schedule\/deploy successfully: deployment .* is running/,
    );
    await nomad("DELETE", "/v1/job/impossible?purge=true");
}, 60_000);

test("deregisterOnDestroy false leaves the job, without purge it is stopped only", async () => {
    const jobs: PluginResource = resource("Job");
    const { id, state } = await jobs.create({ jobspec: jobspec({ id: "left" }), deregisterOnDestroy: false });
    await jobs.delete(id, state);
    expect((await read(id))!.Stop).toBe(false);
    await jobs.delete(id, { ...state, deregisterOnDestroy: true });
    expect((await read(id))!.Stop).toBe(true);
    await nomad("DELETE", `/v1/job/${id}?purge=true`);
});

test("policy, role and token", async () => {
    const [policies, roles, tokens] = [resource("AclPolicy"), resource("AclRole"), resource("AclToken")];
    const rulesHcl = 'namespace "default" { policy = "read" }';
    const policy = await policies.create({ name: "reader", rulesHcl, jobAcl: { jobId: "ml-training" } });
    expect(policy.id).toBe("reader");
    expect(policy.state.jobAcl).toMatchObject({ namespace: "default", jobId: "ml-training" });
    const policyInputs = { name: "reader", rulesHcl, jobAcl: { jobId: "ml-training" } };
    expect(await policies.diff("reader", policy.state, policyInputs)).toMatchObject({ changes: false });
    expect(await policies.diff("reader", policy.state, { ...policyInputs, name: "b" })).toMatchObject({
        replaces: ["name"],
    });
    expect(await policies.update("reader", policy.state, { name: "reader", rulesHcl, description: "d" })).toMatchObject(
        {
            description: "d",
        },
    );

    const role = await roles.create({ name: "readers", policies: [{ name: "reader" }] });
    expect(await roles.read(role.id, role.state)).toEqual(role.state);

    const inputs = { type: "client", policies: ["reader"], roles: [{ id: role.id }], expirationTtl: "60m" };
    const token = await tokens.create(inputs);
    const found = (await nomad<{ SecretID: string }>("GET", `/v1/acl/token/${token.id}`))!;
    expect(token.state).toMatchObject({ accessorId: token.id, secretId: secret(found.SecretID), global: false });
    expect(token.state.createTime).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC$/);
    expect(await tokens.read(token.id, token.state)).toEqual(token.state);
    expect(await tokens.diff(token.id, token.state, { ...inputs, expirationTtl: "1h" })).toMatchObject({
        changes: false,
    });
    expect(await tokens.diff(token.id, token.state, { ...inputs, global: true })).toMatchObject({
        replaces: ["global"],
    });
    expect(await tokens.update(token.id, token.state, { ...inputs, name: "renamed" })).toMatchObject({
        name: "renamed",
        secretId: secret(found.SecretID),
    });
    await expect(tokens.create({ type: "client" })).rejects.toThrow("needs policies or roles");
    await expect(tokens.create({ type: "management", policies: ["reader"] })).rejects.toThrow(
        "neither policies nor roles",
    );

    await tokens.delete(token.id, token.state);
    expect(await tokens.read(token.id, token.state)).toBeUndefined();
    await roles.delete(role.id, role.state);
    await policies.delete("reader", policy.state);
    expect(await policies.read("reader", policy.state)).toBeUndefined();
});

test("a variable: written, drift seen, gone", async () => {
    const variables = resource("Variable");
    const inputs = { path: "nomad/jobs/ml-training", items: { token: "s3cret" } };
    const { id, state } = await variables.create(inputs);
    expect(id).toBe("nomad/jobs/ml-training@default");
    expect(state.items).toEqual(secret({ token: "s3cret" }));
    expect(await variables.diff(id, state, inputs)).toMatchObject({ changes: false });
    await nomad("PUT", "/v1/var/nomad/jobs/ml-training", { Path: inputs.path, Items: { token: "foreign" } });
    const drifted = (await variables.read(id, state))!;
    expect(await variables.diff(id, drifted, inputs)).toMatchObject({ diffs: ["items"], replaces: [] });
    await variables.update(id, drifted, inputs);
    expect(await nomad("GET", "/v1/var/nomad/jobs/ml-training")).toMatchObject({ Items: { token: "s3cret" } });
    await variables.delete(id, state);
    expect(await variables.read(id, state)).toBeUndefined();
});
