import { parse } from "@cdktn/hcl2json";
import { SWEEPER_RULES, sweeperJobHcl } from "../../components/sweeper-job";

interface Block {
    [key: string]: unknown;
}

async function parsed() {
    const text = sweeperJobHcl({
        image: "mlops-trainer:0123456789ab",
        networkName: "mlops-network",
        pushgatewayUrl: "http://mlops-pushgateway:9091",
        prometheusUrl: "http://mlops-prometheus:9090",
        nomadUrl: "http://mlops-nomad:4646",
    });
    const tree = (await parse("sweeper.nomad", text)) as { job: { "mlops-sweeper": [Block] } };
    const [job] = tree.job["mlops-sweeper"];
    const [group] = (job.group as { sweeper: [Block] }).sweeper;
    const [task] = (group.task as { sweep: [Block] }).sweep;
    return { job, group, task };
}

test("is a service that Nomad restarts for ever and keeps trusting while its node is away", async () => {
    const { job, group } = await parsed();
    expect(job.type).toBe("service");
    expect(group).toMatchObject({
        restart: [{ attempts: 5, interval: "30s", delay: "1s", mode: "delay" }],
        reschedule: [{ delay: "5s", delay_function: "constant", unlimited: true }],
        disconnect: [{ lost_after: "1h", replace: true }],
    });
});

test("follows the rules of every task: unprivileged, limited, with rotated logs", async () => {
    const { task } = await parsed();
    expect(task).toMatchObject({
        driver: "docker",
        user: "1000:1000",
        config: [
            {
                image: "mlops-trainer:0123456789ab",
                network_mode: "mlops-network",
                entrypoint: ["/opt/venv/bin/python", "-P", "-m", "mlops_trainer.sweeper"],
                cap_drop: ["all"],
                security_opt: ["no-new-privileges"],
                pids_limit: 256,
                readonly_rootfs: true,
                mount: [{ type: "tmpfs", target: "/tmp", tmpfs_options: [{ size: 134217728, mode: 0o1777 }] }],
                logging: [{ type: "json-file", config: [{ "max-size": "10m", "max-file": "3" }] }],
            },
        ],
        resources: [{ cpu: 50, memory: 128 }],
        logs: [{ max_files: 3, max_file_size: 10 }],
        kill_timeout: "5s",
    });
});

test("asks Nomad with its own identity, which may look and nothing else", async () => {
    const { task } = await parsed();
    expect(task.identity).toEqual([{ file: true }]);
    expect(task.env).toMatchObject([{ NOMAD_TOKEN_FILE: "${NOMAD_SECRETS_DIR}/nomad_token" }]);
    expect(await parse("rules.hcl", SWEEPER_RULES)).toEqual({
        namespace: { default: [{ capabilities: ["read-job"] }] },
    });
});

test("gets the credentials at run time from the variable of its own job", async () => {
    const { task } = await parsed();
    expect(task.template).toMatchObject([{ destination: "secrets/pushgateway-credentials", perms: "0600" }]);
    expect(task.env).toMatchObject([{ PUSHGATEWAY_CREDENTIALS_FILE: "${NOMAD_SECRETS_DIR}/pushgateway-credentials" }]);
    expect(JSON.stringify(task.template)).toContain('nomadVar \\"nomad/jobs/mlops-sweeper\\"');
});

test("has nothing secret in its environment: no template of it is an environment file", async () => {
    const { task } = await parsed();
    expect(JSON.stringify(task.template)).not.toContain('"env":true');
});
