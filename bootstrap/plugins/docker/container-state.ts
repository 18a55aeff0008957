import type Docker from "dockerode";
import type { Properties } from "../resource-provider";
import { portKey } from "./container-body";
import { formatDuration } from "./duration";
import { mapToLabels } from "./labels";

const MIB = 1024 * 1024;

/** The engine reports more than the published types know. */
type Inspection = Docker.ContainerInspectInfo & {
    Platform?: string;
    Config: { StopSignal?: string; StopTimeout?: number };
};

/**
 * What the engine reports of a container, under the names of the outputs. As in the official plugin, environment, labels
 * and `volumes` are not read back: the image's own are mixed into them, so they would never equal the inputs.
 *
 * @param old the state so far; tells which form of the image name is used and what was asked for.
 */
export function containerState(inspected: Docker.ContainerInspectInfo, old: Properties): Properties {
    const container = inspected as Inspection;
    const { Config: config, HostConfig: host, State: run } = container;
    const swap = host.MemorySwap ?? 0;
    return {
        name: container.Name.replace(/^\//, ""),
        image: imageState(container, old),
        bridge: (container.NetworkSettings as { Bridge?: string }).Bridge ?? "",
        networkDatas: networkDatas(container),
        exitCode: run.Running ? undefined : run.ExitCode,
        // A stopped container that must run is reported as one that need not, so that the next update starts it.
        mustRun: old.mustRun === false ? false : run.Running || run.Restarting,
        ports: run.Running ? portsState(container, old) : old.ports,
        command: config.Cmd ?? [],
        entrypoints: typeof config.Entrypoint === "string" ? [config.Entrypoint] : (config.Entrypoint ?? []),
        hostname: config.Hostname,
        domainname: config.Domainname,
        user: config.User,
        workingDir: config.WorkingDir,
        tty: config.Tty,
        stdinOpen: config.OpenStdin,
        stopSignal: config.StopSignal ?? "",
        stopTimeout: config.StopTimeout ?? 0,
        healthcheck: healthcheckState(config.Healthcheck, old.healthcheck as Properties | undefined),
        rm: host.AutoRemove,
        readOnly: host.ReadonlyRootfs,
        restart: host.RestartPolicy?.Name || "no",
        maxRetryCount: host.RestartPolicy?.MaximumRetryCount,
        publishAllPorts: host.PublishAllPorts,
        privileged: host.Privileged,
        init: host.Init ?? false,
        runtime: host.Runtime ?? "",
        ipcMode: host.IpcMode,
        pidMode: host.PidMode,
        usernsMode: host.UsernsMode,
        networkMode: host.NetworkMode === "default" ? "bridge" : host.NetworkMode,
        logDriver: host.LogConfig?.Type,
        logOpts: askedFor(host.LogConfig?.Config as Properties | undefined, old.logOpts as Properties | undefined),
        securityOpts: host.SecurityOpt ?? [],
        capabilities: capabilitiesState(host, old),
        groupAdds: host.GroupAdd ?? [],
        dns: host.Dns ?? [],
        dnsOpts: host.DnsOptions ?? [],
        dnsSearches: host.DnsSearch ?? [],
        sysctls: host.Sysctls ?? {},
        tmpfs: host.Tmpfs ?? {},
        hosts: (host.ExtraHosts as string[] | null)?.map(hostState) ?? [],
        ulimits: (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })),
        devices: devicesState(host.Devices ?? [], old),
        mounts: (host.Mounts ?? []).map(mountState),
        memory: (host.Memory ?? 0) / MIB,
        memoryReservation: (host.MemoryReservation ?? 0) / MIB,
        memorySwap: swap > 0 ? swap / MIB : swap,
        shmSize: (host.ShmSize ?? 0) / MIB,
        cpuShares: host.CpuShares,
        cpuSet: host.CpusetCpus,
        platform: old.platform ?? container.Platform ?? "",
        envs: old.envs ?? config.Env ?? [],
        labels: old.labels ?? mapToLabels(config.Labels),
        containerLogs: old.containerLogs ?? "",
    };
}

/** The image in the form that the program uses: its id, or the name it was created from. */
function imageState(container: Inspection, old: Properties): unknown {
    const byId = typeof old.image === "string" && old.image.startsWith("sha256:");
    return byId ? container.Image : container.Config.Image;
}

function networkDatas(container: Inspection): Properties[] {
    return Object.entries(container.NetworkSettings.Networks ?? {}).map(([networkName, endpoint]) => ({
        networkName,
        gateway: endpoint.Gateway,
        globalIpv6Address: endpoint.GlobalIPv6Address,
        globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen,
        ipAddress: endpoint.IPAddress,
        ipPrefixLength: endpoint.IPPrefixLen,
        ipv6Gateway: endpoint.IPv6Gateway,
        macAddress: endpoint.MacAddress,
    }));
}

/** The asked-for ports in their order, with what the engine made of them; one it does not publish any more is missing. */
function portsState(container: Inspection, old: Properties): Properties[] {
    type Port = { internal: number; external?: number; ip?: string; protocol?: string };
    return ((old.ports ?? []) as Port[]).flatMap((port) => {
        const bindings = container.NetworkSettings.Ports[portKey(port.internal, port.protocol)] ?? [];
        const binding =
            bindings.find(({ HostIp, HostPort }) => HostIp === port.ip && HostPort === String(port.external)) ??
            bindings.find(({ HostIp }) => HostIp === port.ip) ??
            bindings[0];
        return binding ? [{ ...port, external: Number(binding.HostPort), ip: binding.HostIp }] : [];
    });
}

function healthcheckState(check: Docker.HealthConfig | undefined, old: Properties | undefined): unknown {
    if (!check) {
        return undefined;
    }
    const startInterval = (check as { StartInterval?: number }).StartInterval;
    return {
        tests: check.Test ?? [],
        interval: formatDuration(check.Interval ?? 0),
        timeout: formatDuration(check.Timeout ?? 0),
        startPeriod: formatDuration(check.StartPeriod ?? 0),
        // Engines before 25 do not know it; the official plugin shows no difference for it there.
        startInterval: startInterval === undefined ? (old?.startInterval ?? "0s") : formatDuration(startInterval),
        retries: check.Retries ?? 0,
    };
}

/** The engine adds its own defaults to log options; only those that were asked for count. */
function askedFor(current: Properties | undefined, old: Properties | undefined): Properties | undefined {
    return old && Object.fromEntries(Object.entries(current ?? {}).filter(([key]) => Object.hasOwn(old, key)));
}

function capabilitiesState(host: Docker.HostConfig, old: Properties): unknown {
    const { CapAdd: adds, CapDrop: drops } = host;
    return adds?.length || drops?.length ? { adds: adds ?? [], drops: drops ?? [] } : old.capabilities && {};
}

function hostState(entry: string): Properties {
    const [host, ...ip] = entry.split(":");
    return { host, ip: ip.join(":") };
}

function devicesState(devices: Docker.DeviceMapping[], old: Properties): Properties[] {
    const asked = (old.devices ?? []) as { hostPath: string; containerPath?: string; permissions?: string }[];
    return devices.map(({ PathOnHost: hostPath, PathInContainer, CgroupPermissions }) => {
        const same = asked.find((device) => device.hostPath === hostPath);
        return {
            hostPath,
            containerPath: same && !same.containerPath ? undefined : PathInContainer,
            permissions: same && !same.permissions ? undefined : CgroupPermissions,
        };
    });
}

function mountState(mount: Docker.MountSettings): Properties {
    const { BindOptions: bind, VolumeOptions: volume, TmpfsOptions: tmpfs } = mount;
    return {
        type: mount.Type,
        source: mount.Source,
        target: mount.Target,
        readOnly: mount.ReadOnly,
        bindOptions: bind && { propagation: bind.Propagation },
        volumeOptions: volume && {
            noCopy: volume.NoCopy,
            labels: mapToLabels(volume.Labels),
            driverName: volume.DriverConfig?.Name,
            driverOptions: volume.DriverConfig?.Options,
            subpath: (volume as { Subpath?: string }).Subpath,
        },
        tmpfsOptions: tmpfs && { sizeBytes: tmpfs.SizeBytes, mode: tmpfs.Mode },
    };
}
