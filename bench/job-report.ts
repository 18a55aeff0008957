import { seconds } from "../cli/screen";
import { Usage } from "./container-usage";
import { Durations, Verdict } from "./job-verdict";

/** What one number of jobs gave. */
export interface JobsResult {
    readonly jobs: number;
    readonly verdict: Verdict;
    readonly durations: Durations;
    /** By container, without the stack's prefix. */
    readonly usage: ReadonlyMap<string, Usage>;
    /** Docker's own count of started containers; undefined when an interrupted benchmark was gone on with. */
    readonly starts: number | undefined;
    /** Plain `docker run`, one after another and as many at once as Nomad ran: milliseconds a container, and how many were run. */
    readonly docker: { readonly sequential: number; readonly parallel: number; readonly count: number };
}

/** The results as Markdown tables. */
export function report(results: readonly JobsResult[], atOnce: number): string {
    return [
        "Each job run exactly once, as Nomad's allocations and Docker's events tell:",
        table(
            ["jobs", "run once", "lost", "doubled", "failed", "containers started"],
            results.map(({ jobs, verdict, starts }) => [
                jobs,
                verdict.once,
                verdict.lost.length,
                verdict.doubled.length,
                verdict.failed.length,
                starts ?? "not counted from the beginning",
            ]),
        ),
        "Time, from dispatch to end where nothing else is said:",
        table(
            ["jobs", "wall", "a job", "median", "p95", "placed to end, median", "most at once"],
            results.map(({ jobs, durations }) => [
                jobs,
                seconds(durations.wall),
                seconds(durations.perJob),
                seconds(durations.median),
                seconds(durations.p95),
                seconds(durations.placedToEnd),
                durations.atOnce,
            ]),
        ),
        `Beside a loop of plain \`docker run\`, same image, command and limits, time a job:`,
        table(
            [
                "jobs",
                "Nomad",
                "docker run, one by one",
                `docker run, ${atOnce} at once`,
                "share of docker run in Nomad's time",
            ],
            results.map(({ jobs, durations, docker }) => [
                jobs,
                seconds(durations.perJob),
                `${seconds(docker.sequential)} (${docker.count} runs)`,
                `${seconds(docker.parallel)} (${docker.count} runs)`,
                `${Math.round((100 * docker.parallel) / durations.perJob)} %`,
            ]),
        ),
        "Memory in MiB before / at its peak / after, and CPU in milliseconds a job:",
        table(
            ["jobs", ...[...(results[0]?.usage.keys() ?? [])].flatMap((name) => [name, "CPU"])],
            results.map(({ jobs, usage }) => [
                jobs,
                ...[...usage.values()].flatMap(({ memory, cpuSeconds }) => [
                    [memory.before, memory.peak, memory.after].map(mebibytes).join(" / "),
                    `${Math.round((1000 * cpuSeconds) / jobs)} ms`,
                ]),
            ]),
        ),
    ].join("\n\n");
}

function mebibytes(bytes: number): number {
    return Math.round(bytes / 1024 ** 2);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
    const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
