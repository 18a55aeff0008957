import { stringify } from "yaml";
import { METRICS_USER } from "./metrics-credentials";
import { TRAINING_SERVICE } from "./training-job";

/** Files with secrets in Prometheus' container; the configuration names them and holds no secret itself. */
export const PASSWORD_FILE = "/etc/prometheus/secrets/metrics-password";
export const CONSUL_TOKEN_FILE = "/etc/prometheus/secrets/consul-token";

/** Alerting rules, in Prometheus' container. */
export const RULES_FILE = "/etc/prometheus/rules.yml";

/** What Prometheus keeps at most: whichever bound is reached first. */
export const RETENTION = { time: "15d", size: "4GB" };

/** `host:port` on the stack's network of everything that is scraped. */
export interface ScrapeTargets {
    readonly prometheus: string;
    readonly pushgateway: string;
    readonly consul: string;
    readonly nomad: readonly string[];
    /** @default Grafana is left out */
    readonly grafana?: string;
}

/**
 * Prometheus' configuration. Pushed training metrics are scraped every second and keep the labels they were pushed with
 * (`honor_labels`), so that `job="ml-training"` means the training and not Pushgateway; a training task's own metrics are
 * scraped as often, where Consul says that it is; servers are scraped slower.
 */
export function prometheusConfig(targets: ScrapeTargets): string {
    const password = { username: METRICS_USER, password_file: PASSWORD_FILE };
    return stringify({
        global: { scrape_interval: "5s", scrape_timeout: "4s", evaluation_interval: "5s" },
        rule_files: [RULES_FILE],
        scrape_configs: [
            {
                job_name: "pushgateway",
                honor_labels: true,
                scrape_interval: "1s",
                scrape_timeout: "1s",
                basic_auth: password,
                static_configs: [{ targets: [targets.pushgateway] }],
            },
            {
                // Their `job` and `instance` tell them from what the same runs push, and they end with their task.
                job_name: "training-tasks",
                scrape_interval: "1s",
                scrape_timeout: "1s",
                consul_sd_configs: [
                    {
                        server: targets.consul,
                        services: [TRAINING_SERVICE],
                        authorization: { credentials_file: CONSUL_TOKEN_FILE },
                        refresh_interval: "1s",
                    },
                ],
            },
            { job_name: "prometheus", basic_auth: password, static_configs: [{ targets: [targets.prometheus] }] },
            {
                job_name: "nomad",
                metrics_path: "/v1/metrics",
                params: { format: ["prometheus"] },
                static_configs: [{ targets: [...targets.nomad] }],
            },
            ...(targets.grafana ? [{ job_name: "grafana", static_configs: [{ targets: [targets.grafana] }] }] : []),
            {
                job_name: "consul",
                metrics_path: "/v1/agent/metrics",
                params: { format: ["prometheus"] },
                authorization: { credentials_file: CONSUL_TOKEN_FILE },
                static_configs: [{ targets: [targets.consul] }],
            },
        ],
    });
}
