import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as grafana from "@pulumiverse/grafana";
import { DATASOURCE_UID } from "../dashboards/datasource";
import { Mesh } from "./mesh";
import { GRAFANA_SERVICE, PROMETHEUS_SERVICE } from "./mesh-edges";
import { MetricsCredentials } from "./metrics-credentials";
import { Network } from "./network";
import { PROMETHEUS_PORT, Prometheus } from "./prometheus";
import { after } from "./readiness";
import { ServiceContainer } from "./service-container";
import { Settings, publishedUrl } from "./settings";
import { stackVolume } from "./stack-volume";

/** Grafana's HTTP port, in the container. */
export const GRAFANA_PORT = 3000;
/** uid of `grafana` in the official image; its group is root's. */
const GRAFANA_USER = "472:0";
const PASSWORD_DIRECTORY = "/etc/grafana-admin";
const PASSWORD_FILE = `${PASSWORD_DIRECTORY}/password`;

/** `host:port` of Grafana on the stack's network, a constant: Prometheus, which scrapes it, starts before it. */
export function grafanaAddress(settings: Settings): string {
    return `${settings.prefix}-grafana:${GRAFANA_PORT}`;
}

export interface GrafanaArgs {
    readonly settings: Settings;
    readonly network: Network;
    readonly prometheus: Prometheus;
    readonly credentials: MetricsCredentials;
    /** Dashboards as JSON, by name. */
    readonly dashboards: Readonly<Record<string, string>>;
    /** @default it talks to Prometheus in the clear */
    readonly mesh?: Mesh;
}

/** Grafana with its datasource, folder and dashboards. */
export class Grafana extends pulumi.ComponentResource {
    /** URL outside Docker; resolves when Grafana and its database answer. */
    readonly ready: pulumi.Output<string>;
    readonly adminUser = "admin";
    readonly adminPassword: pulumi.Output<string>;

    constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Grafana", name, {}, opts);
        const { settings } = args;
        const password = { length: 32, special: false };
        this.adminPassword = pulumi.secret(
            new random.RandomPassword(`${name}-admin-password`, password, { parent: this }).result,
        );
        const data = stackVolume(settings.prefix, "grafana-data", { parent: this });
        const server = new ServiceContainer(
            name,
            {
                settings,
                network: args.network,
                part: "grafana",
                image: settings.grafanaImage,
                user: GRAFANA_USER,
                // Where its image writes besides its volume could not be seen, for want of the image.
                writableRoot: true,
                envs: environment(this.adminUser),
                files: {
                    directory: PASSWORD_DIRECTORY,
                    files: [{ path: PASSWORD_FILE, content: this.adminPassword, owner: GRAFANA_USER, secret: true }],
                },
                volumes: [{ volume: data, path: "/var/lib/grafana" }],
                publish: { internal: GRAFANA_PORT, external: settings.grafanaPort },
                // Some versions of the image had no curl, others a wget that failed (grafana/grafana#60805, #82869).
                probe: `(wget -q -O - ${HEALTH_URL} || curl -fsS ${HEALTH_URL}) | grep -Eq '"database": *"ok"'`,
                memoryMiB: 1024,
            },
            { parent: this },
        );
        const url = publishedUrl(settings, "grafana");
        this.ready = server.readyOnce(
            "Grafana",
            url,
            this.adminPassword.apply((password) => (signal: AbortSignal) => {
                const admin = { user: this.adminUser, password, change: () => server.run(CHANGE_PASSWORD) };
                return lettingAdminIn(url, admin, signal);
            }),
            args.mesh?.join(
                { service: GRAFANA_SERVICE, upstreams: [{ service: PROMETHEUS_SERVICE, port: PROMETHEUS_PORT }] },
                server,
                { parent: this },
            ),
        );
        const provider = new grafana.Provider(
            `${name}-api`,
            { url, auth: pulumi.interpolate`${this.adminUser}:${this.adminPassword}` },
            { parent: this, dependsOn: after([this.ready]) },
        );
        createContent(name, args, { parent: this, provider });
        this.registerOutputs({ ready: this.ready });
    }
}

const HEALTH_URL = `http://127.0.0.1:${GRAFANA_PORT}/api/health`;

/** Settings by environment; none is secret. Nothing phones home, nobody signs up, nothing is installed at start. */
function environment(adminUser: string): string[] {
    return [
        `GF_SECURITY_ADMIN_USER=${adminUser}`,
        `GF_SECURITY_ADMIN_PASSWORD__FILE=${PASSWORD_FILE}`,
        "GF_AUTH_ANONYMOUS_ENABLED=false",
        "GF_USERS_ALLOW_SIGN_UP=false",
        "GF_ANALYTICS_REPORTING_ENABLED=false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES=false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false",
        "GF_NEWS_NEWS_FEED_ENABLED=false",
        "GF_PLUGINS_PREINSTALL_DISABLED=true",
        "GF_DASHBOARDS_MIN_REFRESH_INTERVAL=1s",
    ];
}

function createContent(name: string, args: GrafanaArgs, opts: pulumi.CustomResourceOptions): void {
    new grafana.oss.DataSource(
        `${name}-datasource`,
        {
            uid: DATASOURCE_UID,
            name: "Prometheus",
            type: "prometheus",
            url: `http://${args.prometheus.address}`,
            isDefault: true,
            basicAuthEnabled: true,
            basicAuthUsername: args.credentials.user,
            // Without timeInterval Grafana asks for one point every 15 s, which hides a short training.
            jsonDataEncoded: JSON.stringify({ httpMethod: "POST", timeInterval: "1s" }),
            secureJsonDataEncoded: pulumi.secret(
                pulumi.jsonStringify({ basicAuthPassword: args.credentials.password }),
            ),
        },
        opts,
    );
    const folder = new grafana.oss.Folder(`${name}-folder`, { uid: "mlops", title: "MLOps" }, opts);
    for (const [dashboard, configJson] of Object.entries(args.dashboards)) {
        new grafana.oss.Dashboard(`${name}-${dashboard}`, { folder: folder.uid, configJson, overwrite: true }, opts);
    }
}

/** Grafana takes the password from the file at its first start only; afterwards its own command changes it. */
const CHANGE_PASSWORD = `grafana cli admin reset-admin-password --password-from-stdin < ${PASSWORD_FILE}`;

/**
 * Asks whether the database answers and the administrator comes in with the current password. After a rotation it is
 * changed once: Grafana locks out a user whose password is wrong five times.
 */
async function lettingAdminIn(
    url: string,
    admin: { user: string; password: string; change(): Promise<void> },
    signal: AbortSignal,
): Promise<string | undefined> {
    const answer = await fetch(`${url}/api/health`, { signal });
    const text = await answer.text();
    if (!answer.ok || !/"database":\s*"ok"/.test(text)) {
        return `HTTP ${answer.status} ${text.trim()}`;
    }
    const basic = Buffer.from(`${admin.user}:${admin.password}`).toString("base64");
    const self = await fetch(`${url}/api/user`, { headers: { Authorization: `Basic ${basic}` }, signal });
    if (self.status === 401) {
        await admin.change();
    }
    return self.ok ? undefined : `the administrator: HTTP ${self.status} ${(await self.text()).trim()}`;
}
