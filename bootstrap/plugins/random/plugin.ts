import type { Plugin } from "../resource-provider";
import { randomBytesResource, randomId, randomUuid } from "./identifiers";
import { randomInteger } from "./integer";
import { randomPassword, randomString } from "./text";

/** Stands in for Pulumi's random plugin, for the types that need no seed and no word list. */
export const random: Plugin = {
    name: "random",
    version: "4.21.2",
    config: {},
    configure: async () => undefined,
    resources: {
        "random:index/randomPassword:RandomPassword": randomPassword,
        "random:index/randomString:RandomString": randomString,
        "random:index/randomUuid:RandomUuid": randomUuid,
        "random:index/randomId:RandomId": randomId,
        "random:index/randomBytes:RandomBytes": randomBytesResource,
        "random:index/randomInteger:RandomInteger": randomInteger,
    },
};
