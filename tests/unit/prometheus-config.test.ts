import { parse } from "yaml";
import { prometheusConfig } from "../../components/prometheus-config";
import { TRAINING_JOB, TRAINING_SERVICE } from "../../components/training-job";

interface ScrapeConfig {
    job_name: string;
    scrape_interval?: string;
    honor_labels?: boolean;
    consul_sd_configs?: object[];
}

const config = parse(
    prometheusConfig({
        prometheus: "mlops-prometheus:9090",
        pushgateway: "mlops-pushgateway:9091",
        consul: "mlops-consul:8500",
        nomad: ["mlops-nomad:4646", "mlops-nomad-client:4646"],
    }),
) as { scrape_configs: ScrapeConfig[] };

function scrapeOf(job: string): ScrapeConfig {
    const found = config.scrape_configs.filter(({ job_name }) => job_name === job);
    expect(found).toHaveLength(1);
    return found[0] as ScrapeConfig;
}

test("scrapes whatever tells about trainings every second", () => {
    for (const job of ["pushgateway", "training-tasks"]) {
        expect(scrapeOf(job)).toMatchObject({ scrape_interval: "1s", scrape_timeout: "1s" });
    }
});

test("finds training tasks through Consul, with a token from a file", () => {
    expect(scrapeOf("training-tasks").consul_sd_configs).toEqual([
        {
            server: "mlops-consul:8500",
            services: [TRAINING_SERVICE],
            authorization: { credentials_file: "/etc/prometheus/secrets/consul-token" },
            refresh_interval: "1s",
        },
    ]);
});

test("keeps what is pushed and what is scraped from the task apart by their job", () => {
    expect(scrapeOf("pushgateway").honor_labels).toBe(true);
    expect(scrapeOf("training-tasks").honor_labels).toBeUndefined();
    expect(config.scrape_configs.map(({ job_name }) => job_name)).not.toContain(TRAINING_JOB);
});

test("scrapes Grafana where it is part of the stack", () => {
    expect(config.scrape_configs.map(({ job_name }) => job_name)).not.toContain("grafana");
    const text = prometheusConfig({
        prometheus: "p:1",
        pushgateway: "g:1",
        consul: "c:1",
        nomad: [],
        grafana: "f:3000",
    });
    expect(parse(text)).toMatchObject({
        scrape_configs: expect.arrayContaining([
            { job_name: "grafana", static_configs: [{ targets: ["f:3000"] }] },
        ]) as unknown,
    });
});
