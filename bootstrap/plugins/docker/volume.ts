import type Docker from "dockerode";
import { type Properties, schemaResource, type ResourceType } from "../resource-provider";
import type { Connection } from "./connection";
import { explaining, unlessMissing } from "./engine-error";
import { labelsSchema, labelsToMap, mapToLabels } from "./labels";
import { removeWhenFree } from "./removal";

/** docker:index/volume:Volume, inputs as in the official schema 5.x. */
export function volumeResource(connection: Connection): ResourceType {
    return schemaResource(
        {
            inputs: {
                name: { type: "string", replace: true, autoName: true },
                cluster: { type: "any", unsupported: true },
                driver: { type: "string", replace: true, computed: true },
                driverOpts: { type: { map: "string" }, replace: true },
                labels: labelsSchema,
            },
            outputs: ["mountpoint"],
        },
        {
            async create(news) {
                const engine = await connection.engine();
                const body = {
                    Name: news.name as string,
                    Driver: news.driver as string | undefined,
                    DriverOpts: news.driverOpts as Record<string, string> | undefined,
                    Labels: labelsToMap(news.labels),
                };
                // An existing volume of this name is taken over, as the engine and the official plugin do.
                await explaining(`Unable to create volume ${body.Name}`, () => engine.createVolume(body));
                const volume = await engine.getVolume(body.Name).inspect();
                return { id: volume.Name, state: { ...news, ...volumeState(volume) } };
            },
            async read(id, old) {
                const volume = await unlessMissing((await connection.engine()).getVolume(id).inspect());
                return volume && { id, state: { ...old, ...volumeState(volume) } };
            },
            async delete(id, _old, options) {
                const volume = (await connection.engine()).getVolume(id);
                await removeWhenFree(
                    `volume ${id}`,
                    () => volume.remove({ force: true }),
                    "volume is in use",
                    options.signal,
                );
            },
        },
    );
}

function volumeState(volume: Docker.VolumeInspectInfo): Properties {
    return {
        name: volume.Name,
        driver: volume.Driver,
        driverOpts: volume.Options ?? {},
        labels: mapToLabels(volume.Labels),
        mountpoint: volume.Mountpoint,
    };
}
