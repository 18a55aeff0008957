import { connect } from "node:net";
import { Settings } from "../../components/settings";
import { StackApis } from "./stack-apis";

/** How much is sent at most: numbers of requests, and bytes of a body. */
const RAW_BLOBS = 40;
const BIG_BODY = 32 * 1024 * 1024;
const SMALL_BODIES = 12;
/** A server that keeps a broken connection open is left alone after this long. */
const PATIENCE_MILLISECONDS = 2_000;

/** Chance that can be had again: a test says its seed. */
export class Chance {
    constructor(private state: number) {}

    /** A whole number from 0 to `below` - 1 (mulberry32). */
    number(below: number): number {
        this.state = (this.state + 0x6d2b79f5) | 0;
        let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
    }

    bytes(most: number): Buffer {
        return Buffer.from(Array.from({ length: 1 + this.number(most) }, () => this.number(256)));
    }
}

/** A port on the loopback interface, and requests of its server that take a body. */
export interface Target {
    readonly port: number;
    /** `<method> <path>` each. */
    readonly takesBody: readonly string[];
    /** Header lines that let the request in, so that its body is looked at. */
    readonly credentials: readonly string[];
}

/** Sends garbage to a server; returns how many connections it took. Never fails for what the server does. */
export async function sendGarbage(target: Target, chance: Chance): Promise<number> {
    const all = [...rawBlobs(chance), ...brokenHeads(chance), ...bodies(target, chance)];
    for (const pieces of all) {
        await send(target.port, pieces);
    }
    return all.length;
}

function rawBlobs(chance: Chance): Buffer[][] {
    return Array.from({ length: RAW_BLOBS }, () => [chance.bytes(4096)]);
}

/** Requests whose first line or headers are wrong, each in one way. */
function brokenHeads(chance: Chance): Buffer[][] {
    const junk = () =>
        chance
            .bytes(64)
            .toString("latin1")
            .replaceAll(/[\r\n]/g, "?");
    const get = (...headers: string[]) => `GET / HTTP/1.1\r\nHost: a\r\n${headers.join("\r\n")}\r\n\r\n`;
    const heads = [
        get(`X-Long: ${"a".repeat(2 * 1024 * 1024)}`),
        get(...Array.from({ length: 5_000 }, (_, at) => `X-${at}: ${at}`)),
        get("Content-Length: -1"),
        get("Content-Length: 99999999999999999999"),
        get("Content-Length: 5", "Content-Length: 6"),
        get("Content-Length: 5", "Transfer-Encoding: chunked"),
        `${get("Transfer-Encoding: chunked")}zzzz\r\nbroken\r\n`,
        `${get("Transfer-Encoding: chunked")}ffffffffffffffff\r\n`,
        get("Transfer-Encoding: gzip, chunked"),
        get("No colon at all"),
        get(": no name"),
        get(`Authorization: Basic ${junk()}`),
        get(`Authorization: Bearer ${junk()}`),
        get("X-Nomad-Token: ' OR 1=1 --"),
        get(`X-Consul-Token: ${junk()}`),
        get(`Cookie: ${junk()}`),
        get("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: a"),
        get("Expect: 200-maybe"),
        `GET /${"a/../".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
        `GET /%00%ff%2e%2e%2f${junk()} HTTP/1.1\r\nHost: a\r\n\r\n`,
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        `${"A".repeat(100_000)} / HTTP/1.1\r\nHost: a\r\n\r\n`,
        "GET / HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\u0000".repeat(64),
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003" + junk(),
        "GET / HTTP/1.1\r\nHost: a\r\n",
    ];
    return heads.map((head) => [Buffer.from(head, "latin1")]);
}

/** Bodies that are no JSON and no metrics, and one that is too big, to whoever takes a body, with and without credentials. */
function bodies({ takesBody, credentials }: Target, chance: Chance): Buffer[][] {
    return takesBody.flatMap((line) => {
        const [method, path] = line.split(" ");
        const request = (body: Buffer, headers: readonly string[]) => {
            const all = ["Host: a", "Connection: close", `Content-Length: ${body.length}`, ...headers];
            return [Buffer.from(`${method} ${path} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n`, "latin1"), body];
        };
        const small = Array.from({ length: SMALL_BODIES }, (_, at) =>
            // A zero byte first: a lone line break would be metrics, none, and a push of none is a push.
            request(
                Buffer.concat([Buffer.alloc(1), chance.bytes(at % 2 === 0 ? 64 : 16_384)]),
                at % 3 ? credentials : [],
            ),
        );
        const nested = Buffer.from("[".repeat(200_000));
        const big = Buffer.alloc(BIG_BODY, "\u0007");
        return [...small, request(nested, credentials), request(big, []), request(big, credentials)];
    });
}

function send(port: number, pieces: readonly Buffer[]): Promise<void> {
    return new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1", () => {
            pieces.forEach((piece) => socket.write(piece));
            socket.end();
        });
        socket.setTimeout(PATIENCE_MILLISECONDS, () => socket.destroy());
        socket.on("error", () => undefined);
        socket.on("close", () => resolve());
        socket.resume();
    });
}

/** What a server answers only once it has read the body comes with credentials; nothing in it is something to do. */
export function targets(settings: Settings, apis: StackApis): Target[] {
    const metrics = `Authorization: ${apis.metricsAuthorization.Authorization}`;
    return [
        {
            port: settings.nomadPort,
            takesBody: ["PUT /v1/jobs", "PUT /v1/jobs/parse", "PUT /v1/job/ml-train/dispatch", "PUT /v1/acl/policy/a"],
            credentials: [`X-Nomad-Token: ${apis.out("nomadToken")}`],
        },
        {
            port: settings.consulPort,
            takesBody: ["PUT /v1/txn", "PUT /v1/acl/policy", "PUT /v1/config", "PUT /v1/catalog/register"],
            credentials: [`X-Consul-Token: ${apis.out("consulToken")}`],
        },
        {
            port: settings.prometheusPort,
            takesBody: ["POST /api/v1/query", "POST /api/v1/write", "POST /api/v1/admin/tsdb/delete_series"],
            credentials: [metrics],
        },
        {
            port: settings.pushgatewayPort,
            takesBody: ["PUT /metrics/job/garbage", "POST /metrics/job/kept/instance/one"],
            credentials: [metrics, "Content-Type: application/octet-stream"],
        },
    ];
}
