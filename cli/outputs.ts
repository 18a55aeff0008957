import { Pulumi } from "./pulumi";

/** The stack's outputs: a contract of index.ts. Those of a service that was left out are missing. */
export interface StackOutputs {
    readonly nomadUrl: string;
    readonly consulUrl: string;
    readonly prometheusUrl: string;
    readonly pushgatewayUrl: string;
    readonly grafanaUrl?: string;
    readonly nomadToken: string;
    readonly metricsUser: string;
    readonly metricsPassword: string;
    readonly trainingJob: string;
}

/** Every output, secrets in the clear: never to be printed. Those of resources that do not exist (yet) are missing. */
export async function readOutputs(pulumi: Pulumi): Promise<Partial<StackOutputs>> {
    const text = await pulumi.ask(["stack", "output", "--json", "--show-secrets", "--stack", pulumi.stack]);
    return JSON.parse(text) as Partial<StackOutputs>;
}
