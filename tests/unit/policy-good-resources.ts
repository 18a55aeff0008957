import { PART_LABEL, STACK_LABEL } from "../../components/labels";
import { Inputs } from "../../policy/resource";

export const labels = (part: string) => [
    { label: PART_LABEL, value: part },
    { label: STACK_LABEL, value: "mlops" },
];

/** A service that keeps every rule. */
export const service: Inputs = {
    name: "mlops-web",
    image: "registry.example:5000/web:1.2.3",
    user: "1000:1000",
    networkMode: "bridge",
    networksAdvanced: [{ name: "mlops-network" }],
    ports: [{ internal: 80, external: 8080, ip: "127.0.0.1" }],
    volumes: [{ volumeName: "mlops-web-data", containerPath: "/data" }],
    healthcheck: { tests: ["CMD-SHELL", "wget -q -O - http://127.0.0.1/"] },
    envs: ["WEB_PASSWORD_FILE=/etc/web/password", "WEB_TOKENS_ENABLED=false"],
    command: ["--web.config.file=/etc/web.yml", "-token-file", "/etc/web/token"],
    uploads: [{ file: "/etc/web/password", content: "geheim", permissions: "0600" }],
    memory: 256,
    memorySwap: 256,
    readOnly: true,
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "3" },
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    labels: labels("web"),
};

/** An init container that keeps every rule. */
export const init: Inputs = {
    ...service,
    name: "mlops-web-init",
    labels: labels("web-init"),
    user: "0:0",
    mustRun: false,
    restart: "no",
    networkMode: "none",
    networksAdvanced: undefined,
    healthcheck: undefined,
    ports: undefined,
    capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"] },
};

export const socket = { hostPath: "/var/run/docker.sock", containerPath: "/var/run/docker.sock" };

/** A job that keeps every rule. */
export const jobText = `job "web" {
  group "web" {
    volume "data" {
      type      = "host"
      source    = "data"
      read_only = true
    }
    task "serve" {
      driver = "docker"
      user   = "1000:1000"
      config {
        image        = "web:1.2.3"
        network_mode = "mlops-network"
        cap_drop     = ["all"]
        security_opt = ["no-new-privileges"]
        pids_limit   = 256
        readonly_rootfs = true
        logging {
          type = "json-file"
          config {
            max-size = "10m"
            max-file = "3"
          }
        }
      }
      env {
        TOKEN_FILE = "\${NOMAD_SECRETS_DIR}/token"
      }
      template {
        destination = "secrets/password"
        data        = "{{ with nomadVar \\"nomad/jobs/web\\" }}{{ .password }}{{ end }}"
      }
      resources {
        memory = 64
      }
    }
  }
}
`;
