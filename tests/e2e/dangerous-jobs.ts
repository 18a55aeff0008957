/** A job that asks for more than a task may have, and who refuses it with which words. */
export interface DangerousJob {
    readonly what: string;
    /** Changes to the docker driver's configuration of a confined task. */
    readonly config?: Record<string, unknown>;
    /** @default an unprivileged one */
    readonly user?: string;
    /** Shell command of a task that runs before, in the same allocation. */
    readonly before?: string;
    readonly refusal: RegExp;
}

const GUARD = /docker guard/;

/** @param prefix of the stack they are submitted to. */
export function dangerousJobs(prefix: string): DangerousJob[] {
    return [
        { what: "privileged mode", config: { privileged: true }, refusal: /privileged mode is disabled/ },
        {
            what: "the host's network",
            config: { network_mode: "host" },
            refusal: /NetworkMode is "host"; the docker guard/,
        },
        {
            what: "another container's network",
            config: { network_mode: `container:${prefix}-nomad` },
            refusal: /NetworkMode is "container:.*; the docker guard/,
        },
        { what: "a host path", config: { volumes: ["/etc:/host"] }, refusal: /volumes are not enabled/ },
        {
            what: "the socket",
            config: { volumes: ["/var/run/docker.sock:/var/run/docker.sock"] },
            refusal: /volumes are not enabled/,
        },
        {
            what: "the socket as a mount",
            config: { mount: [{ type: "bind", source: "/var/run/docker.sock", target: "/docker.sock" }] },
            refusal: /volumes are not enabled/,
        },
        {
            what: "a host path behind a link of its own",
            before: "ln -s /etc /alloc/data/link",
            config: { volumes: ["../alloc/data/link:/host"] },
            refusal: /Volume ".*\/alloc\/data\/link:\/host" is refused by the docker guard/,
        },
        {
            what: "another service's volume",
            config: { mount: [{ type: "volume", source: `${prefix}-consul-data`, target: "/stolen" }] },
            refusal: /volumes are not enabled/,
        },
        { what: "the host's processes", config: { pid_mode: "host" }, refusal: /PidMode is "host"; the docker guard/ },
        { what: "the host's IPC", config: { ipc_mode: "host" }, refusal: /IpcMode is "host"; the docker guard/ },
        { what: "a capability", config: { cap_add: ["chown"] }, refusal: /does not allow the following capabilities/ },
        { what: "a device", config: { devices: [{ host_path: "/dev/kmsg" }] }, refusal: GUARD },
        { what: "no seccomp", config: { security_opt: ["seccomp=unconfined"] }, refusal: GUARD },
        { what: "another service's name", config: { network_aliases: [`${prefix}-pushgateway`] }, refusal: GUARD },
        { what: "root", user: "root", refusal: /running as user "root" is disallowed/ },
        { what: "root in disguise", user: "00:0", refusal: /User is "00:0"; the docker guard/ },
    ];
}
