/**
 * How the platform carries many short jobs:
 *
 *     npm run bench:jobs -- [--jobs 10,100,1000] [--at-once 2] [--loop 50] [--stack dev] [--keep] [--write] [--note text]
 *
 * Dispatches jobs of the trainer image that do nothing from a variant of `ml-train`, on the stack that is up, and waits
 * until all are over; then runs the same in a loop of plain `docker run`. Interrupted, it removes what it dispatched;
 * killed, it goes on when it is started again.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Interruption } from "../cli/interruption";
import { Platform, onPlatform } from "../cli/platform";
import { Screen } from "../cli/screen";
import { CHECKOUT, prepareGround } from "../cli/session";
import { connectEngine } from "../components/engine";
import { UsageWatch } from "./container-usage";
import { dockerLoop } from "./docker-loop";
import { JobLoad, momentsOf, watchStarts } from "./job-load";
import { JobsResult, report } from "./job-report";
import { durationsOf, verdictOn } from "./job-verdict";

const SERVERS = ["nomad", "nomad-client", "nomad-guard", "consul"];
const RESULTS = join(CHECKOUT, "bench", "jobs.md");

const { values: options } = parseArgs({
    options: {
        jobs: { type: "string", default: "10,100,1000" },
        "at-once": { type: "string", default: "2" },
        loop: { type: "string", default: "50" },
        stack: { type: "string" },
        keep: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        note: { type: "string" },
    },
});

const screen = new Screen(process.stdout);
const atOnce = positive("at-once", options["at-once"]);
const loop = positive("loop", options.loop);
const sizes = options.jobs.split(",").map((size) => positive("jobs", size));

function positive(option: string, text: string): number {
    if (!/^[1-9]\d{0,5}$/.test(text)) {
        throw new Error(`--${option} is "${text}", but must be a number from 1 on.`);
    }
    return Number(text);
}

async function bench({ session, nomad }: Platform): Promise<void> {
    // From here on there is something to remove first.
    const abort = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.removeAllListeners(signal).on(signal, () => abort.abort(new Error("Interrupted.")));
    }
    const { prefix, dockerHost, dockerGuard } = session.settings;
    const engine = await connectEngine(dockerHost);
    if (dockerHost) {
        process.env.DOCKER_HOST = dockerHost;
    }
    const load = await JobLoad.provide(nomad, prefix, atOnce);
    const busy = loadavg();
    screen.line(`• ${load.parent} runs ${load.task.command} of ${load.task.image}; ${atOnce} fit at once`);
    const results: JobsResult[] = [];
    try {
        for (const size of sizes) {
            const watched = SERVERS.filter((part) => dockerGuard || part !== "nomad-guard").map(
                (part) => `${prefix}-${part}`,
            );
            const nomads = await throughNomad(load, engine, { prefix, watched }, size, abort.signal);
            const count = Math.min(size, loop);
            screen.live(`… ${2 * count} docker run`);
            const sequential = (await dockerLoop(load.task, count, 1, abort.signal)) / count;
            const parallel = (await dockerLoop(load.task, count, atOnce, abort.signal)) / count;
            screen.live("");
            results.push({ ...nomads, docker: { sequential, parallel, count } });
            screen.line(`\n${report(results.slice(-1), atOnce)}\n`);
        }
    } finally {
        screen.live(options.keep ? "" : "… removing the jobs");
        await (options.keep ? undefined : load.remove());
        screen.live("");
    }
    const text = [heading(busy), report(results, atOnce), ""].join("\n\n");
    screen.line(`\n${text}`);
    if (options.write) {
        writeFileSync(RESULTS, text);
    }
    if (results.some(({ jobs, verdict }) => verdict.once !== jobs)) {
        throw new Error("Not every job was run exactly once.");
    }
}

async function throughNomad(
    load: JobLoad,
    engine: Awaited<ReturnType<typeof connectEngine>>,
    { prefix, watched }: { readonly prefix: string; readonly watched: readonly string[] },
    size: number,
    signal: AbortSignal,
): Promise<Omit<JobsResult, "docker">> {
    const before = (await load.children()).length;
    if (before > 0) {
        screen.line(`• ${before} jobs of a benchmark before this one are there: going on with them`);
    }
    const usage = await UsageWatch.begin(engine, watched);
    const watch = await watchStarts(engine, load.parent);
    try {
        const dispatching = Date.now();
        const ids = await load.dispatch(size, signal);
        screen.line(`• dispatched ${size} jobs in ${Date.now() - dispatching} ms`);
        await load.over(ids, signal, (over) => screen.live(`… ${over} of ${size} jobs are over`));
        screen.live("");
        const allocations = await load.allocations(ids);
        const verdict = verdictOn(ids, allocations, before === 0 ? watch.starts : undefined);
        for (const [what, which] of Object.entries(verdict).filter(
            ([, found]) => Array.isArray(found) && found.length,
        )) {
            screen.line(`✗ ${what}: ${(which as string[]).slice(0, 10).join(", ")}`);
        }
        const durations = durationsOf(momentsOf(await load.children(), allocations));
        await (options.keep ? undefined : load.purgeChildren());
        await usage.end();
        const started = [...watch.starts.values()].reduce((sum, count) => sum + count, 0);
        const byPart = new Map([...usage.usage].map(([name, used]) => [name.slice(prefix.length + 1), used]));
        return { jobs: size, verdict, durations, usage: byPart, starts: before === 0 ? started : undefined };
    } finally {
        watch.end();
        await usage.end();
    }
}

function heading(busy: readonly number[]): string {
    const machine = `${cpus().length} cores, load average ${busy.map((load) => load.toFixed(1)).join(", ")} before`;
    const note = options.note ? ` ${options.note}` : "";
    return `# Many short jobs\n\nBy \`npm run bench:jobs\` on ${new Date().toISOString().slice(0, 10)}: ${machine}.${note}`;
}

const ground = prepareGround({ stack: options.stack }, screen, new Interruption(screen.line));
onPlatform(ground, bench).then(
    () => process.exit(0),
    (error: Error) => {
        screen.live("");
        process.stderr.write(`${error.message}\n`);
        process.exit(error.message === "Interrupted." ? 130 : 1);
    },
);
