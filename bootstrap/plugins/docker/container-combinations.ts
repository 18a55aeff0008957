import type { CheckFailure, Properties } from "../resource-provider";
import { UNKNOWN } from "../resource-provider";

/** Combinations of container inputs that the official plugin or the engine refuses, refused before anything is made. */
export function refuseCombinations(inputs: Properties): CheckFailure[] {
    return [
        ...refuseRemovedAndRestarted(inputs),
        ...refuseLogsWithoutAttach(inputs),
        ...refuseGpusTwice(inputs),
        ...refuseSharedNetworkMode(inputs),
        ...entries(inputs.uploads).flatMap((upload, index) => refuseUpload(upload, `uploads[${index}]`)),
        ...entries(inputs.volumes).flatMap((volume, index) => refuseVolume(volume, `volumes[${index}]`)),
    ];
}

function entries(list: unknown): Properties[] {
    return Array.isArray(list) ? list.filter((entry) => entry !== UNKNOWN) : [];
}

function refuseRemovedAndRestarted({ rm, restart }: Properties): CheckFailure[] {
    return rm === true && typeof restart === "string" && restart !== "no"
        ? [{ property: "rm", reason: `can't create 'AutoRemove' container with restart policy "${restart}".` }]
        : [];
}

function refuseLogsWithoutAttach({ attach, logs }: Properties): CheckFailure[] {
    return logs === true && attach === false
        ? [{ property: "logs", reason: "needs attach: true, without it no logs would be saved." }]
        : [];
}

function refuseGpusTwice({ gpus, deviceRequests }: Properties): CheckFailure[] {
    return gpus !== undefined && deviceRequests !== undefined
        ? [{ property: "gpus", reason: '"gpus": conflicts with deviceRequests' }]
        : [];
}

function refuseSharedNetworkMode({ networkMode, networksAdvanced }: Properties): CheckFailure[] {
    const alone = typeof networkMode === "string" && /^(host|none|container:.*)$/.test(networkMode);
    return alone && entries(networksAdvanced).length > 0
        ? [{ property: "networksAdvanced", reason: `a container with network mode "${networkMode}" joins no network.` }]
        : [];
}

function refuseUpload(upload: Properties, path: string): CheckFailure[] {
    // An empty text counts as not set, as in the official plugin.
    const given = ["content", "contentBase64", "source"].filter((key) => upload[key]);
    const failures: CheckFailure[] = [];
    if (given.length === 0) {
        const reason =
            "error with upload content: one of 'content', 'content_base64', or 'source' must be set (and not empty)";
        failures.push({ property: path, reason });
    }
    if (given.length > 1) {
        const reason = "error with upload content: only one of 'content', 'content_base64', or 'source' can be set";
        failures.push({ property: path, reason });
    }
    for (const key of ["owner", "group"]) {
        const value = upload[key];
        if (typeof value === "string" && !/^\d+$/.test(value)) {
            const reason = `not supported by this stand-in plugin: "${value}" is a name, use the number`;
            failures.push({ property: `${path}.${key}`, reason });
        }
    }
    return failures;
}

function refuseVolume({ containerPath, fromContainer }: Properties, path: string): CheckFailure[] {
    if (!containerPath && !fromContainer) {
        return [{ property: path, reason: "Volume entry without container path or source container" }];
    }
    return containerPath && fromContainer
        ? [{ property: path, reason: "Both a container and a path specified in a volume entry" }]
        : [];
}
