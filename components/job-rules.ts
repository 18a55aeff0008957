/**
 * What every task of the stack has in its `config` besides its image, network and entry point: no privileges, rotated
 * logs, and nothing to write to but /tmp (in memory, 128 MiB, 1777), /alloc, /local, /secrets and the volumes it mounts.
 */
export const CONFINED_CONFIG = `        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
        pids_limit      = 256
        readonly_rootfs = true

        mount {
          type   = "tmpfs"
          target = "/tmp"
          tmpfs_options {
            size = ${128 * 1024 * 1024}
            mode = ${0o1777}
          }
        }

        logging {
          type = "json-file"
          config {
            max-size = "10m"
            max-file = "3"
          }
        }
`;

/** How much of a task's output Nomad keeps. */
export const TASK_LOGS = `      logs {
        max_files     = 3
        max_file_size = 10
      }
`;

/** The file with Pushgateway's credentials in a task, as a job's `env` names it to the trainer and the sweeper. */
export const PUSHGATEWAY_CREDENTIALS_FILE = "${NOMAD_SECRETS_DIR}/pushgateway-credentials";

/**
 * That file, `user:password`, out of the Nomad variable at `path`. Not an environment file: `docker inspect` shows the
 * environment of a task. Nomad writes it again when the variable changes, and who reads it for each push goes on.
 */
export function pushgatewayCredentials(path: string): string {
    return `      template {
        destination = "secrets/pushgateway-credentials"
        change_mode = "noop"
        perms       = "0600"
        data        = <<-EOF
          {{ with nomadVar "${path}" }}{{ .username }}:{{ .password }}{{ end }}
        EOF
      }
`;
}

/**
 * A task with an identity for Consul is handed the token that this is worth, in its environment, where `docker inspect`
 * shows it, and in a file. It is Nomad that needs it, to render the templates, and Nomad has it elsewhere; so these lines
 * for an environment file and this template take it from the task again.
 */
export const NO_CONSUL_TOKEN = ["CONSUL_TOKEN=", "CONSUL_HTTP_TOKEN="];
export const NO_CONSUL_TOKEN_FILE = `      template {
        destination = "secrets/consul_token"
        change_mode = "noop"
        perms       = "0600"
        data        = "\\n"
      }
`;
