import { PART_LABEL, STACK_LABEL } from "../../components/labels";
import { Inputs, Resource, UNKNOWN } from "../../policy/resource";
import { CONTAINER, IMAGE, JOB, NETWORK, REMOTE_IMAGE, RULES, VOLUME, violations } from "../../policy/rules";

const labels = (part: string) => [
    { label: PART_LABEL, value: part },
    { label: STACK_LABEL, value: "mlops" },
];

/** A service that keeps every rule. */
const service: Inputs = {
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
const init: Inputs = {
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

const socket = { hostPath: "/var/run/docker.sock", containerPath: "/var/run/docker.sock" };

const text = `job "web" {
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

/** The good job with one text in place of another. */
function job(from: string, to: string): Inputs {
    expect(text).toContain(from);
    return { jobspec: text.replace(from, to) };
}

/** The inputs of the good service that are marked as secrets. */
const SECRETS: readonly string[] = ["uploads.0.content"];

async function broken(type: string, inputs: Inputs, secrets: Resource["secrets"]): Promise<string[]> {
    const found = RULES.map(async (rule) =>
        (await violations(rule, { type, inputs, secrets })).map((violation) => `${rule.name}: ${violation}`),
    );
    return (await Promise.all(found)).flat();
}

const uuid = "01234567-89ab-4def-8123-456789abcdef";
const upload = (changes: Inputs) => ({ uploads: [{ ...(service.uploads as Inputs[])[0], ...changes }] });

type BadCase = readonly [rule: string, type: string, inputs: Inputs, says: string, secrets?: readonly string[]];

const containerCases: BadCase[] = [
    ["pinned-images", CONTAINER, { image: "web" }, '"web" is not pinned'],
    ["pinned-images", CONTAINER, { image: "registry.example:5000/web" }, "is not pinned"],
    ["pinned-images", CONTAINER, { image: "web:latest" }, "is not pinned"],
    ["pinned-images", CONTAINER, { image: undefined }, "is not pinned"],
    ["health-checks", CONTAINER, { healthcheck: undefined }, "has no health check"],
    ["health-checks", CONTAINER, { healthcheck: { tests: ["NONE"] } }, "has no health check"],
    ["health-checks", CONTAINER, { healthcheck: undefined, mustRun: false, restart: "always" }, "has no health check"],
    ["loopback-ports", CONTAINER, { ports: [{ internal: 80, ip: "0.0.0.0" }] }, "Port 80 is published on 0.0.0.0"],
    ["loopback-ports", CONTAINER, { ports: [{ internal: 80 }] }, "published on every address"],
    ["loopback-ports", CONTAINER, { publishAllPorts: true }, "every address"],
    ["log-rotation", CONTAINER, { logDriver: undefined }, "not rotated"],
    ["log-rotation", CONTAINER, { logOpts: { "max-size": "10m" } }, "max-file undefined"],
    ["log-rotation", CONTAINER, { logOpts: { "max-size": "-1", "max-file": "3" } }, "max-size -1"],
    ["memory-limits", CONTAINER, { memory: undefined }, "no memory limit"],
    ["memory-limits", CONTAINER, { memory: 0, memorySwap: 0 }, "no memory limit"],
    ["memory-limits", CONTAINER, { memorySwap: -1 }, "swap on top"],
    ["dropped-capabilities", CONTAINER, { capabilities: undefined }, "drop ALL"],
    ["dropped-capabilities", CONTAINER, { capabilities: { drops: ["ALL"], adds: ["CHOWN"] } }, "CHOWN is not allowed"],
    ["no-new-privileges", CONTAINER, { securityOpts: [] }, "may gain privileges"],
    ["no-new-privileges", CONTAINER, { securityOpts: ["no-new-privileges:false"] }, "may gain privileges"],
    [
        "no-new-privileges",
        CONTAINER,
        { securityOpts: ["no-new-privileges", "seccomp=unconfined"] },
        "takes a protection away",
    ],
    ["no-host-access", CONTAINER, { privileged: true }, "is privileged"],
    ["no-host-access", CONTAINER, { networkMode: "host" }, "networkMode is host"],
    ["no-host-access", CONTAINER, { networksAdvanced: [{ name: "host" }] }, "in network host"],
    ["no-host-access", CONTAINER, { pidMode: "host" }, "pidMode is host"],
    ["no-host-access", CONTAINER, { ipcMode: "host" }, "ipcMode is host"],
    ["no-host-access", CONTAINER, { usernsMode: "host" }, "usernsMode is host"],
    ["no-host-access", CONTAINER, { devices: [{ hostPath: "/dev/sda" }] }, "devices of the host"],
    ["no-host-paths", CONTAINER, { volumes: [{ hostPath: "/etc", containerPath: "/etc" }] }, "Path /etc"],
    ["no-host-paths", CONTAINER, { volumes: [{ volumeName: "/etc", containerPath: "/etc" }] }, "Path /etc"],
    ["no-host-paths", CONTAINER, { volumes: [{ fromContainer: "other" }] }, "volumes of other"],
    ["no-host-paths", CONTAINER, { mounts: [{ type: "bind", source: "/etc", target: "/etc" }] }, "Path /etc"],
    ["no-host-paths", CONTAINER, { volumes: [socket] }, 'Part "web" mounts the engine\'s socket'],
    [
        "no-host-paths",
        CONTAINER,
        {
            name: "mlops-nomad-client",
            labels: labels("nomad-client"),
            volumes: [{ ...socket, hostPath: "/run/other.sock" }],
        },
        "Path /run/other.sock",
    ],
    ["no-root", CONTAINER, { user: undefined }, "its image's user"],
    ["no-root", CONTAINER, { user: "0:1000" }, "runs as 0:1000"],
    ["no-root", CONTAINER, { user: "root" }, "runs as root"],
    ["no-root", CONTAINER, { ...init, networkMode: "bridge", capabilities: { drops: ["ALL"] } }, "runs as 0:0"],
    ["read-only-root", CONTAINER, { readOnly: undefined }, "can write to its root file system"],
    ["labels", CONTAINER, { labels: [] }, `Label ${PART_LABEL} and ${STACK_LABEL} is missing`],
    ["labels", CONTAINER, { labels: labels("nomad-client") }, "its labels say mlops-nomad-client"],
    ["labels", VOLUME, { name: "mlops-data" }, "is missing"],
    ["labels", NETWORK, { name: "mlops-network" }, "is missing"],
    ["judged-types", "docker:index/service:Service", {}, "No rule judges docker:index/service:Service"],
];

const secretCases: BadCase[] = [
    ["secrets-hidden", CONTAINER, { envs: ["WEB_PASSWORD=geheim"] }, "envs.0 gives WEB_PASSWORD a value"],
    ["secrets-hidden", CONTAINER, { envs: [`WEB_TICKET=${uuid}`] }, "a token of Consul or Nomad"],
    ["secrets-hidden", CONTAINER, { envs: ["X=http://me:geheim@web/"] }, "credentials in a URL"],
    ["secrets-hidden", CONTAINER, { envs: ["WEB_MODE=x"] }, "envs.0 is a secret", ["envs.0", ...SECRETS]],
    ["secrets-hidden", CONTAINER, { command: ["sh", "-c", "x"] }, "command.2 is a secret", ["command", ...SECRETS]],
    ["secrets-hidden", CONTAINER, { command: ["--api-token=geheim"] }, "gives --api-token a value"],
    ["secrets-hidden", CONTAINER, { command: ["-token", "geheim"] }, "gives -token a value"],
    ["secrets-hidden", CONTAINER, { entrypoints: ["sh", "-c", "TOKEN='geheim' run"] }, "gives TOKEN a value"],
    [
        "secrets-hidden",
        CONTAINER,
        { healthcheck: { tests: ["CMD", "curl", "-H", "Authorization: Basic bWU6Z2VoZWlt", "x"] } },
        "an authorization header",
    ],
    [
        "secrets-hidden",
        CONTAINER,
        { labels: [...labels("web"), { label: "web.token", value: "geheim" }] },
        "Label web.token names a secret",
    ],
    ["secrets-hidden", IMAGE, { imageName: "web:1", build: { args: { NPM_TOKEN: "x" } } }, "stays in the image"],
    ["secrets-hidden", IMAGE, { imageName: "web:1", build: { args: { INDEX: "https://me:geheim@x/" } } }, "a URL"],
    ["secrets-encrypted", CONTAINER, {}, "content is not marked as a secret", []],
    ["secrets-encrypted", CONTAINER, upload({ permissions: "0644" }), "but its mode is 0644"],
    ["secrets-encrypted", CONTAINER, upload({ permissions: undefined, content: "password: geheim" }), "mode is 0644"],
    ["secrets-encrypted", CONTAINER, upload({ permissions: "0640", content: uuid }), "its mode is 0640", []],
    ["secrets-encrypted", "pulumi:providers:consul", { token: "x" }, "token is a secret by its name"],
    ["secrets-encrypted", "pulumi:providers:nomad", { secretId: "x" }, "secretId is a secret by its name"],
    ["secrets-encrypted", "pulumi:providers:grafana", { auth: "admin:x" }, "auth is a secret by its name"],
    ["secrets-encrypted", "nomad:index/variable:Variable", { items: { username: "me" } }, "items.username is a secret"],
    ["secrets-encrypted", "x:index/y:Y", { nested: [{ adminPassword: "x" }] }, "nested.0.adminPassword is a secret"],
    ["secrets-encrypted", "x:index/y:Y", { text: `$2b$10$${"x".repeat(53)}` }, "text holds a bcrypt hash"],
    ["secrets-encrypted", "x:index/y:Y", { text: "-----BEGIN EC PRIVATE KEY-----" }, "text holds a private key"],
];

const otherCases: BadCase[] = [
    ["pinned-images", REMOTE_IMAGE, { name: "web" }, "is not pinned"],
    ["pinned-images", IMAGE, { imageName: "web" }, "is not pinned"],
    [
        "pinned-images",
        IMAGE,
        { imageName: "web:1", build: { args: { BASE_IMAGE: "debian" } } },
        '"debian" is not pinned',
    ],
    ["no-host-access", NETWORK, { name: "mlops-web", labels: labels("web"), driver: "host" }, "driver is host"],
    [
        "no-host-paths",
        VOLUME,
        { name: "mlops-web", labels: labels("web"), driverOpts: { o: "bind", device: "/etc" } },
        "stands for /etc",
    ],
    ["no-host-paths", VOLUME, { name: "mlops-web", labels: labels("web"), driver: "other" }, "driver is other"],
];

const jobCases: (readonly [rule: string, from: string, to: string, says: string])[] = [
    ["pinned-images", "web:1.2.3", "web:latest", "is not pinned"],
    ["loopback-ports", 'task "serve" {', 'network {\n port "x" {}\n }\ntask "serve" {', "Port x is published"],
    ["loopback-ports", "image        =", 'ports = ["x"]\nimage =', "Port x is published"],
    ["log-rotation", 'max-size = "10m"', "", "not rotated"],
    ["memory-limits", "memory = 64", "cpu = 64", "no memory limit"],
    ["process-limits", "pids_limit   = 256", "", "no limit of processes"],
    ["dropped-capabilities", 'cap_drop     = ["all"]', "", "default capabilities"],
    ["dropped-capabilities", "pids_limit", 'cap_add = ["net_admin"]\npids_limit', "net_admin is added"],
    ["no-new-privileges", '["no-new-privileges"]', "[]", "may gain privileges"],
    ["no-host-access", "pids_limit", "privileged = true\npids_limit", "It is privileged"],
    ["no-host-access", '"mlops-network"', '"host"', "network_mode is host"],
    ["no-host-access", "pids_limit", 'pid_mode = "host"\npids_limit', "pid_mode is host"],
    ["no-host-access", "pids_limit", 'ipc_mode = "host"\npids_limit', "ipc_mode is host"],
    ["no-host-access", 'driver = "docker"', 'driver = "raw_exec"', "driver is raw_exec"],
    ["no-host-access", 'task "serve" {', 'network {\n mode = "host"\n }\ntask "serve" {', "the host's"],
    ["no-host-paths", "pids_limit", 'volumes = ["/etc:/etc"]\npids_limit', "mounts /etc:/etc"],
    [
        "no-host-paths",
        "pids_limit",
        'volumes = ["/var/run/docker.sock:/var/run/docker.sock"]\npids_limit',
        "mounts /var/run/docker.sock",
    ],
    ["no-host-paths", "pids_limit", 'volumes = ["../../x:/x"]\npids_limit', "mounts ../../x"],
    ["no-host-paths", "pids_limit", 'mount {\n type = "bind"\n source = "/etc"\n }\npids_limit', "mounts /etc"],
    ["no-host-paths", 'source    = "data"', 'source    = "root"', "host volume root"],
    ["no-host-paths", "read_only = true", "", "without read_only"],
    ["no-root", 'user   = "1000:1000"', "", "its image's user"],
    ["no-root", '"1000:1000"', '"root"', "runs as root"],
    ["secrets-hidden", "TOKEN_FILE", 'PASSWORD = "geheim"\nTOKEN_FILE', "gives PASSWORD a value"],
    ["secrets-hidden", "TOKEN_FILE", `X = "${uuid}"\nTOKEN_FILE`, "a token of Consul or Nomad"],
    ["secrets-hidden", "pids_limit", 'args = ["--token=geheim"]\npids_limit', "gives --token a value"],
    ["secrets-hidden", "data        =", "env = true\ndata =", "puts a secret into the environment"],
];

test.each<[what: string, type: string, inputs: Inputs, secrets?: string[]]>([
    ["service", CONTAINER, service],
    ["init container", CONTAINER, init],
    [
        "client with the socket",
        CONTAINER,
        { ...service, name: "mlops-nomad-client", labels: labels("nomad-client"), volumes: [socket] },
    ],
    [
        "service of which a preview knows little",
        CONTAINER,
        {
            ...service,
            user: UNKNOWN,
            ports: UNKNOWN,
            memory: UNKNOWN,
            image: UNKNOWN,
            envs: [UNKNOWN],
            uploads: [{ file: "/x", permissions: "0600", content: UNKNOWN }],
        },
    ],
    ["image by digest", REMOTE_IMAGE, { name: `registry.example:5000/web@sha256:${"0".repeat(64)}` }],
    ["job", JOB, { jobspec: text }],
    ["job of which a preview knows nothing", JOB, { jobspec: UNKNOWN }],
    ["volume", VOLUME, { name: "mlops-web", labels: labels("web"), driver: "local" }],
    ["provider with a marked token", "pulumi:providers:consul", { token: "x" }, ["token"]],
])("finds nothing in a good %s", async (...[, type, inputs, secrets = SECRETS]) => {
    expect(await broken(type, inputs, new Set(secrets))).toEqual([]);
});

test("finds nothing in a good service whose marks cannot be seen", async () => {
    expect(await broken(CONTAINER, service, undefined)).toEqual([]);
});

/** Both rules about secrets speak of a secret that is neither hidden nor encrypted. */
function byOtherRules(found: string[], rule: string): string[] {
    return found.filter((violation) => !violation.startsWith(rule.startsWith("secrets-") ? "secrets-" : `${rule}: `));
}

test.each([...containerCases, ...secretCases, ...otherCases].map((bad) => ({ title: JSON.stringify(bad), bad })))(
    "is broken: $title",
    async ({ bad: [rule, type, changes, says, secrets = SECRETS] }) => {
        const inputs = type === CONTAINER ? { ...service, ...changes } : changes;
        const found = await broken(type, inputs, new Set(secrets));
        expect(byOtherRules(found, rule)).toEqual([]);
        expect(found.filter((violation) => violation.startsWith(`${rule}: `)).join("\n")).toContain(says);
    },
);

test.each(jobCases)("%s is broken by a job with %j replaced by %j", async (rule, from, to, says) => {
    const found = await broken(JOB, job(from, to), new Set());
    expect(byOtherRules(found, rule)).toEqual([]);
    expect(found.join("\n")).toContain(says);
});

test("refuses a job in JSON, which it cannot judge", async () => {
    expect((await broken(JOB, { jobspec: "{}", json: true }, new Set())).join("\n")).toContain("write it in HCL");
});

test("every rule is broken by at least one case", () => {
    const covered = [...containerCases, ...secretCases, ...otherCases, ...jobCases].map(([rule]) => rule);
    expect(RULES.map(({ name }) => name).filter((name) => !covered.includes(name))).toEqual([]);
});

test("never repeats a secret", async () => {
    const found = await broken(
        CONTAINER,
        {
            ...service,
            envs: [`PASSWORD=geheim-${uuid}`],
            command: ["-token", "geheim"],
        },
        new Set(SECRETS),
    );
    expect(found.length).toBeGreaterThan(2);
    expect(found.join("\n")).not.toMatch(/geheim|01234567/);
});
