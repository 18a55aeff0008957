import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Name of the one user that Prometheus and Pushgateway know. */
export const METRICS_USER = "metrics";

/** User and password in front of Prometheus and Pushgateway. */
export class MetricsCredentials extends pulumi.ComponentResource {
    readonly user = METRICS_USER;
    readonly password: pulumi.Output<string>;
    /** Web configuration file that demands them (exporter-toolkit's `--web.config.file`). */
    readonly webConfig: pulumi.Output<string>;

    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:MetricsCredentials", name, {}, opts);
        const password = new random.RandomPassword(
            `${name}-password`,
            { length: 32, special: false },
            { parent: this },
        );
        this.password = pulumi.secret(password.result);
        this.webConfig = pulumi.secret(password.bcryptHash).apply(webConfig);
        this.registerOutputs();
    }
}

/** Text of a web configuration file that lets only `METRICS_USER` in. */
export function webConfig(bcryptHash: string): string {
    return `basic_auth_users:\n  ${METRICS_USER}: ${JSON.stringify(bcryptHash)}\n`;
}

/** Shell probe of a server behind the credentials: it serves when it asks strangers for a password. */
export function asksForPassword(port: number): string {
    return `wget -q -O /dev/null http://127.0.0.1:${port}/-/ready 2>&1 | grep -q 401`;
}

/**
 * Asks a server behind the credentials whether it is ready.
 *
 * @returns undefined when it is, else its answer.
 */
export async function readyWithPassword(
    url: string,
    password: string,
    signal: AbortSignal,
): Promise<string | undefined> {
    const basic = Buffer.from(`${METRICS_USER}:${password}`).toString("base64");
    const answer = await fetch(`${url}/-/ready`, { headers: { Authorization: `Basic ${basic}` }, signal });
    return answer.ok ? undefined : `HTTP ${answer.status} ${(await answer.text()).trim()}`;
}
