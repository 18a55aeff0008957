import { run } from "../command";
import { eventually } from "./eventually";
import { StackApis } from "./stack-apis";

interface JoinAnswer {
    readonly error: string;
    readonly num_joined: number;
}

/**
 * Starts a Nomad client of a stranger's on the stack's network, which wants to be given jobs.
 *
 * @returns what it prints when it tries to register.
 */
export async function foreignClient(prefix: string, image: string): Promise<string> {
    const name = `${prefix}-foreign-client`;
    const options = ["-d", "--name", name, "--network", `${prefix}-network`, "-e", "NOMAD_SKIP_DOCKER_IMAGE_WARN=1"];
    const agent = ["agent", "-client", "-data-dir=/tmp/data", `-servers=${prefix}-nomad:4647`];
    await run("docker", ["run", ...options, "--user", "1000:1000", image, ...agent]);
    try {
        return await eventually("the foreign client's registration", async () => {
            const { stdout, stderr } = await run("docker", ["logs", name]);
            return /^.*(error registering|node registration complete).*$/m.exec(stdout + stderr)?.[0];
        });
    } finally {
        await run("docker", ["rm", "-f", "-v", name]);
    }
}

/**
 * Starts a Nomad server of a stranger's on the stack's network, asks the stack's server to join it, and lets it try to
 * join the stack's server.
 *
 * @returns what the stack's server answered, and what the stranger's server printed.
 */
export async function foreignServer(
    prefix: string,
    image: string,
    apis: StackApis,
): Promise<{ joining: JoinAnswer; joined: string }> {
    const name = `${prefix}-foreign-nomad`;
    const options = ["-d", "--name", name, "--network", `${prefix}-network`, "-e", "NOMAD_SKIP_DOCKER_IMAGE_WARN=1"];
    const agent = ["agent", "-server", "-bootstrap-expect=2", "-data-dir=/tmp/data", "-bind=0.0.0.0"];
    await run("docker", ["run", ...options, image, ...agent]);
    try {
        const joining = await eventually("an answer about the foreign server", async () => {
            const url = `${apis.out("nomadUrl")}/v1/agent/join?address=${name}`;
            const answer = (await (await fetch(url, { method: "PUT" })).json()) as JoinAnswer;
            // Until it listens.
            return /refused|no such host/.test(answer.error) ? undefined : answer;
        });
        const { stdout, stderr } = await run("docker", ["exec", name, "nomad", "server", "join", `${prefix}-nomad`]);
        return { joining, joined: stdout + stderr };
    } finally {
        await run("docker", ["rm", "-f", "-v", name]);
    }
}
