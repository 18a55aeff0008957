import { createHash } from "node:crypto";
import { quoted } from "./hcl";
import {
    CONFINED_CONFIG,
    NO_CONSUL_TOKEN,
    NO_CONSUL_TOKEN_FILE,
    PUSHGATEWAY_CREDENTIALS_FILE,
    TASK_LOGS,
    pushgatewayCredentials,
} from "./job-rules";
import { PUSHGATEWAY_SERVICE, TRAINING_MEMBER } from "./mesh-edges";
import { MESH_TASK_NETWORK, MeshTask, meshTaskHcl } from "./mesh-task";
import { ARTIFACTS_VOLUME, DATA_VOLUME, NOMAD_USER } from "./nomad-config";
import { Settings } from "./settings";

/** Id of the stack's own training; also the `job` label of the metrics of every training. */
export const TRAINING_JOB = "ml-training";
/** Id of its parameterized sibling; its variants and the children of all of them have ids that begin with it and a slash. */
export const DISPATCH_JOB = "ml-train";
/** Training parameters that a dispatch may set in place of the stack's defaults, by Consul key. */
export const DISPATCH_PARAMETERS = [
    "model",
    "experiment",
    "epochs",
    "batch_size",
    "learning_rate",
    "seed",
    "dataset",
    "hidden_layers",
] as const;
/** What else a dispatch may set: a limit in seconds, and the id of the sweep that a run belongs to. */
export const DISPATCH_EXTRAS = ["time_limit", "sweep"] as const;
/** Consul service of the running training tasks: what Prometheus asks for to find their own metrics. */
export const TRAINING_SERVICE = TRAINING_JOB;
/** Port of a task's own metrics, in its container. */
const TASK_METRICS_PORT = 8000;
/** Where a training finds the stack's two volumes: one folder a run for what it leaves behind, and the team's data. */
const ARTIFACTS_PATH = "/artifacts";
export const DATA_PATH = "/data";
/** Where the training defaults live in Consul's key-value store. */
export const TRAINING_KEYS = "mlops/training/";
/** Nomad variable with Pushgateway's credentials, at the one path that the tasks of every job may read without a policy. */
export const TRAINING_VARIABLE = "nomad/jobs";

/** The training defaults as they stand in Consul, by key below `TRAINING_KEYS`. */
export function trainingDefaults(settings: Settings): Record<string, string> {
    return {
        batch_size: String(settings.trainingBatchSize),
        dataset: settings.trainingDataset,
        epochs: String(settings.trainingEpochs),
        experiment: settings.trainingExperiment,
        hidden_layers: settings.trainingHiddenLayers,
        learning_rate: String(settings.trainingLearningRate),
        model: settings.trainingModel,
        seed: String(settings.trainingSeed),
    };
}

/** What the job description is made from. */
export interface TrainingJob {
    /** Trainer image with its content-hash tag. Never `latest`: Nomad always pulls that. */
    readonly image: string;
    readonly networkName: string;
    /** URL of Pushgateway on the stack's network. */
    readonly pushgatewayUrl: string;
    /** Training defaults by Consul key, for a fingerprint: the values themselves are read from Consul when a run starts. */
    readonly defaults: Readonly<Record<string, string>>;
    readonly cpuMhz: number;
    readonly memoryMiB: number;
    /** The way to Pushgateway through the mesh. @default there is no mesh */
    readonly mesh?: MeshTask;
}

/**
 * The one description of `ml-training`, in HCL: submitted by Pulumi and mounted in Nomad's container.
 *
 * Changed defaults change the fingerprint and so run the training once more, although the job reads them from Consul.
 */
export function trainingJobHcl(job: TrainingJob): string {
    const parameters = Object.keys(job.defaults)
        .sort()
        .map((key) => `TRAINING_${key.toUpperCase()}={{ key "${TRAINING_KEYS}${key}" | toJSON }}`);
    return `job "${TRAINING_JOB}" {
  datacenters = ["dc1"]
  type        = "batch"

  meta {
    defaults = "${fingerprint(job.defaults)}"
  }

${trainingGroup(job, parameters)}}
`;
}

/**
 * The description of `ml-train`, in HCL: the same training with the parameters of its dispatch. What a dispatch leaves
 * out is the stack's default at that time.
 */
export function dispatchJobHcl(job: TrainingJob): string {
    const keys = [...DISPATCH_PARAMETERS, ...DISPATCH_EXTRAS];
    const parameters = [
        ...DISPATCH_PARAMETERS.map((key) => {
            const given = `env "NOMAD_META_${key}"`;
            return `TRAINING_${key.toUpperCase()}={{ with ${given} }}{{ . | toJSON }}{{ else }}{{ key "${TRAINING_KEYS}${key}" | toJSON }}{{ end }}`;
        }),
        ...DISPATCH_EXTRAS.map((key) => `TRAINING_${key.toUpperCase()}={{ env "NOMAD_META_${key}" | toJSON }}`),
    ];
    return `job "${DISPATCH_JOB}" {
  datacenters = ["dc1"]
  type        = "batch"

  parameterized {
    payload       = "forbidden"
    meta_optional = ${JSON.stringify(keys)}
  }

${trainingGroup(job, parameters)}}
`;
}

/**
 * The task group of a training. A failure is final and visible: neither restarted nor rescheduled.
 *
 * @param parameters lines of the template that becomes the task's `TRAINING_…` environment.
 */
function trainingGroup(job: TrainingJob, parameters: readonly string[]): string {
    return `  group "training" {
    count = 1

    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    # A client that is away does not end its runs: when it is back, they are still its own.
    disconnect {
      lost_after = "1h"
      replace    = false
    }

    volume "artifacts" {
      type   = "host"
      source = "${ARTIFACTS_VOLUME}"
    }

    volume "data" {
      type      = "host"
      source    = "${DATA_VOLUME}"
      read_only = true
    }

${job.mesh ? trainingMeshTask(job, job.mesh) : ""}    task "train" {
      driver = "docker"
      # The client's own uid: it is not root, and could not remove the files of another user with the allocation.
      user   = "${NOMAD_USER}"

      # An identity of its own is worth a Consul token that can read the training defaults.
      consul {}

      config {
        image        = ${quoted(job.image)}
        network_mode = ${job.mesh ? `"${MESH_TASK_NETWORK}"` : quoted(job.networkName)}
${CONFINED_CONFIG}      }

      env {
        PUSHGATEWAY_URL = ${quoted(job.pushgatewayUrl)}
        PUSHGATEWAY_JOB = "${TRAINING_JOB}"
        METRICS_PORT    = "${TASK_METRICS_PORT}"

        PUSHGATEWAY_CREDENTIALS_FILE = "${PUSHGATEWAY_CREDENTIALS_FILE}"

        TRAINING_ARTIFACTS_DIR = "${ARTIFACTS_PATH}/\${NOMAD_ALLOC_ID}"
      }

      # Docker mounts what lies in its own directory only as a slave ("host-to-task") of the host's mounts.
      volume_mount {
        volume           = "artifacts"
        destination      = "${ARTIFACTS_PATH}"
        propagation_mode = "host-to-task"
      }

      volume_mount {
        volume           = "data"
        destination      = "${DATA_PATH}"
        read_only        = true
        propagation_mode = "host-to-task"
      }

${job.mesh ? "" : METRICS_SERVICE}      template {
        destination = "local/parameters.env"
        env         = true
        change_mode = "noop"
        data        = <<-EOF
${[...parameters, ...NO_CONSUL_TOKEN].map((line) => `          ${line}`).join("\n")}
        EOF
      }

${NO_CONSUL_TOKEN_FILE}
${pushgatewayCredentials(TRAINING_VARIABLE)}
      resources {
        cpu    = ${job.cpuMhz}
        memory = ${job.memoryMiB}
      }

${TASK_LOGS}
      kill_timeout = "10s"
    }
  }
`;
}

/** Where Prometheus finds the task's own /metrics; in the task that has an address on the stack's network. */
const METRICS_SERVICE = `      # Where Prometheus finds the task's own /metrics; the address is the container's on the stack's network.
      service {
        provider     = "consul"
        name         = "${TRAINING_SERVICE}"
        port         = "${TASK_METRICS_PORT}"
        address_mode = "driver"
      }

`;

function trainingMeshTask({ networkName }: TrainingJob, mesh: MeshTask): string {
    const upstreams = mesh.upstreams.filter(({ service }) => service === PUSHGATEWAY_SERVICE);
    return meshTaskHcl({ ...mesh, networkName }, { service: TRAINING_MEMBER, upstreams }, METRICS_SERVICE);
}

/** Short fingerprint of the defaults, the same whatever their order. */
function fingerprint(defaults: Readonly<Record<string, string>>): string {
    const sorted = Object.entries(defaults).sort(([a], [b]) => a.localeCompare(b));
    return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 12);
}
