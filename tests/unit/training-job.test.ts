import { parse } from "@cdktn/hcl2json";
import { parseSettings } from "../../components/settings";
import {
    DISPATCH_PARAMETERS,
    TrainingJob,
    dispatchJobHcl,
    trainingDefaults,
    trainingJobHcl,
} from "../../components/training-job";

const job: TrainingJob = {
    image: "mlops-trainer:0123456789ab",
    networkName: "mlops-network",
    pushgatewayUrl: "http://mlops-pushgateway:9091",
    defaults: trainingDefaults(parseSettings({})),
    cpuMhz: 500,
    memoryMiB: 768,
};

interface Task {
    driver: string;
    config: Record<string, unknown>[];
    resources: Record<string, number>[];
    template: { data: string; destination: string; env: boolean; perms?: string }[];
    logs: Record<string, number>[];
    service: object[];
    env: object;
    volume_mount: object[];
}

async function parsed(changes: Partial<TrainingJob> = {}) {
    const tree = (await parse("mlops.nomad", trainingJobHcl({ ...job, ...changes }))) as {
        job: Record<string, [{ type: string; meta: [{ defaults: string }]; group: Record<string, [Group]> }]>;
    };
    const [training] = tree.job["ml-training"] as [
        { type: string; meta: [{ defaults: string }]; group: Record<string, [Group]> },
    ];
    const [group] = training.group.training as [Group];
    const [task] = group.task.train as [Task];
    return { training, group, task };
}
interface Group {
    restart: object[];
    reschedule: object[];
    disconnect: object[];
    volume: object;
    task: Record<string, [Task]>;
}

test("is a batch job whose failure is final", async () => {
    const { training, group } = await parsed();
    expect(training.type).toBe("batch");
    expect(group.restart).toEqual([{ attempts: 0, mode: "fail" }]);
    expect(group.reschedule).toEqual([{ attempts: 0, unlimited: false }]);
});

test("keeps its runs while their client is away, and starts no second one meanwhile", async () => {
    expect((await parsed()).group.disconnect).toEqual([{ lost_after: "1h", replace: false }]);
});

test("tells Consul where each task serves its own metrics", async () => {
    const { task } = await parsed();
    expect(task.service).toEqual([{ provider: "consul", name: "ml-training", port: "8000", address_mode: "driver" }]);
    expect(task.env).toMatchObject([{ METRICS_PORT: "8000" }]);
});

test("runs the image on the stack's network with limits, log rotation and no privileges", async () => {
    const { task } = await parsed();
    expect(task.driver).toBe("docker");
    expect(task.config[0]).toMatchObject({
        image: "mlops-trainer:0123456789ab",
        network_mode: "mlops-network",
        cap_drop: ["all"],
        logging: [{ type: "json-file", config: [{ "max-size": "10m", "max-file": "3" }] }],
    });
    expect(task.resources).toEqual([{ cpu: 500, memory: 768 }]);
    expect(task.logs).toEqual([{ max_files: 3, max_file_size: 10 }]);
});

test("reads every training default from Consul when it starts", async () => {
    const { task } = await parsed();
    const read = task.template[0]?.data
        .trim()
        .split("\n")
        .map((line) => line.trim());
    expect(read?.filter((line) => !line.startsWith("CONSUL_"))).toEqual(
        Object.keys(job.defaults).map(
            (key) => `TRAINING_${key.toUpperCase()}={{ key "mlops/training/${key}" | toJSON }}`,
        ),
    );
});

test("gets Pushgateway's credentials at run time, not from the description", async () => {
    const { task } = await parsed();
    expect(task.template[2]).toMatchObject({ destination: "secrets/pushgateway-credentials", perms: "0600" });
    expect(task.template[2]?.data).toContain('nomadVar "nomad/jobs" }}');
    expect(task.env).toMatchObject([{ PUSHGATEWAY_CREDENTIALS_FILE: "${NOMAD_SECRETS_DIR}/pushgateway-credentials" }]);
});

test("keeps Consul's token and Pushgateway's password out of the environment, which `docker inspect` shows", async () => {
    const { task } = await parsed();
    const [environment, ...others] = task.template;
    expect(environment?.data).toMatch(/\n\s*CONSUL_TOKEN=\n\s*CONSUL_HTTP_TOKEN=\n?$/);
    expect(others.map(({ env }) => env ?? false)).toEqual([false, false]);
    expect(others[0]).toMatchObject({ destination: "secrets/consul_token", data: "\n" });
});

test("changes with a changed default, whatever the order of the defaults", async () => {
    const fingerprint = async (defaults: Record<string, string>) =>
        (await parsed({ defaults })).training.meta[0].defaults;
    const reversed = Object.fromEntries(Object.entries(job.defaults).reverse());
    expect(await fingerprint(reversed)).toBe(await fingerprint({ ...job.defaults }));
    expect(await fingerprint({ ...job.defaults, epochs: "7" })).not.toBe(await fingerprint({ ...job.defaults }));
});

test("keeps a name with HCL's own signs a plain text", async () => {
    const { task } = await parsed({ networkName: 'a"${b}' });
    expect(task.config[0]?.network_mode).toBe('a"$${b}');
});

describe("the sibling from which runs are dispatched", () => {
    async function sibling() {
        const tree = (await parse("ml-train.nomad", dispatchJobHcl(job))) as {
            job: Record<string, [{ parameterized: object[]; group: Record<string, [Group]> }]>;
        };
        const [dispatched] = tree.job["ml-train"] as [{ parameterized: object[]; group: Record<string, [Group]> }];
        return { dispatched, task: dispatched.group.training?.[0].task.train?.[0] as Task };
    }

    test("takes every training default, a time limit and a sweep as dispatch meta", async () => {
        expect((await sibling()).dispatched.parameterized).toEqual([
            { payload: "forbidden", meta_optional: [...DISPATCH_PARAMETERS, "time_limit", "sweep"] },
        ]);
        expect([...DISPATCH_PARAMETERS].sort()).toEqual(Object.keys(job.defaults).sort());
    });

    test("falls back to the default in Consul for what a dispatch leaves out", async () => {
        const lines = (await sibling()).task.template[0]?.data.trim().split("\n");
        expect(lines?.[0]).toBe(
            'TRAINING_MODEL={{ with env "NOMAD_META_model" }}{{ . | toJSON }}{{ else }}' +
                '{{ key "mlops/training/model" | toJSON }}{{ end }}',
        );
        expect(lines?.findLast((line) => !line.includes("CONSUL_"))?.trim()).toBe(
            'TRAINING_SWEEP={{ env "NOMAD_META_sweep" | toJSON }}',
        );
    });

    test("is the same task otherwise", async () => {
        const withoutParameters = (task: Task) => ({ ...task, template: task.template.slice(1) });
        expect(withoutParameters((await sibling()).task)).toEqual(withoutParameters((await parsed()).task));
    });
});

test("leaves its artifacts in a folder of its run and reads the team's data", async () => {
    const { task, group } = await parsed();
    expect(group.volume).toEqual({
        artifacts: [{ type: "host", source: "artifacts" }],
        data: [{ type: "host", source: "data", read_only: true }],
    });
    expect(task.env).toMatchObject([{ TRAINING_ARTIFACTS_DIR: "/artifacts/${NOMAD_ALLOC_ID}" }]);
    expect(task.volume_mount).toEqual([
        { volume: "artifacts", destination: "/artifacts", propagation_mode: "host-to-task" },
        { volume: "data", destination: "/data", read_only: true, propagation_mode: "host-to-task" },
    ]);
});
