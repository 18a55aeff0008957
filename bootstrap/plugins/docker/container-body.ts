import type Docker from "dockerode";
import type { Properties } from "../resource-provider";
import { parseDuration } from "./duration";
import { labelsToMap } from "./labels";

const MIB = 1024 * 1024;

/** An object of the checked inputs: its shape is that of container-schema.ts, which the compiler cannot see. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Entry = Record<string, any>;
const list = (value: unknown): Entry[] => (value ?? []) as Entry[];

/** The engine's body for creating a container from checked inputs. */
export function containerBody(news: Properties): Docker.ContainerCreateOptions {
    return {
        Image: news.image as string,
        Hostname: news.hostname as string,
        Domainname: news.domainname as string,
        Tty: news.tty as boolean,
        OpenStdin: news.stdinOpen as boolean,
        Env: news.envs as string[],
        Cmd: news.command as string[],
        Entrypoint: news.entrypoints as string[],
        User: news.user as string,
        WorkingDir: news.workingDir as string,
        StopSignal: news.stopSignal as string,
        StopTimeout: news.stopTimeout as number,
        Labels: labelsToMap(news.labels),
        Healthcheck: healthcheck(news.healthcheck as Properties | undefined),
        ExposedPorts: Object.fromEntries(list(news.ports).map((port) => [portKey(port.internal, port.protocol), {}])),
        Volumes: Object.fromEntries(
            list(news.volumes)
                .filter(({ containerPath }) => containerPath)
                .map(({ containerPath }) => [containerPath, {}]),
        ),
        HostConfig: { ...hostConfig(news), ...storage(news), ...updateBody(news) },
    };
}

/** The part of the configuration that an update of a running container can change. */
export function updateBody(news: Properties): Docker.HostConfig {
    const rates = (value: unknown) => list(value).map(({ path, rate }) => ({ Path: path, Rate: rate }));
    const swap = news.memorySwap as number | undefined;
    return {
        RestartPolicy: { Name: news.restart as string, MaximumRetryCount: (news.maxRetryCount as number) ?? 0 },
        CpuShares: news.cpuShares as number,
        CpusetCpus: news.cpuSet as string,
        Memory: mebibytes(news.memory),
        MemoryReservation: mebibytes(news.memoryReservation),
        MemorySwap: swap === -1 ? -1 : mebibytes(swap),
        BlkioDeviceReadBps: rates(news.deviceReadBps),
        BlkioDeviceReadIOps: rates(news.deviceReadIops),
        BlkioDeviceWriteBps: rates(news.deviceWriteBps),
        BlkioDeviceWriteIOps: rates(news.deviceWriteIops),
    };
}

export function portKey(internal: number, protocol = "tcp"): string {
    return `${internal}/${protocol}`;
}

function mebibytes(value: unknown): number | undefined {
    return value === undefined ? undefined : (value as number) * MIB;
}

function healthcheck(check: Properties | undefined): Docker.HealthConfig | undefined {
    const nanoseconds = (value: unknown) => parseDuration((value as string | undefined) ?? "0s");
    return (
        check &&
        ({
            Test: check.tests as string[],
            Interval: nanoseconds(check.interval),
            Timeout: nanoseconds(check.timeout),
            StartPeriod: nanoseconds(check.startPeriod),
            StartInterval: nanoseconds(check.startInterval),
            Retries: check.retries as number,
        } as Docker.HealthConfig)
    );
}

function hostConfig(news: Properties): Docker.HostConfig {
    const capabilities = news.capabilities as { adds?: string[]; drops?: string[] } | undefined;
    return {
        Privileged: news.privileged as boolean,
        PublishAllPorts: news.publishAllPorts as boolean,
        PortBindings: portBindings(news),
        AutoRemove: news.rm as boolean,
        ReadonlyRootfs: news.readOnly as boolean,
        LogConfig: { Type: (news.logDriver as string) ?? "", Config: (news.logOpts as Record<string, string>) ?? {} },
        NetworkMode: news.networkMode as string,
        ExtraHosts: list(news.hosts).map(({ host, ip }) => `${host}:${ip}`),
        Ulimits: list(news.ulimits).map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
        CapAdd: capabilities?.adds,
        CapDrop: capabilities?.drops,
        Devices: list(news.devices).map(({ hostPath, containerPath, permissions }) => ({
            PathOnHost: hostPath,
            PathInContainer: containerPath ?? hostPath,
            CgroupPermissions: permissions ?? "rwm",
        })),
        DeviceRequests: deviceRequests(news),
        DeviceCgroupRules: news.deviceCgroupRules as string[],
        Dns: news.dns as string[],
        DnsOptions: news.dnsOpts as string[],
        DnsSearch: news.dnsSearches as string[],
        SecurityOpt: news.securityOpts as string[],
        ShmSize: mebibytes(news.shmSize),
        NanoCpus: news.cpus === undefined ? undefined : Math.round(Number(news.cpus) * 1e9),
        CpuPeriod: news.cpuPeriod as number,
        CpuQuota: news.cpuQuota as number,
        CgroupParent: news.cgroupParent as string,
        UsernsMode: news.usernsMode as string,
        PidMode: news.pidMode as string,
        IpcMode: news.ipcMode as string,
        Sysctls: news.sysctls as Record<string, string>,
        StorageOpt: news.storageOpts as Record<string, string>,
        GroupAdd: news.groupAdds as string[],
        Init: news.init as boolean,
        Runtime: news.runtime as string,
        ...({ CgroupnsMode: news.cgroupnsMode } as Docker.HostConfig),
    };
}

function portBindings(news: Properties): Docker.PortMap {
    const bindings: Docker.PortMap = {};
    for (const port of list(news.ports)) {
        const { ip, external } = port as { ip?: string; external?: number };
        (bindings[portKey(port.internal, port.protocol)] ??= []).push({
            HostIp: ip ?? "",
            HostPort: external ? String(external) : "",
        });
    }
    return bindings;
}

function deviceRequests(news: Properties): Docker.DeviceRequest[] {
    if (news.gpus !== undefined) {
        return [{ Count: news.gpus === "all" ? -1 : Number(news.gpus), Capabilities: [["gpu"]] }];
    }
    return list(news.deviceRequests).map(({ driver, count, deviceIds, capabilities, options }) => ({
        Driver: driver,
        Count: count,
        DeviceIDs: deviceIds,
        Capabilities: capabilities ? [capabilities] : undefined,
        Options: options,
    }));
}

function storage(news: Properties): Docker.HostConfig {
    const volumes = list(news.volumes);
    const binds = volumes.flatMap(({ volumeName, hostPath, containerPath, readOnly, selinuxRelabel }) => {
        // A host path wins over a volume name, as in the official plugin.
        const source = hostPath ?? volumeName;
        const mode = [readOnly ? "ro" : "rw", selinuxRelabel].filter(Boolean).join(",");
        return source && containerPath ? [`${source}:${containerPath}:${mode}`] : [];
    });
    return {
        Binds: binds,
        VolumesFrom: volumes.flatMap(({ fromContainer }) => (fromContainer ? [fromContainer] : [])),
        Tmpfs: news.tmpfs as Record<string, string>,
        Mounts: list(news.mounts).map((mount) => ({
            Type: mount.type,
            Source: mount.source ?? "",
            Target: mount.target,
            ReadOnly: mount.readOnly,
            ...mountOptions(mount),
        })),
    };
}

function mountOptions({ type, bindOptions, volumeOptions, tmpfsOptions }: Entry): Partial<Docker.MountSettings> {
    if (type === "bind" && bindOptions) {
        return { BindOptions: { Propagation: (bindOptions as Entry).propagation } };
    }
    if (type === "volume" && volumeOptions) {
        const { noCopy, labels, driverName, driverOptions, subpath } = volumeOptions as Entry;
        const driver = driverName || driverOptions ? { Name: driverName, Options: driverOptions } : undefined;
        const options = { NoCopy: noCopy, Labels: labelsToMap(labels), DriverConfig: driver, Subpath: subpath };
        return { VolumeOptions: options as unknown as Docker.MountSettings["VolumeOptions"] };
    }
    if (type === "tmpfs" && tmpfsOptions) {
        const { sizeBytes, mode } = tmpfsOptions as Entry;
        return { TmpfsOptions: { SizeBytes: sizeBytes, Mode: mode } };
    }
    return {};
}
