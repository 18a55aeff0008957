import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { stackLabels } from "./labels";

/**
 * A named volume `<prefix>-<part>`: what it keeps survives the replacement of containers and goes with the stack.
 *
 * @param part what it keeps, such as "consul-data".
 */
export function stackVolume(prefix: string, part: string, opts: pulumi.CustomResourceOptions): docker.Volume {
    return new docker.Volume(
        `${part}-volume`,
        { name: `${prefix}-${part}`, driver: "local", labels: stackLabels(prefix, part) },
        { deleteBeforeReplace: true, ...opts },
    );
}
