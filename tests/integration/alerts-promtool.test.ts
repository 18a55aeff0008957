import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertRules, RULES, RUNBOOKS } from "../../alerts/alert-rules";
import type { AlertCase, ExpectedAlert } from "./alerts-cases";
import { PLATFORM_CASES } from "./alerts-platform-cases";
import { TRAINING_CASES } from "./alerts-training-cases";

const CASES = [...TRAINING_CASES, ...PLATFORM_CASES];

/** A platform with nothing wrong; a case overrides what it is about. */
const WELL: Record<string, string> = {
    'up{job="pushgateway", instance="p:9091"}': "1x7200",
    nomad_nomad_heartbeat_active: "1x7200",
    nomad_nomad_autopilot_healthy: "1x7200",
    consul_autopilot_healthy: "1x7200",
    'nomad_client_host_disk_used_percent{disk="/dev/sda"}': "40x7200",
    'prometheus_tsdb_storage_blocks_bytes{job="prometheus"}': "500x7200",
    'prometheus_tsdb_wal_storage_size_bytes{job="prometheus"}': "60x7200",
    'prometheus_tsdb_head_chunks_storage_size_bytes{job="prometheus"}': "40x7200",
    'prometheus_tsdb_retention_limit_bytes{job="prometheus"}': "1000x7200",
};

describe("alerting rules in promtool", () => {
    let directory: string;

    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "alerts-"));
        writeFileSync(join(directory, "rules.yml"), alertRules());
    });

    afterEach(() => {
        rmSync(directory, { recursive: true, force: true });
    });

    /** What promtool complains of; nothing if all is well. */
    function complaints(...args: string[]): string {
        const binary = process.env.PROMTOOL_BINARY;
        if (!binary || !existsSync(binary)) {
            throw new Error(`PROMTOOL_BINARY must name a promtool binary for this test; it is ${binary ?? "not set"}.`);
        }
        const { status, stdout, stderr } = spawnSync(binary, args, { cwd: directory, encoding: "utf8" });
        return status === 0 ? "" : `${stdout}${stderr}`;
    }

    /** The case as promtool's test file: what each alert says, and that nothing else fires. */
    function testFile({ series, at, firing }: AlertCase): string {
        const merged = { ...WELL, ...series };
        return JSON.stringify({
            rule_files: ["rules.yml"],
            evaluation_interval: "5s",
            tests: [
                {
                    interval: "1s",
                    input_series: Object.entries(merged).map(([name, values]) => ({ series: name, values })),
                    alert_rule_test: RULES.map(({ name }) => ({
                        eval_time: at,
                        alertname: name,
                        exp_alerts: firing.filter(({ alert }) => alert === name).map(expected),
                    })),
                },
            ],
        });
    }

    const expected = ({ alert, severity, labels, summary, description }: ExpectedAlert) => ({
        exp_labels: { ...labels, severity },
        exp_annotations: { summary, description, runbook: `${RUNBOOKS}#${alert.toLowerCase()}` },
    });

    test("the rules file is one that Prometheus takes", () => {
        expect(complaints("check", "rules", "--lint=all", "--lint-fatal", "rules.yml")).toBe("");
    });

    test.each(CASES.map((alertCase) => [alertCase.what, alertCase] as const))("%s", (_what, alertCase) => {
        writeFileSync(join(directory, "test.yml"), testFile(alertCase));
        expect(complaints("test", "rules", "test.yml")).toBe("");
    });
});

test("every rule has a case in which it fires", () => {
    const fired = new Set(CASES.flatMap(({ firing }) => firing.map(({ alert }) => alert)));
    expect(RULES.map(({ name }) => name).filter((name) => !fired.has(name))).toEqual([]);
});
