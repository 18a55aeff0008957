/** What every task of the stack has in its `config` besides its image, network and entry point: no privileges, rotated logs. */
export const CONFINED_CONFIG = `        cap_drop     = ["all"]
        security_opt = ["no-new-privileges"]
        pids_limit   = 256

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

/** A task's environment file with Pushgateway's credentials, out of the Nomad variable at `path`. */
export function pushgatewayCredentials(path: string): string {
    return `      template {
        destination = "secrets/pushgateway.env"
        env         = true
        change_mode = "noop"
        perms       = "0600"
        data        = <<-EOF
          {{ with nomadVar "${path}" }}
          PUSHGATEWAY_USERNAME={{ .username }}
          PUSHGATEWAY_PASSWORD={{ .password }}
          {{ end }}
        EOF
      }
`;
}
