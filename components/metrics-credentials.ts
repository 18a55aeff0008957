import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Name of the user that both Prometheus and Pushgateway know. */
export const METRICS_USER = "metrics";
/** Name of the user that trainings push as. Prometheus does not know it. */
export const TRAINER_USER = "trainer";

/** Users and passwords in front of Prometheus and Pushgateway. */
export class MetricsCredentials extends pulumi.ComponentResource {
    readonly user = METRICS_USER;
    readonly password: pulumi.Output<string>;
    /** What every training task gets: it opens Pushgateway only. */
    readonly trainer: { readonly user: string; readonly password: pulumi.Output<string> };
    /** Web configuration files (exporter-toolkit's `--web.config.file`) that let in who may come in. */
    readonly prometheusWebConfig: pulumi.Output<string>;
    readonly pushgatewayWebConfig: pulumi.Output<string>;

    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:MetricsCredentials", name, {}, opts);
        const format = { length: 32, special: false };
        const metrics = new random.RandomPassword(`${name}-password`, format, { parent: this });
        const trainer = new random.RandomPassword(`${name}-trainer-password`, format, { parent: this });
        this.password = pulumi.secret(metrics.result);
        this.trainer = { user: TRAINER_USER, password: pulumi.secret(trainer.result) };
        const hashes = { [METRICS_USER]: metrics.bcryptHash, [TRAINER_USER]: trainer.bcryptHash };
        this.prometheusWebConfig = pulumi.secret({ [METRICS_USER]: metrics.bcryptHash }).apply(webConfig);
        this.pushgatewayWebConfig = pulumi.secret(hashes).apply(webConfig);
        this.registerOutputs();
    }
}

/** Text of a web configuration file that lets in the users of these bcrypt hashes and nobody else. */
export function webConfig(hashes: Readonly<Record<string, string>>): string {
    const users = Object.entries(hashes).map(([user, hash]) => `  ${user}: ${JSON.stringify(hash)}\n`);
    return `basic_auth_users:\n${users.join("")}`;
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
