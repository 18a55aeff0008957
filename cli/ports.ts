import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import type Docker from "dockerode";
import { STACK_LABEL } from "../components/labels";
import { EDGES, GATEWAY_PART } from "../components/mesh-edges";
import { SERVICES, Service, Settings } from "../components/settings";
import { configSet } from "./stack-name";
import { UserError, reasonOf } from "./user-error";

/** The part of a container listing that tells who publishes which port. */
export type Publisher = Pick<Docker.ContainerInfo, "Names" | "Labels" | "Ports">;

const ANY_ADDRESS = ["0.0.0.0", "::"];

/**
 * Checks that every port the stack publishes is free or already its own.
 *
 * @throws UserError with one sentence for each that is not: who holds it and which key moves it.
 */
export async function checkPorts(engine: Docker, settings: Settings, stack: string): Promise<void> {
    const publishers = await engine.listContainers();
    const local = isLocal(settings.dockerHost ?? process.env.DOCKER_HOST);
    const wanted = SERVICES.filter((service) => service !== "grafana" || settings.grafana);
    const taken = await Promise.all(wanted.map((service) => complaint(service, settings, publishers, local, stack)));
    const sentences = taken.filter((sentence) => sentence !== undefined);
    if (sentences.length > 0) {
        throw new UserError(sentences.join("\n"));
    }
}

async function complaint(
    service: Service,
    settings: Settings,
    publishers: readonly Publisher[],
    local: boolean,
    stack: string,
): Promise<string | undefined> {
    const port = settings[`${service}Port`];
    const publisher = publisherOf(port, settings.bindAddress, publishers);
    if (publisher) {
        return isOurs(publisher, service, settings.prefix)
            ? undefined
            : portSentence(service, settings, `container ${nameOf(publisher)}`, stack);
    }
    // What a remote engine's host listens on cannot be seen from here.
    const refusal = local ? await bindRefusal(settings.bindAddress, port) : undefined;
    if (refusal === "EADDRNOTAVAIL") {
        return (
            `This machine has no address ${settings.bindAddress} to publish port ${port} on; set another one: ` +
            `${configSet("bindAddress", "127.0.0.1", stack)}.`
        );
    }
    return refusal === "EADDRINUSE" ? portSentence(service, settings, await listenerOf(port), stack) : undefined;
}

/** The sentence about a port that somebody else has. */
export function portSentence(service: Service, settings: Settings, holder: string | undefined, stack: string): string {
    const port = settings[`${service}Port`];
    return (
        `Port ${port} on ${settings.bindAddress}, wanted for ${service}, is taken by ${holder ?? "another program"}. ` +
        `Stop it, or move ours: ${configSet(`${service}Port`, String(elsewhere(port)), stack)}.`
    );
}

const SHIFT = 10_000;
const HIGHEST = 65_535;

/** A port that is easy to remember and probably free. */
function elsewhere(port: number): number {
    return port + SHIFT <= HIGHEST ? port + SHIFT : port - SHIFT;
}

/** The running container that publishes a port where it would collide with ours. */
export function publisherOf(port: number, address: string, publishers: readonly Publisher[]): Publisher | undefined {
    const collides = (ip: string | undefined) =>
        ip === undefined || ip === address || ANY_ADDRESS.includes(ip) || ANY_ADDRESS.includes(address);
    return publishers.find(({ Ports }) =>
        Ports.some(({ PublicPort, IP, Type }) => PublicPort === port && Type === "tcp" && collides(IP)),
    );
}

function isOurs(publisher: Publisher, service: Service, prefix: string): boolean {
    const names = [`${prefix}-${service}`, `${prefix}-${GATEWAY_PART}`];
    return publisher.Labels[STACK_LABEL] === prefix && names.includes(nameOf(publisher));
}

/**
 * Our own running containers that publish a service's port in place of another one that is to publish it now: with the
 * mesh, that is its gateway. Docker gives a port away once, and an update makes the new one first.
 */
export function inTheWay(publishers: readonly Publisher[], settings: Settings): string[] {
    const { prefix, bindAddress } = settings;
    const names = SERVICES.flatMap((service) => {
        const publisher = publisherOf(settings[`${service}Port`], bindAddress, publishers);
        const meshed = settings.mesh && EDGES[service] !== undefined;
        const right = `${prefix}-${meshed ? GATEWAY_PART : service}`;
        return publisher && isOurs(publisher, service, prefix) && nameOf(publisher) !== right
            ? [nameOf(publisher)]
            : [];
    });
    return [...new Set(names)];
}

function nameOf({ Names }: Publisher): string {
    return (Names[0] ?? "").replace(/^\//, "");
}

function isLocal(dockerHost: string | undefined): boolean {
    return dockerHost === undefined || dockerHost === "" || /^(unix|npipe):/.test(dockerHost);
}

/** Why a port cannot be bound, as an errno name; undefined when it can. */
async function bindRefusal(host: string, port: number): Promise<string | undefined> {
    const server = createServer();
    return new Promise((resolve) => {
        server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? reasonOf(error)));
        server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
    });
}

/** The process that listens on a port, where the system tells: "process 4711 (nginx)". */
async function listenerOf(port: number): Promise<string | undefined> {
    const run = promisify(execFile);
    try {
        const { stdout } = await run("ss", ["-Hltnp", `sport = :${port}`]);
        return listenerInSs(stdout);
    } catch {
        // No ss (macOS, Windows): lsof tells the same.
    }
    try {
        const { stdout } = await run("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
        return listenerInLsof(stdout);
    } catch {
        return undefined;
    }
}

/** `ss -p` ends a line with `users:(("nginx",pid=4711,fd=6))`. */
export function listenerInSs(output: string): string | undefined {
    const found = /users:\(\("([^"]+)",pid=(\d+)/.exec(output);
    return found ? `process ${found[2]} (${found[1]})` : undefined;
}

/** `lsof -F` prints one field a line: p4711, cnginx. */
export function listenerInLsof(output: string): string | undefined {
    const pid = /^p(\d+)$/m.exec(output)?.[1];
    const command = /^c(.+)$/m.exec(output)?.[1];
    return pid ? `process ${pid} (${command ?? "unknown"})` : undefined;
}
