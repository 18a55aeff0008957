import { alertRules } from "../../alerts/alert-rules";
import { mayBeEmpty, panelQueries, platformDashboard } from "../../dashboards";
import {
    type Server,
    startMeasuredConsul,
    startMeasuredNomad,
    startPrometheus,
    startPushgateway,
} from "./metrics-servers";
import { until } from "./plugins-servers";
import { answer, valueNow } from "./prometheus-answers";
import { PushedRun } from "./pushed-run";

jest.setTimeout(180_000);

const SLEEPER = {
    ID: "sleeper",
    Type: "batch",
    Datacenters: ["dc1"],
    TaskGroups: [
        {
            Name: "sleep",
            Tasks: [
                {
                    Name: "sleep",
                    Driver: "raw_exec",
                    Config: { command: "/bin/sleep", args: ["600"] },
                    Resources: { CPU: 10, MemoryMB: 16 },
                },
            ],
        },
    ],
};

describe("the Platform dashboard over real servers", () => {
    const servers: Server[] = [];
    let prometheus: Server;
    let nomad: Server;

    beforeAll(async () => {
        const [pushgateway, consul, agent] = await Promise.all(
            [startPushgateway, startMeasuredConsul, startMeasuredNomad].map(async (start) => {
                const server = await start();
                servers.push(server);
                return server;
            }),
        );
        if (!pushgateway || !consul || !agent) {
            throw new Error("A server did not start.");
        }
        nomad = agent;
        const format = { params: { format: ["prometheus"] } };
        const at = ({ url }: Server) => [url.replace("http://", "")];
        prometheus = await startPrometheus(
            [
                { job_name: "pushgateway", honor_labels: true, targets: at(pushgateway) },
                { job_name: "nomad", metrics_path: "/v1/metrics", targets: at(nomad), ...format },
                { job_name: "consul", metrics_path: "/v1/agent/metrics", targets: at(consul), ...format },
            ],
            alertRules(),
        );
        servers.push(prometheus);
        await until(nomad.url, "Nomad's node", async () => {
            const nodes = (await (await fetch(`${nomad.url}/v1/nodes`)).json()) as { Status: string }[];
            return nodes.some(({ Status }) => Status === "ready");
        });
        await fetch(`${nomad.url}/v1/jobs`, { method: "POST", body: JSON.stringify({ Job: SLEEPER }) });
        const labels = { model: "mlp", experiment: "sweep", run_id: "0a1b2c3d-1111-4222-8333-444455556666" };
        await new PushedRun(pushgateway.url, prometheus.url, labels, 3).completeEpoch(1);
        // A rate wants two samples, and Nomad reports an allocation once it has watched it for a second.
        await until(prometheus.url, "the allocation's metrics and two scrapes", async () => {
            const memory = await valueNow(prometheus.url, "nomad_client_allocs_memory_rss > 0");
            const scrapes = await valueNow(prometheus.url, 'count_over_time(up{job="pushgateway"}[1m]) > 3');
            const healthy = await valueNow(prometheus.url, "consul_autopilot_healthy == 1");
            return memory.length > 0 && scrapes.length > 0 && healthy.length > 0;
        });
    });

    afterAll(async () => {
        if (nomad) {
            await fetch(`${nomad.url}/v1/job/sleeper?purge=true`, { method: "DELETE" });
            await until(nomad.url, "the end of the job's task", async () => {
                const allocations = (await (await fetch(`${nomad.url}/v1/allocations`)).json()) as {
                    ClientStatus: string;
                }[];
                return allocations.every(({ ClientStatus }) => ClientStatus !== "running");
            });
        }
        await Promise.all(servers.map((server) => server.stop()));
    });

    const queries = panelQueries(platformDashboard());

    test.each(
        queries
            .filter(({ panel }) => !mayBeEmpty("mlops-platform", panel))
            .map((query) => [query.panel, query.refId, query] as const),
    )("%s, query %s, returns data", async (_panel, _refId, query) => {
        expect(await answer(prometheus.url, query)).not.toEqual([]);
    });

    test("a healthy platform is seen as one", async () => {
        const figure = async (title: string) => {
            const query = queries.find(({ panel }) => panel === title);
            return query && (await answer(prometheus.url, query))[0]?.value?.[1];
        };
        expect(await figure("Servers down")).toBe("0");
        expect(await figure("Nomad nodes")).toBe("1");
        expect(await figure("Nomad healthy")).toBe("1");
        expect(await figure("Consul leader")).toBe("1");
        expect(await figure("Consul healthy")).toBe("1");
    });

    test("the allocation is shown under its job's name", async () => {
        const memory = queries.find(({ panel }) => panel === "Allocation memory");
        const series = memory ? await answer(prometheus.url, memory) : [];
        expect(series.map(({ metric }) => [metric["exported_job"], metric["task"]])).toEqual([["sleeper", "sleep"]]);
        expect(series[0]?.metric["allocation"]).toMatch(/^[0-9a-f]{8}$/);
    });

    test("Prometheus evaluates every rule without an error", async () => {
        const rules = async () => {
            const body = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as {
                data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
            };
            return body.data.groups.flatMap((group) => group.rules);
        };
        await until(prometheus.url, "the first evaluation of every rule", async () =>
            (await rules()).every(({ health }) => health !== "unknown"),
        );
        expect((await rules()).filter(({ health }) => health !== "ok")).toEqual([]);
    });
});
