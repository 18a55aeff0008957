import type Docker from "dockerode";
import { type Properties, schemaResource, type ResourceType } from "../resource-provider";
import type { Connection } from "./connection";
import { explaining, unlessMissing } from "./engine-error";
import { labelsSchema, labelsToMap, mapToLabels } from "./labels";
import { removeWhenFree } from "./removal";

const mapOfStrings = { map: "string" } as const;

/** docker:index/network:Network, inputs as in the official schema 5.x. */
export function networkResource(connection: Connection): ResourceType {
    const state = async (id: string) => {
        const network = await unlessMissing((await connection.engine()).getNetwork(id).inspect());
        return network && networkState(network);
    };
    return schemaResource(
        {
            inputs: {
                name: { type: "string", replace: true, autoName: true },
                attachable: { type: "boolean", replace: true },
                driver: { type: "string", replace: true, computed: true },
                ingress: { type: "boolean", replace: true },
                internal: { type: "boolean", replace: true, computed: true },
                ipamConfigs: {
                    type: {
                        set: {
                            object: {
                                auxAddress: { type: mapOfStrings },
                                gateway: { type: "string", absentMeansAny: true },
                                ipRange: { type: "string" },
                                subnet: { type: "string" },
                            },
                        },
                    },
                    replace: true,
                    computed: true,
                },
                ipamDriver: { type: "string", replace: true, default: "default" },
                ipamOptions: { type: mapOfStrings, replace: true, absentMeansAny: true },
                ipv6: { type: "boolean", replace: true },
                labels: labelsSchema,
                options: { type: mapOfStrings, replace: true, computed: true },
            },
            outputs: ["scope"],
        },
        {
            async create(news) {
                const engine = await connection.engine();
                const network = await explaining(`Unable to create network ${news.name}`, () =>
                    engine.createNetwork(networkBody(news)),
                );
                return { id: network.id, state: { ...news, ...(await state(network.id)) } };
            },
            async read(id, old) {
                const found = await state(id);
                return found && { id, state: { ...old, ...found } };
            },
            async delete(id, old, options) {
                const network = (await connection.engine()).getNetwork(id);
                await removeWhenFree(
                    `network ${old.name}`,
                    () => network.remove(),
                    "has active endpoints",
                    options.signal,
                );
            },
        },
    );
}

function networkBody(news: Properties): Docker.NetworkCreateOptions {
    const ipamConfigs = (news.ipamConfigs ?? []) as Record<string, string>[];
    const ipam = {
        Driver: news.ipamDriver as string,
        Config: ipamConfigs.map(({ subnet, gateway, ipRange, auxAddress }) => ({
            Subnet: subnet,
            Gateway: gateway,
            IPRange: ipRange,
            AuxiliaryAddresses: auxAddress,
        })) as unknown as { [key: string]: string }[],
        Options: news.ipamOptions as Record<string, string> | undefined,
    };
    return {
        Name: news.name as string,
        // Engines before 25 make a second network of the same name without it.
        CheckDuplicate: true,
        Driver: news.driver as string | undefined,
        Internal: news.internal as boolean | undefined,
        Attachable: news.attachable as boolean | undefined,
        Ingress: news.ingress as boolean | undefined,
        EnableIPv6: news.ipv6 as boolean | undefined,
        Options: news.options as Record<string, string> | undefined,
        Labels: labelsToMap(news.labels),
        IPAM: ipam,
    } as Docker.NetworkCreateOptions;
}

function networkState(network: Docker.NetworkInspectInfo): Properties {
    const configs = (network.IPAM?.Config ?? []) as unknown as Record<string, unknown>[];
    return {
        name: network.Name,
        attachable: network.Attachable,
        driver: network.Driver,
        ingress: network.Ingress,
        internal: network.Internal,
        ipamConfigs: configs.map((config) => ({
            subnet: config.Subnet,
            gateway: config.Gateway,
            ipRange: config.IPRange || undefined,
            auxAddress: config.AuxiliaryAddresses ?? undefined,
        })),
        ipamDriver: network.IPAM?.Driver,
        ipv6: network.EnableIPv6,
        labels: mapToLabels(network.Labels),
        options: network.Options ?? {},
        scope: network.Scope,
    };
}
