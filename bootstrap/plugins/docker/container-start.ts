import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { type OperationOptions, type Properties } from "../resource-provider";
import { followLog, lastLines } from "./container-log";
import { explaining } from "./engine-error";
import { poll } from "./polling";
import { type Upload, uploadArchive } from "./uploads";

interface NetworkAttachment {
    name: string;
    aliases?: string[];
    driverOpts?: string[];
    gwPriority?: number;
    ipv4Address?: string;
    ipv6Address?: string;
    linkLocalIps?: string[];
    macAddress?: string;
}

/** Networks, files, start, health, end: what happens to a container after the engine made it, in the official order. */
export async function prepareAndStart(
    engine: Docker,
    container: Docker.Container,
    news: Properties,
    options: OperationOptions,
): Promise<Properties> {
    const attachments = (news.networksAdvanced ?? []) as NetworkAttachment[];
    if (attachments.length > 0) {
        await joinNetworks(engine, container, attachments);
    }
    const uploads = (news.uploads ?? []) as Upload[];
    if (uploads.length > 0) {
        const archive = await uploadArchive(uploads);
        await explaining("Unable to upload files", () => container.putArchive(archive, { path: "/" }));
    }
    if (news.start === false) {
        return {};
    }
    await explaining(`Unable to start container ${news.name}`, () => container.start());
    if (news.wait === true) {
        await healthy(container, news, options);
    }
    if (news.attach === true) {
        return attach(engine, container, news);
    }
    if (news.mustRun === true && news.wait === false) {
        await runningOrFailed(container, news);
    }
    return {};
}

async function joinNetworks(engine: Docker, container: Docker.Container, attachments: NetworkAttachment[]) {
    await engine
        .getNetwork("bridge")
        .disconnect({ Container: container.id })
        .catch((error: Error) => {
            if (!/is not connected to (the )?network/.test(error.message)) {
                throw new Error(`Unable to disconnect the default network: ${error.message}`);
            }
        });
    for (const { name, aliases, driverOpts, gwPriority, macAddress, ...addresses } of attachments) {
        const endpoint = {
            Aliases: aliases,
            DriverOpts: driverOpts && Object.fromEntries(driverOpts.map((option) => option.split(/=(.*)/s, 2))),
            GwPriority: gwPriority,
            MacAddress: macAddress,
            IPAMConfig: {
                IPv4Address: addresses.ipv4Address,
                IPv6Address: addresses.ipv6Address,
                LinkLocalIPs: addresses.linkLocalIps,
            },
        } as unknown as Docker.EndpointSettings;
        await explaining(`Unable to connect to network '${name}'`, () =>
            engine.getNetwork(name).connect({ Container: container.id, EndpointConfig: endpoint }),
        );
    }
}

/** @throws when the container is not healthy in time, has no health check, or ended and will not come back. */
async function healthy(container: Docker.Container, news: Properties, options: OperationOptions): Promise<void> {
    let last = "starting";
    const seconds = news.waitTimeout as number;
    const look = async () => {
        const { State: state, HostConfig: host } = await container.inspect();
        if (!state.Health || state.Health.Status === "none") {
            throw new Error(`Container ${news.name} has no health check to wait for: set healthcheck or wait: false`);
        }
        const ended = !state.Running && !state.Restarting && host.RestartPolicy?.Name === "no";
        if (ended) {
            throw new Error(
                `Container ${news.name} ended with exit code ${state.ExitCode} before it was healthy${await logTail(container)}`,
            );
        }
        const probe = state.Health.Log?.at(-1)?.Output.trim();
        last = `${state.Health.Status}${probe ? `, last probe: ${probe}` : ""}`;
        options.status(`Waiting for ${news.name} to be healthy: ${state.Health.Status}`);
        return state.Health.Status === "healthy" ? true : undefined;
    };
    if (!(await poll(look, seconds, options.signal))) {
        throw new Error(
            `Container ${news.name} was not healthy within ${seconds} s (${last})${await logTail(container)}`,
        );
    }
}

async function attach(engine: Docker, container: Docker.Container, news: Properties): Promise<Properties> {
    const log = news.logs === true ? followLog(engine, container, news.tty === true) : undefined;
    await explaining(`Unable to wait for the end of container ${news.name}`, () => container.wait());
    return log ? { containerLogs: await log } : {};
}

/** A program that fails at its start has ended by then; the official plugin looks after the same time. */
const SETTLING_MS = 100;

/** @throws when a container that must run has ended already. */
async function runningOrFailed(container: Docker.Container, news: Properties): Promise<void> {
    await sleep(SETTLING_MS);
    const { State: state } = await container.inspect();
    if (!state.Running && !state.Restarting) {
        throw new Error(
            `Container ${news.name} exited immediately with exit code ${state.ExitCode}${await logTail(container)}`,
        );
    }
}

async function logTail(container: Docker.Container): Promise<string> {
    const lines = (await lastLines(container)).trim();
    return lines ? `. Its last log lines:\n${lines}` : ". It logged nothing.";
}
