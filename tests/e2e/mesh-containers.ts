import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { envoyBootstrap } from "../../components/mesh-envoy";
import { MeshMember, SIDECAR_FILES, registration, sidecarScript } from "../../components/mesh-sidecar-script";
import { run } from "../command";
import { StackApis } from "./stack-apis";
import { TestStack } from "./test-stack";

const DIRECTORY = "/etc/envoy";

/**
 * Speaks plain HTTP from inside a container, with Bash, which the Envoy image has.
 *
 * @returns what was answered, "" where the connection was closed without a word, or Bash's complaint where there was none.
 */
export async function speaks(container: string, to: string, path: string): Promise<string> {
    const request = `GET ${path} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n`;
    const script = `exec 3<>/dev/tcp/${to.replace(":", "/")} && { printf '${request}' >&3; cat <&3; }`;
    const { stdout, stderr } = await run("docker", ["exec", container, "timeout", "10", "bash", "-c", script]);
    return stdout || stderr;
}

/** A number that Envoy counts. @param counter pattern of its whole name */
export async function envoyCounts(container: string, counter: string): Promise<number> {
    const answer = await speaks(container, "127.0.0.1:19000", "/stats");
    const count = new RegExp(`^${counter}: (\\d+)`, "m").exec(answer)?.[1];
    if (count === undefined) {
        throw new Error(`Envoy in ${container} counts no ${counter}`);
    }
    return Number(count);
}

/** Serial numbers of all certificates an Envoy has, those of draining listeners too. */
export async function serialsOf(container: string): Promise<string[]> {
    const answer = await speaks(container, "127.0.0.1:19000", "/certs");
    return [...answer.matchAll(/"serial_number": "(\w+)"/g)].map(([, serial = ""]) => serial);
}

/** A container on the stack's network that is no part of the stack. */
export async function startForeigner(stack: TestStack): Promise<string> {
    const name = `${stack.prefix}-foreigner`;
    const network = ["--network", `${stack.prefix}-network`];
    await must("run", "-d", "--name", name, ...network, "--entrypoint", "sleep", stack.settings.envoyImage, "infinity");
    return name;
}

/** A container with an identity of its own in the mesh and a sidecar's Envoy, as a member that was never foreseen. */
export async function startMember(stack: TestStack, apis: StackApis, member: MeshMember): Promise<string> {
    const name = `${stack.prefix}-${member.service}-member`;
    const consulAddress = `${stack.prefix}-consul:8500`;
    const instance = `${member.service}-member`;
    const identity = { ServiceIdentities: [{ ServiceName: member.service }] };
    const answer = await fetch(`${apis.out("consulUrl")}/v1/acl/token`, {
        method: "PUT",
        headers: { "X-Consul-Token": apis.out("consulToken") },
        body: JSON.stringify(identity),
    });
    const { SecretID: token } = (await answer.json()) as { SecretID: string };
    const script = { consulAddress, instance, directory: DIRECTORY };
    const files = {
        [SIDECAR_FILES.bootstrap]: envoyBootstrap({ consulAddress, service: member.service, instance }),
        [SIDECAR_FILES.registration]: registration(member, instance),
        [SIDECAR_FILES.script]: sidecarScript({ ...script, tokenFile: `${DIRECTORY}/consul-token` }),
        "consul-token": token,
    };
    const network = ["--network", `${stack.prefix}-network`];
    const command = ["--entrypoint", "bash", stack.settings.envoyImage, `${DIRECTORY}/${SIDECAR_FILES.script}`];
    await must("create", "--name", name, ...network, ...command);
    const directory = mkdtempSync(join(tmpdir(), "mesh-"));
    try {
        Object.entries(files).forEach(([file, text]) => writeFileSync(join(directory, file), text));
        await must("cp", `${directory}/.`, `${name}:${DIRECTORY}`);
    } finally {
        rmSync(directory, { recursive: true });
    }
    await must("start", name);
    return name;
}

async function must(...args: string[]): Promise<void> {
    const { code, stderr } = await run("docker", args);
    if (code !== 0) {
        throw new Error(`docker ${args[0]} ended with ${code}: ${stderr}`);
    }
}
