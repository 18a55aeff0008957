import { serve } from "../resource-provider";
import { Connection, providerConfig } from "./connection";
import { containerResource } from "./container";
import { imageResource } from "./image";
import { networkResource } from "./network";
import { volumeResource } from "./volume";

const connection = new Connection();

serve({
    name: "docker",
    version: "5.2.0",
    config: providerConfig,
    configure: async (config) => connection.configure(config),
    resources: {
        "docker:index/container:Container": containerResource(connection),
        "docker:index/image:Image": imageResource(connection),
        "docker:index/network:Network": networkResource(connection),
        "docker:index/volume:Volume": volumeResource(connection),
    },
});
