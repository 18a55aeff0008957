import { quoted } from "./hcl";
import { CONFINED_CONFIG, NO_CONSUL_TOKEN, TASK_LOGS } from "./job-rules";
import { envoyBootstrap } from "./mesh-envoy";
import { MeshMember, Upstream, SIDECAR_FILES, registration, sidecarScript } from "./mesh-sidecar-script";
import { NOMAD_USER } from "./nomad-config";

/** Name of the sidecar's task; only tasks of this name get an identity in the mesh. */
export const MESH_TASK = "mesh";
/** `network_mode` of the task whose sidecar it is: the network of the sidecar's container, as Nomad names that. */
export const MESH_TASK_NETWORK = `container:${MESH_TASK}-\${NOMAD_ALLOC_ID}`;

/** What the sidecar of a job's task group is made from. */
export interface MeshTask {
    readonly envoyImage: string;
    /** `host:port` of Consul's HTTP API on the stack's network. */
    readonly consulAddress: string;
    /** Every service of the mesh that a task may want. */
    readonly upstreams: readonly Upstream[];
}

/**
 * The task, in HCL, that gives its group a way into the mesh: it starts before the others, they share its network, and
 * it ends after them. Its identity is that of its Nomad task, and Nomad fetches the Consul token for it.
 *
 * @param service a `service` block of the group's: only this task has an address. @default none
 */
export function meshTaskHcl(task: MeshTask & { networkName: string }, member: MeshMember, service = ""): string {
    // In a template, backquotes quote too, and JSON leaves them alone.
    const instance = `${member.service}-{{ env \`NOMAD_ALLOC_ID\` }}`;
    const files = {
        [SIDECAR_FILES.bootstrap]: envoyBootstrap({
            consulAddress: task.consulAddress,
            service: member.service,
            instance,
        }),
        [SIDECAR_FILES.registration]: registration(member, instance),
        [SIDECAR_FILES.script]: sidecarScript({
            consulAddress: task.consulAddress,
            instance,
            directory: "/local",
            tokenFile: "/secrets/consul_token",
        }),
    };
    return `    # The way into the mesh. The others share its network; it starts before them and ends after them.
    task "${MESH_TASK}" {
      driver = "docker"
      user   = "${NOMAD_USER}"

      lifecycle {
        hook    = "prestart"
        sidecar = true
      }

      consul {}

      config {
        image        = ${quoted(task.envoyImage)}
        network_mode = ${quoted(task.networkName)}
        entrypoint   = ["bash", "/local/${SIDECAR_FILES.script}"]
${CONFINED_CONFIG}      }

${service}${Object.entries(files)
        .map(([name, text]) => template(name, text))
        .join("")}
${template("no-token.env", NO_CONSUL_TOKEN.join("\n"), "        env         = true\n")}
      resources {
        cpu    = 50
        memory = 96
      }

${TASK_LOGS}
      kill_timeout = "5s"
    }

`;
}

/** A file of the task's; what HCL would take for its own interpolation is escaped. */
function template(name: string, text: string, more = ""): string {
    const lines = text
        .trimEnd()
        .split("\n")
        .map((line) => (line === "" ? "" : `          ${line.replaceAll("${", () => "$${")}`));
    return `      template {
        destination = "local/${name}"
        change_mode = "noop"
${more}        data        = <<-EOF
${lines.join("\n")}
        EOF
      }

`;
}
