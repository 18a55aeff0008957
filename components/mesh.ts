import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import { Consul } from "./consul";
import {
    ANY,
    EDGES,
    GATEWAY_PART,
    GATEWAY_SERVICE,
    GRAFANA_SERVICE,
    PROMETHEUS_SERVICE,
    PUSHGATEWAY_SERVICE,
    allowing,
    denyingEverything,
} from "./mesh-edges";
import { MeshSidecar } from "./mesh-sidecar";
import { MeshMember, Upstream } from "./mesh-sidecar-script";
import { MeshTask } from "./mesh-task";
import { Network } from "./network";
import { PROMETHEUS_PORT } from "./prometheus";
import { PUSHGATEWAY_PORT } from "./pushgateway";
import { ServiceContainer } from "./service-container";
import { Settings } from "./settings";

/** The gateway's own ports are this much above the ports that its sidecar uses for the services they lead to. */
const ENTRANCE_OFFSET = 10_000;

/** A service that people reach from outside of the mesh. */
interface PublishedService extends Upstream {
    /** Port on `bindAddress`. */
    readonly external: number;
}

export interface MeshArgs {
    readonly settings: Settings;
    readonly network: Network;
    readonly consul: Consul;
}

/** What the gateway publishes. */
function publishedServices(settings: Settings): PublishedService[] {
    return [
        { service: PROMETHEUS_SERVICE, port: PROMETHEUS_PORT, external: settings.prometheusPort },
        { service: PUSHGATEWAY_SERVICE, port: PUSHGATEWAY_PORT, external: settings.pushgatewayPort },
    ];
}

/**
 * The service mesh: who may talk to whom, as intentions in Consul, and the gateway through which a person on the host
 * comes in. A service of the mesh listens on its loopback address only; its sidecar is the way in and out.
 */
export class Mesh extends pulumi.ComponentResource {
    /** What a job needs to give its tasks a way into the mesh. */
    readonly task: MeshTask;
    private readonly args: MeshArgs;
    private readonly gateway: MeshSidecar;
    private readonly intentions: pulumi.Output<string[]>;

    constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:Mesh", name, {}, opts);
        this.args = args;
        this.intentions = pulumi.all(
            [
                this.intentionsOf(`${name}-nothing-else`, ANY, denyingEverything()),
                ...Object.entries(EDGES).map(([service, sources]) =>
                    this.intentionsOf(`${name}-to-${service}`, service, allowing(sources.filter((s) => this.has(s)))),
                ),
            ].map(({ id }) => id),
        );
        const published = publishedServices(args.settings);
        this.task = {
            envoyImage: args.settings.envoyImage,
            consulAddress: args.consul.address,
            upstreams: published,
        };
        const entrances = published.map(({ port }) => ({ port: port + ENTRANCE_OFFSET, upstreamPort: port }));
        this.gateway = new MeshSidecar(
            `${name}-gateway`,
            {
                ...args,
                member: { service: GATEWAY_SERVICE, upstreams: published },
                part: GATEWAY_PART,
                entrances: args.network.addresses.apply((closedTo) => ({ entrances, closedTo })),
                publish: published.map(({ port, external }) => ({ internal: port + ENTRANCE_OFFSET, external })),
            },
            { parent: this },
        );
        this.registerOutputs();
    }

    /**
     * Gives a service its sidecar.
     *
     * @returns resolves when the service can be reached through the gateway and reaches its own upstreams.
     */
    join(member: MeshMember, beside: ServiceContainer, opts: pulumi.ComponentResourceOptions): pulumi.Output<unknown> {
        const { service } = member;
        const { settings, consul } = this.args;
        const sidecar = new MeshSidecar(
            `${service}-sidecar`,
            { settings, consul, member, part: `${service}-sidecar`, beside },
            opts,
        );
        return pulumi.all([sidecar.ready, this.gateway.ready, this.intentions]);
    }

    private has(service: string): boolean {
        return service !== GRAFANA_SERVICE || this.args.settings.grafana;
    }

    private intentionsOf(name: string, service: string, configJson: string): consul.ConfigEntry {
        const { provider } = this.args.consul;
        return new consul.ConfigEntry(
            name,
            { kind: "service-intentions", name: service, configJson },
            { parent: this, provider },
        );
    }
}
