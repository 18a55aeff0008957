import * as nomad from "@pulumi/nomad";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { Consul } from "./consul";
import { NOMAD_AGENT_RULES } from "./consul-config";
import { consulToken } from "./consul-token";
import { Network } from "./network";
import { NomadClient } from "./nomad-client";
import { NOMAD_PORT, NomadServer } from "./nomad-server";
import { Settings } from "./settings";

export interface NomadArgs {
    readonly settings: Settings;
    readonly network: Network;
    readonly consul: Consul;
}

/**
 * Nomad as two containers, a server and a client that starts once the server has a leader and keys: one container with
 * both loses a race between them and needs up to half a minute instead of three seconds.
 */
export class Nomad extends pulumi.ComponentResource {
    /** URL outside Docker; resolves when the API answers with access control on. */
    readonly serverReady: pulumi.Output<string>;
    /** Node name; resolves when a task can be placed on it. */
    readonly clientReady: pulumi.Output<string>;
    /** The management token. */
    readonly token: pulumi.Output<string>;
    /** Pulumi provider for what lives in Nomad, gated by `serverReady`. */
    readonly provider: nomad.Provider;
    /** `http://host:port` of the server on the stack's network. */
    readonly internalUrl: string;
    /** `host:port` of every agent on the stack's network. */
    readonly addresses: readonly string[];
    /** Volume with the job files, mounted in the server at `/nomad/config`. */
    readonly jobFiles: docker.Volume;

    constructor(name: string, args: NomadArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Nomad", name, {}, opts);
        const token = consulToken(name, { description: "Nomad agents", rules: NOMAD_AGENT_RULES }, args.consul, this);
        const server = new NomadServer(`${name}-server`, { ...args, consulToken: token }, { parent: this });
        const client = new NomadClient(`${name}-client`, { ...args, server, consulToken: token }, { parent: this });
        this.serverReady = server.ready;
        this.clientReady = client.ready;
        this.token = server.token;
        this.provider = server.provider;
        this.internalUrl = server.internalUrl;
        this.addresses = [server.hostName, client.hostName].map((host) => `${host}:${NOMAD_PORT}`);
        this.jobFiles = server.jobFiles;
        this.registerOutputs({ serverReady: this.serverReady, clientReady: this.clientReady });
    }
}
