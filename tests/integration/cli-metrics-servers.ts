import Docker from "dockerode";
import { Prometheus } from "../../cli/prometheus";
import { DEFAULT_IMAGES } from "../../components/settings";
import { until } from "./plugins-servers";

/** A real Pushgateway and a real Prometheus that scrapes it every second, in containers of their own. */
export interface MetricsServers {
    readonly pushgatewayUrl: string;
    readonly prometheusUrl: string;
    stop(): Promise<void>;
}

const SCRAPE = `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: pushgateway
    honor_labels: true
    static_configs: [{ targets: ["pushgateway:9091"] }]
`;

/** @param name prefix of what is created on Docker. */
export async function startMetricsServers(name: string): Promise<MetricsServers> {
    const engine = new Docker();
    const network = await engine.createNetwork({ Name: `${name}-network` });
    const containers: Docker.Container[] = [];
    const stop = async () => {
        await Promise.all(containers.map((container) => container.remove({ force: true, v: true })));
        await network.remove();
    };
    const run = async (alias: string, port: number, options: Docker.ContainerCreateOptions) => {
        const container = await engine.createContainer({
            ...options,
            name: `${name}-${alias}`,
            ExposedPorts: { [`${port}/tcp`]: {} },
            HostConfig: {
                NetworkMode: `${name}-network`,
                PortBindings: { [`${port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
            },
            NetworkingConfig: { EndpointsConfig: { [`${name}-network`]: { Aliases: [alias] } } },
        });
        containers.push(container);
        await container.start();
        const { NetworkSettings } = await container.inspect();
        const url = `http://127.0.0.1:${NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort}`;
        await until(url, alias, async () => (await fetch(`${url}/-/ready`)).ok);
        return url;
    };
    try {
        const pushgatewayUrl = await run("pushgateway", 9091, { Image: DEFAULT_IMAGES.pushgateway });
        const prometheusUrl = await run("prometheus", 9090, {
            Image: DEFAULT_IMAGES.prometheus,
            Entrypoint: ["/bin/sh", "-c"],
            Cmd: [
                'printf %s "$CONFIG" > /tmp/p.yml && exec prometheus --config.file=/tmp/p.yml --storage.tsdb.path=/tmp/d',
            ],
            Env: [`CONFIG=${SCRAPE}`],
        });
        // A fresh Prometheus takes some seconds to its first scrape; a run's first epochs would be over by then.
        const prometheus = new Prometheus(prometheusUrl, "", "");
        await until(prometheusUrl, "the first scrape", async () => (await prometheus.query("up == 1")).length > 0);
        return { pushgatewayUrl, prometheusUrl, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}
