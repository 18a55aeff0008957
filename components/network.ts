import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { stackLabels } from "./labels";

export interface NetworkArgs {
    /** Stack prefix; the network is `<prefix>-network`. */
    readonly prefix: string;
}

/** A range of addresses on a network. */
export interface NetworkAddresses {
    /** In CIDR notation, such as "172.18.0.0/16". */
    readonly subnet: string;
    /** The host's address. */
    readonly gateway: string;
}

/** The one user-defined network of the stack: containers find each other on it by container name. */
export class Network extends pulumi.ComponentResource {
    /** The network's name, known in previews. */
    readonly networkName: string;
    readonly network: docker.Network;
    /** Its address ranges, each with the host's own address in it. */
    readonly addresses: pulumi.Output<NetworkAddresses[]>;

    constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Network", name, args, opts);
        this.networkName = `${args.prefix}-network`;
        this.network = new docker.Network(
            `${name}-bridge`,
            { name: this.networkName, driver: "bridge", labels: stackLabels(args.prefix, "network") },
            { parent: this, deleteBeforeReplace: true },
        );
        this.addresses = this.network.ipamConfigs.apply((configs) =>
            (configs ?? []).map(({ subnet = "", gateway = "" }) => ({ subnet, gateway })),
        );
        this.registerOutputs();
    }
}
