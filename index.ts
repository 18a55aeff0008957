import * as docker from "@pulumi/docker";
import * as path from "node:path";
import { Consul } from "./components/consul";
import { Grafana, grafanaAddress } from "./components/grafana";
import { Mesh } from "./components/mesh";
import { MetricsCredentials } from "./components/metrics-credentials";
import { Network } from "./components/network";
import { Nomad } from "./components/nomad";
import { Prometheus } from "./components/prometheus";
import { Pushgateway } from "./components/pushgateway";
import { secretsOfGeneration } from "./components/secret-rotation";
import { publishedUrl } from "./components/settings";
import { stackSettings } from "./components/stack-settings";
import { SubmitToken } from "./components/submit-token";
import { Sweeper } from "./components/sweeper";
import { Training } from "./components/training";
import { dashboardsJson } from "./dashboards";

const settings = stackSettings();
const engine = {
    providers: { docker: new docker.Provider("docker", { host: settings.dockerHost }) },
    transformations: [secretsOfGeneration(settings.secretsGeneration)],
};

const network = new Network("network", { prefix: settings.prefix }, engine);
const credentials = new MetricsCredentials("metrics", engine);

// Each arrow of the start order is an argument: what takes `consul` starts after Consul is ready, and so on.
const consul = new Consul("consul", { settings, network }, engine);
const mesh = settings.mesh ? new Mesh("mesh", { settings, network, consul }, engine) : undefined;
const pushgateway = new Pushgateway("pushgateway", { settings, network, credentials, mesh }, engine);
const nomad = new Nomad("nomad", { settings, network, consul }, engine);
const prometheus = new Prometheus(
    "prometheus",
    {
        settings,
        network,
        credentials,
        consul,
        pushgatewayAddress: pushgateway.address,
        nomadAddresses: nomad.addresses,
        grafanaAddress: settings.grafana ? grafanaAddress(settings) : undefined,
        mesh,
    },
    engine,
);
const grafana = settings.grafana
    ? new Grafana("grafana", { settings, network, prometheus, credentials, mesh, dashboards: dashboardsJson() }, engine)
    : undefined;
const training = new Training(
    "training",
    {
        settings,
        network,
        consul,
        nomad,
        pushgateway,
        credentials,
        mesh,
        trainerDirectory: path.join(__dirname, "trainer"),
    },
    engine,
);
new Sweeper("sweeper", { network, nomad, pushgateway, prometheus, credentials, mesh, training }, engine);
const submit = new SubmitToken("submit", { nomad }, engine);

export = {
    nomadUrl: publishedUrl(settings, "nomad"),
    nomadToken: nomad.token,
    submitToken: submit.secret,
    consulUrl: publishedUrl(settings, "consul"),
    consulToken: consul.token,
    prometheusUrl: publishedUrl(settings, "prometheus"),
    pushgatewayUrl: publishedUrl(settings, "pushgateway"),
    metricsUser: credentials.user,
    metricsPassword: credentials.password,
    ...(grafana && {
        grafanaUrl: publishedUrl(settings, "grafana"),
        grafanaUser: grafana.adminUser,
        grafanaPassword: grafana.adminPassword,
    }),
    trainerImage: training.image,
    trainingJob: training.job,
};
