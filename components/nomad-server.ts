import * as docker from "@pulumi/docker";
import * as nomad from "@pulumi/nomad";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Consul } from "./consul";
import { generatedToken } from "./generated-token";
import { InitContainer } from "./init-container";
import { Network } from "./network";
import { bootstrapAcl } from "./nomad-api";
import {
    AGENT_DIRECTORY,
    AGENT_FILE,
    NOMAD_USER,
    SERVER_DATA_DIRECTORY,
    nomadServerConfig,
    serverScript,
} from "./nomad-config";
import { after } from "./readiness";
import { ServiceContainer } from "./service-container";
import { Settings, publishedUrl } from "./settings";
import { stackVolume } from "./stack-volume";

/** Nomad's HTTP and RPC ports, in the container. */
export const NOMAD_PORT = 4646;
export const NOMAD_RPC_PORT = 4647;
/** Directory of the job files, in the server's container. */
export const JOB_DIRECTORY = "/nomad/config";

/** What Nomad reads before it bootstraps its access control once more (its documentation, "Reset ACL bootstrap"). */
const RESET_FILE = `${SERVER_DATA_DIRECTORY}/server/acl-bootstrap-reset`;

export interface NomadServerArgs {
    readonly settings: Settings;
    readonly network: Network;
    readonly consul: Consul;
    /** Consul token of Nomad's agents. */
    readonly consulToken: pulumi.Input<string>;
}

/** The Nomad server: API, UI, scheduler and the job files. It runs no task and has no access to Docker. */
export class NomadServer extends pulumi.ComponentResource {
    /** URL outside Docker; resolves when there is a leader, keys, and access control is bootstrapped. */
    readonly ready: pulumi.Output<string>;
    /** The management token. */
    readonly token: pulumi.Output<string>;
    /** Name of the host on the stack's network. */
    readonly hostName: string;
    /** URL of the API on the stack's network. */
    readonly internalUrl: string;
    /** Pulumi provider for what lives in Nomad, gated by `ready`. */
    readonly provider: nomad.Provider;
    /** Mounted at `/nomad/config`; job files are put into it. */
    readonly jobFiles: docker.Volume;

    constructor(name: string, args: NomadServerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:NomadServer", name, {}, opts);
        const { settings } = args;
        this.token = generatedToken(`${name}-management-token`, this);
        const gossipKey = new random.RandomBytes(`${name}-gossip-key`, { length: 32 }, { parent: this }).base64;
        this.jobFiles = stackVolume(settings.prefix, "nomad-jobs", { parent: this });
        const data = stackVolume(settings.prefix, "nomad-data", { parent: this });
        const owned = new InitContainer(
            `${name}-init`,
            {
                settings,
                part: "nomad",
                image: settings.nomadImage,
                script: `chown ${NOMAD_USER} ${SERVER_DATA_DIRECTORY}`,
                volumes: [{ volume: data, path: SERVER_DATA_DIRECTORY }],
            },
            { parent: this },
        );
        const server = new ServiceContainer(
            name,
            {
                settings,
                network: args.network,
                part: "nomad",
                image: settings.nomadImage,
                entrypoints: ["/bin/sh", "-c"],
                command: [serverScript()],
                envs: ["NOMAD_SKIP_DOCKER_IMAGE_WARN=true"],
                user: NOMAD_USER,
                files: {
                    directory: AGENT_DIRECTORY,
                    files: [
                        {
                            path: AGENT_FILE,
                            content: pulumi.all([args.consulToken, gossipKey]).apply(([consulToken, key]) =>
                                nomadServerConfig({
                                    name: `${settings.prefix}-nomad`,
                                    consulAddress: args.consul.address,
                                    consulToken,
                                    gossipKey: key,
                                }),
                            ),
                            owner: NOMAD_USER,
                            secret: true,
                        },
                    ],
                },
                volumes: [
                    { volume: data, path: SERVER_DATA_DIRECTORY },
                    { volume: this.jobFiles, path: JOB_DIRECTORY, readOnly: true },
                ],
                publish: { internal: NOMAD_PORT, external: settings.nomadPort },
                probe: `wget -q -O - http://127.0.0.1:${NOMAD_PORT}/.well-known/jwks.json | grep -q kid`,
                memoryMiB: 1024,
            },
            { parent: this, dependsOn: after([owned.output]) },
        );
        this.hostName = server.containerName;
        this.internalUrl = `http://${this.hostName}:${NOMAD_PORT}`;
        const url = publishedUrl(settings, "nomad");
        this.ready = server.readyOnce(
            "Nomad server",
            url,
            this.token.apply(
                (token) => (signal: AbortSignal) =>
                    bootstrapAcl({ url, token }, (index) => server.run(`echo ${index} > ${RESET_FILE}`), signal),
            ),
        );
        this.provider = new nomad.Provider(
            `${name}-api`,
            { address: url, secretId: this.token },
            { parent: this, dependsOn: after([this.ready]) },
        );
        this.registerOutputs({ ready: this.ready });
    }
}
