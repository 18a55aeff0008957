import { randomInt } from "node:crypto";
import { Server, createServer } from "node:net";
import { SERVICES } from "../components/settings";

/** Ports of which none is in use, under the configuration keys of the services. */
export async function freePortSettings(): Promise<Record<string, string>> {
    const ports = await freePorts(SERVICES.length);
    return Object.fromEntries(SERVICES.map((service, at) => [`${service}Port`, String(ports[at])]));
}

/** Below where systems take the ports of outgoing connections from: one of those may come between the choice and the use. */
const PORTS = { lowest: 20_000, end: 32_000 };

/** Ports nobody listens on; held open together, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
    const servers: Server[] = [];
    while (servers.length < count) {
        const server = createServer();
        const isFree = await new Promise<boolean>((resolve) => {
            server.once("error", () => resolve(false));
            server.listen(randomInt(PORTS.lowest, PORTS.end), "127.0.0.1", () => resolve(true));
        });
        servers.push(...(isFree ? [server] : []));
    }
    const ports = servers.map((server) => (server.address() as { port: number }).port);
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    return ports;
}
