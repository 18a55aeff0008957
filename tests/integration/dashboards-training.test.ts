import { panelQueries, trainingDashboard } from "../../dashboards";
import { type Server, startPrometheus, startPushgateway } from "./metrics-servers";
import { PushedRun } from "./pushed-run";
import { answer, type Series } from "./prometheus-answers";

jest.setTimeout(120_000);

const FINISHED = { model: "mlp", experiment: "lr-sweep", run_id: "0a1b2c3d-1111-4222-8333-444455556666" };
const RUNNING = { model: "cnn", experiment: "base.line(2)", run_id: "9f8e7d6c-1111-4222-8333-444455556666" };

describe("the Training dashboard over a real Prometheus and Pushgateway", () => {
    const servers: Server[] = [];
    let prometheus: Server;
    let finished: PushedRun;
    let running: PushedRun;

    beforeAll(async () => {
        const pushgateway = await startPushgateway();
        servers.push(pushgateway);
        const target = pushgateway.url.replace("http://", "");
        prometheus = await startPrometheus([{ job_name: "pushgateway", honor_labels: true, targets: [target] }]);
        servers.push(prometheus);
        finished = new PushedRun(pushgateway.url, prometheus.url, FINISHED, 3);
        running = new PushedRun(pushgateway.url, prometheus.url, RUNNING, 10);
        for (const epoch of [1, 2, 3]) {
            await finished.completeEpoch(epoch);
            await running.completeEpoch(epoch);
        }
        await finished.finish(1);
    });

    afterAll(async () => {
        await Promise.all(servers.map((server) => server.stop()));
    });

    const queries = panelQueries(trainingDashboard());

    async function ask(panel: string, refId = "A", choices = {}): Promise<Series[]> {
        await running.push();
        const query = panelQueries(trainingDashboard(), choices).find((q) => q.panel === panel && q.refId === refId);
        if (!query) {
            throw new Error(`There is no query ${refId} in a panel named ${panel}.`);
        }
        return answer(prometheus.url, query);
    }

    const runsOf = (series: readonly Series[]) => series.map(({ metric }) => metric["run"]).sort();

    test.each(queries.map((query) => [query.panel, query.refId, query] as const))(
        "%s, query %s, returns data",
        async (_panel, _refId, query) => {
            await running.push();
            expect(await answer(prometheus.url, query)).not.toEqual([]);
        },
    );

    test("only the running run is running", async () => {
        expect((await ask("Running"))[0]?.value?.[1]).toBe("1");
        expect(runsOf(await ask("Progress"))).toEqual(["9f8e7d6c"]);
        expect(runsOf(await ask("Time left"))).toEqual(["9f8e7d6c"]);
        expect(Number((await ask("Progress"))[0]?.value?.[1])).toBeCloseTo(0.3);
    });

    test("the time left is what the remaining epochs take at the pace so far", async () => {
        const [at, left] = (await ask("Time left"))[0]?.value ?? [Number.NaN, ""];
        expect(Number(left)).toBeCloseTo(((at - running.started) * 7) / 3, 1);
    });

    test("losses are given by epoch, for training and validation of both runs", async () => {
        const points = await ask("Loss by epoch");
        const first = points.filter(({ metric }) => metric["curve"] === "mlp lr-sweep 0a1b2c3d train");
        expect(Object.fromEntries(first.map(({ metric, value }) => [metric["epoch"], Number(value?.[1])]))).toEqual({
            "1": 2,
            "2": 1,
            "3": expect.closeTo(2 / 3),
        });
        expect(new Set(points.map(({ metric }) => metric["curve"]))).toEqual(
            new Set([
                "cnn base.line(2) 9f8e7d6c train",
                "cnn base.line(2) 9f8e7d6c validation",
                "mlp lr-sweep 0a1b2c3d train",
                "mlp lr-sweep 0a1b2c3d validation",
            ]),
        );
    });

    test("a choice of variables is a choice of runs, also with characters that mean something in a pattern", async () => {
        expect(runsOf(await ask("Loss", "A", { experiment: [RUNNING.experiment] }))).toEqual(["9f8e7d6c"]);
        expect(runsOf(await ask("Loss", "A", { model: ["mlp", "cnn"] }))).toEqual(["0a1b2c3d", "9f8e7d6c"]);
        expect(runsOf(await ask("Loss", "A", { run: [FINISHED.run_id] }))).toEqual(["0a1b2c3d"]);
        expect(await ask("Loss", "A", { model: ["m.p"] })).toEqual([]);
    });

    test("a finished run is in the results, a running one is not, and it stays when Pushgateway forgets it", async () => {
        await finished.remove();
        for (const refId of ["A", "B", "C", "D", "E", "F", "G", "H"]) {
            expect(runsOf(await ask("Finished runs", refId))).toEqual(["0a1b2c3d"]);
        }
        expect((await ask("Finished runs", "A"))[0]?.value?.[1]).toBe("1");
        expect((await ask("Succeeded"))[0]?.value?.[1]).toBe("1");
        expect((await ask("Failed or lost"))[0]?.value?.[1]).toBe("0");
    });

    test("a run that vanishes without a word is lost", async () => {
        await running.remove();
        const query = queries.find(({ panel }) => panel === "Failed or lost");
        const lost = query ? await answer(prometheus.url, query) : [];
        expect(lost[0]?.value?.[1]).toBe("1");
    });
});
