import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { stackLabels } from "./labels";

export interface NetworkArgs {
    /** Stack prefix; the network is `<prefix>-network`. */
    readonly prefix: string;
}

/** The one user-defined network of the stack: containers find each other on it by container name. */
export class Network extends pulumi.ComponentResource {
    /** The network's name, known in previews. */
    readonly networkName: string;
    readonly network: docker.Network;

    constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Network", name, args, opts);
        this.networkName = `${args.prefix}-network`;
        this.network = new docker.Network(
            `${name}-bridge`,
            { name: this.networkName, driver: "bridge", labels: stackLabels(args.prefix, "network") },
            { parent: this, deleteBeforeReplace: true },
        );
        this.registerOutputs();
    }
}
