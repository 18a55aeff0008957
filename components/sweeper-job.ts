import { quoted } from "./hcl";
import { CONFINED_CONFIG, PUSHGATEWAY_CREDENTIALS_FILE, TASK_LOGS, pushgatewayCredentials } from "./job-rules";
import { SWEEPER_MEMBER } from "./mesh-edges";
import { MESH_TASK_NETWORK, MeshTask, meshTaskHcl } from "./mesh-task";
import { MeshMember } from "./mesh-sidecar-script";
import { NOMAD_USER } from "./nomad-config";

/** Id of the job that ends what dead runs left behind. */
export const SWEEPER_JOB = "mlops-sweeper";
/** Nomad variable with Pushgateway's credentials; Prometheus has the same. */
export const SWEEPER_VARIABLE = `nomad/jobs/${SWEEPER_JOB}`;
/** What the sweeper's own identity may do in Nomad: look at allocations. */
export const SWEEPER_RULES = `namespace "default" {
  capabilities = ["read-job"]
}
`;

/** What the job description is made from. URLs are those on the stack's network. */
export interface SweeperJob {
    /** Trainer image with its content-hash tag: the sweeper is a module of the trainer. */
    readonly image: string;
    readonly networkName: string;
    readonly pushgatewayUrl: string;
    readonly prometheusUrl: string;
    readonly nomadUrl: string;
    /** The way to Pushgateway and Prometheus through the mesh. @default there is no mesh */
    readonly mesh?: MeshTask;
}

/**
 * The description of `mlops-sweeper`, in HCL: a service, which Nomad restarts for ever. It asks Nomad with the identity
 * of its own task, as a file because Nomad renews that.
 */
export function sweeperJobHcl(job: SweeperJob): string {
    return `job "${SWEEPER_JOB}" {
  datacenters = ["dc1"]
  type        = "service"

  group "sweeper" {
    count = 1

    restart {
      attempts = 5
      interval = "30s"
      delay    = "1s"
      mode     = "delay"
    }

    reschedule {
      delay          = "5s"
      delay_function = "constant"
      unlimited      = true
    }

    # Nomad trusts the identity of a task on a missing node for as long as the node may come back, and a sweeper that
    # still runs there is needed most then. Where there is another node, one more starts, which does no harm.
    disconnect {
      lost_after = "1h"
      replace    = true
    }

${job.mesh ? meshTaskHcl({ ...job.mesh, networkName: job.networkName }, sweeperMember(job.mesh)) : ""}    task "sweep" {
      driver = "docker"
      # The client's own uid, as for the training.
      user   = "${NOMAD_USER}"

      identity {
        file = true
      }

      config {
        image        = ${quoted(job.image)}
        network_mode = ${job.mesh ? `"${MESH_TASK_NETWORK}"` : quoted(job.networkName)}
        entrypoint   = ["/opt/venv/bin/python", "-P", "-m", "mlops_trainer.sweeper"]
${CONFINED_CONFIG}      }

      env {
        PUSHGATEWAY_URL  = ${quoted(job.pushgatewayUrl)}
        PROMETHEUS_URL   = ${quoted(job.prometheusUrl)}
        NOMAD_ADDR       = ${quoted(job.nomadUrl)}
        NOMAD_TOKEN_FILE = "\${NOMAD_SECRETS_DIR}/nomad_token"

        PUSHGATEWAY_CREDENTIALS_FILE = "${PUSHGATEWAY_CREDENTIALS_FILE}"
      }

${pushgatewayCredentials(SWEEPER_VARIABLE)}
      resources {
        cpu    = 50
        memory = 128
      }

${TASK_LOGS}
      kill_timeout = "5s"
    }
  }
}
`;
}

function sweeperMember({ upstreams }: MeshTask): MeshMember {
    return { service: SWEEPER_MEMBER, upstreams };
}
