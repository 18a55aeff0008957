import { RULES } from "../../alerts/alert-rules";
import { mayBeEmpty, panelQueries, platformDashboard, trainingDashboard } from "../../dashboards";
import { answer } from "../integration/prometheus-answers";
import { eventually } from "./eventually";
import { StackApis } from "./stack-apis";
import { TestStack } from "./test-stack";

const MINUTE = 60_000;
jest.setTimeout(10 * MINUTE);

let stack: TestStack;
let apis: StackApis;

beforeAll(async () => {
    stack = await TestStack.create({ trainingEpochs: "100000", trainingHiddenLayers: "64" });
    await stack.up();
    apis = new StackApis(await stack.outputs());
    await apis.running();
    await eventually("a first epoch", async () => ((await apis.query("training_loss")).length > 0 ? true : undefined));
});
afterAll(() => stack?.remove());

/** Series each query of a board returns, asked again while servers' first samples are still on their way. */
async function seriesOf(board: ReturnType<typeof trainingDashboard>, choices: Record<string, string[]>) {
    const queries = panelQueries(board, choices);
    const ask = () =>
        Promise.all(
            queries.map(async (query) => {
                const series = await answer(apis.out("prometheusUrl"), query, apis.metricsAuthorization);
                return { ...query, series: series.length };
            }),
        );
    let rows = await ask();
    const due = () => rows.filter(({ panel, series }) => series === 0 && !mayBeEmpty(board.uid ?? "", panel));
    await eventually(
        "every panel has data",
        async () => {
            rows = await ask();
            return due().length === 0 ? true : undefined;
        },
        60,
    ).catch(() => undefined);
    console.log(
        rows.map(({ panel, refId, series }) => `${board.title}: ${panel} ${refId}: ${series} series`).join("\n"),
    );
    return due().map(({ panel, expr }) => `${panel}: ${expr}`);
}

test.each([
    ["all runs", () => ({})],
    ["the one run", async () => ({ model: ["mlp"], experiment: ["baseline"], run: [(await apis.running()).ID] })],
])("every panel of Training has data while a training runs, for %s", async (_which, choices) => {
    expect(await seriesOf(trainingDashboard(), await choices())).toEqual([]);
});

test("every panel of Platform has data", async () => {
    expect(await seriesOf(platformDashboard(), {})).toEqual([]);
});

test("Prometheus has loaded every rule, and nothing is wrong with any", async () => {
    const response = await fetch(`${apis.out("prometheusUrl")}/api/v1/rules`, { headers: apis.metricsAuthorization });
    const { data } = (await response.json()) as { data: { groups: { rules: { name: string; health: string }[] }[] } };
    const loaded = data.groups.flatMap(({ rules }) => rules);
    expect(loaded.map(({ name }) => name).sort()).toEqual(RULES.map(({ name }) => name).sort());
    for (const { expr } of RULES) {
        await answer(
            apis.out("prometheusUrl"),
            { panel: "", refId: "", expr, instant: true },
            apis.metricsAuthorization,
        );
    }
});
