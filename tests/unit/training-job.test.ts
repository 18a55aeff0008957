import { parse } from "@cdktn/hcl2json";
import { parseSettings } from "../../components/settings";
import { TrainingJob, trainingDefaults, trainingJobHcl } from "../../components/training-job";

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
    expect(read).toEqual(
        Object.keys(job.defaults).map((key) => `TRAINING_${key.toUpperCase()}={{ key "mlops/training/${key}" }}`),
    );
});

test("gets Pushgateway's credentials at run time, not from the description", async () => {
    const { task } = await parsed();
    expect(task.template[1]).toMatchObject({ destination: "secrets/pushgateway.env", env: true, perms: "0600" });
    expect(task.template[1]?.data).toContain('nomadVar "nomad/jobs/ml-training"');
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
