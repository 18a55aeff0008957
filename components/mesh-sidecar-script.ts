import { TOKEN_PLACE } from "./mesh-envoy";

/** Port on which a sidecar takes mutual TLS from the mesh, in the network namespace of its service. */
const SIDECAR_PORT = 21000;
/** Stands for the container's own address in a registration: known only when the container runs. */
const ADDRESS = "@ADDRESS@";

/** A service of the mesh that another one talks to, as a port on the other one's own loopback address. */
export interface Upstream {
    /** Name in Consul. */
    readonly service: string;
    /** Port on 127.0.0.1 beside the sidecar. */
    readonly port: number;
}

/** One end of the mesh: a service, or somebody who only calls services. */
export interface MeshMember {
    /** Name in Consul: its identity, and what intentions are about. */
    readonly service: string;
    /** Port the service listens on, on 127.0.0.1. @default it only calls */
    readonly port?: number;
    /** @default none: it is only called */
    readonly upstreams?: readonly Upstream[];
}

/**
 * What a sidecar tells Consul about itself, for `PUT /v1/agent/service/register`. The health check is Consul's own: a
 * sidecar that is gone gets no traffic, and is forgotten after a minute unless it registers again.
 *
 * @param instance id of this instance in Consul. @default the service's name: there is one
 */
export function registration(member: MeshMember, instance = member.service): string {
    return JSON.stringify({
        ID: instance,
        Name: member.service,
        Address: ADDRESS,
        ...(member.port === undefined ? {} : { Port: member.port }),
        Connect: {
            SidecarService: {
                Port: SIDECAR_PORT,
                Proxy: {
                    LocalServiceAddress: "127.0.0.1",
                    Upstreams: (member.upstreams ?? []).map(({ service, port }) => ({
                        DestinationName: service,
                        LocalBindAddress: "127.0.0.1",
                        LocalBindPort: port,
                    })),
                },
                Checks: [
                    {
                        Name: "Sidecar listens",
                        TCP: `${ADDRESS}:${SIDECAR_PORT}`,
                        Interval: "1s",
                        Timeout: "1s",
                        DeregisterCriticalServiceAfter: "1m",
                    },
                ],
            },
        },
    });
}

/** How a sidecar's container is to run. */
export interface SidecarScript {
    /** `host:port` of Consul's HTTP API on the stack's network. */
    readonly consulAddress: string;
    /** Id of the instance in Consul. */
    readonly instance: string;
    /** Port of the service beside it. @default there is none */
    readonly port?: number;
    /** Directory of the bootstrap and the registration in the container. */
    readonly directory: string;
    /** File with the Consul token. */
    readonly tokenFile: string;
}

/** Names of a sidecar's files in its directory. */
export const SIDECAR_FILES = { bootstrap: "bootstrap.json", registration: "registration.json", script: "sidecar.sh" };

/**
 * What a sidecar's container runs: it registers the sidecar with the address it has now, runs Envoy, and takes the
 * registration away when it is stopped. Bash speaks HTTP here because the official Envoy image has nothing that does.
 *
 * A container that shares another one's network keeps the old one when that one is restarted, and is cut off then. So
 * where the service beside it stays away, the script ends, and Docker starts it again in the new one.
 */
export function sidecarScript({ consulAddress, instance, port, directory, tokenFile }: SidecarScript): string {
    const [host, httpPort] = consulAddress.split(":");
    return `# Asks Consul's agent; succeeds when it answers 200.
consul() (
    exec 2>/dev/null 3<>/dev/tcp/${host}/${httpPort} || exit 1
    printf '%s /v1/agent/service/%s HTTP/1.1\\r\\nHost: consul\\r\\nX-Consul-Token: %s\\r\\n' "$1" "$2" "$token" >&3
    printf 'Content-Length: %s\\r\\nConnection: close\\r\\n\\r\\n%s' "\${#3}" "$3" >&3
    read -t 5 -r _ status _ <&3
    [ "$status" = 200 ]
)

register() {
    template=$(<${directory}/${SIDECAR_FILES.registration})
    consul PUT "register?replace-existing-checks=true" "\${template//${ADDRESS}/$(hostname -i)}"
}

# An address is only where a container listens now, so the registration goes with it.
leave() {
    consul PUT deregister/${instance} ""
    kill -TERM "$envoy"
    wait "$envoy"
    exit 0
}

beside() {
    ${port === undefined ? "true" : `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null`}
}

token=$(<${tokenFile})
until register; do
    echo "cannot register in Consul yet"
    sleep 0.5
done
umask 077
template=$(<${directory}/${SIDECAR_FILES.bootstrap})
printf '%s' "\${template/${TOKEN_PLACE}/$token}" >${RENDERED_BOOTSTRAP}
envoy -c ${RENDERED_BOOTSTRAP} --concurrency 1 --disable-hot-restart --log-level warning &
envoy=$!
trap leave TERM INT
missing=0
while kill -0 "$envoy" 2>/dev/null; do
    sleep 1 &
    wait $!
    if beside; then missing=0; else missing=$((missing + 1)); fi
    if [ "$missing" -ge 5 ]; then
        echo "the service beside this sidecar is gone"
        kill -TERM "$envoy"
    fi
    consul GET ${instance} "" || register
done
exit 1
`;
}

/** Only the sidecar's own user can read it, as the token's own file. Envoy refuses files under /dev. */
const RENDERED_BOOTSTRAP = "/tmp/bootstrap.json";
