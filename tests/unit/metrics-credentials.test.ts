import { parse } from "yaml";
import { webConfig } from "../../components/metrics-credentials";
import { Registered, revealed, runUnderMocks } from "../mocks/program";

test("a web configuration lets in the users it was given and nobody else", () => {
    expect(parse(webConfig({ metrics: "$2y$10$abc", trainer: "$2y$10$def" }))).toEqual({
        basic_auth_users: { metrics: "$2y$10$abc", trainer: "$2y$10$def" },
    });
});

describe("the trainings' own user", () => {
    let resources: Registered[];
    beforeAll(async () => {
        jest.resetModules();
        ({ resources } = await runUnderMocks(() => import("../../index")));
    });

    function uploaded(container: string, file: string): string {
        const found = resources.find(({ name }) => name === `${container}-files-container`);
        const { uploads } = revealed<{ uploads: { file: string; content: string }[] }>(found?.inputs);
        return uploads.find((upload) => upload.file.endsWith(file))?.content ?? "";
    }

    test("is known to Pushgateway and not to Prometheus", () => {
        const hash = "hashed-metrics-trainer-password";
        expect(uploaded("pushgateway", "web.yml")).toContain(`trainer: "${hash}"`);
        expect(uploaded("prometheus", "web.yml")).not.toContain(hash);
    });

    test("is what every task may read; the other one is the sweeper's alone", () => {
        const items = Object.fromEntries(
            resources
                .filter(({ type }) => type === "nomad:index/variable:Variable")
                .map(({ inputs }) => revealed<{ path: string; items: object }>(inputs))
                .map(({ path, items }) => [path, items]),
        );
        expect(items).toEqual({
            "nomad/jobs": { username: "trainer", password: "generated-metrics-trainer-password" },
            "nomad/jobs/mlops-sweeper": { username: "metrics", password: "generated-metrics-password" },
        });
    });
});
