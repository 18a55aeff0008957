import * as pulumi from "@pulumi/pulumi";
import { ReadinessArgs, readyWhen, untilReady } from "../../components/readiness";

function readiness(ask: ReadinessArgs["ask"], timeoutSeconds = 60): ReadinessArgs {
    return { service: "Oracle", ask, timeoutSeconds, logs: async () => "last words" };
}

test("asks again until nothing is missing", async () => {
    const answers = ["no leader", undefined];
    const ask = jest.fn(async () => answers.shift());
    await untilReady(readiness(ask));
    expect(ask).toHaveBeenCalledTimes(2);
});

test("counts a refused connection as an answer that is missing", async () => {
    const refused = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:1") });
    await expect(untilReady(readiness(() => Promise.reject(refused), 0))).rejects.toThrow(
        "Oracle was not ready within 0 s; last answer: no answer (connect ECONNREFUSED 127.0.0.1:1)",
    );
});

test("fails with the service, the last answer, the key that allows more time, and the log", async () => {
    const failed = untilReady(readiness(async () => "no leader", 0));
    await expect(failed).rejects.toThrow(
        /^Oracle .* 0 s; last answer: no leader\. .*readyTimeoutSeconds.*\nlast words$/s,
    );
});

test("says so when the log cannot be read", async () => {
    const args = { ...readiness(async () => "no leader", 0), logs: () => Promise.reject(new Error("no engine")) };
    await expect(untilReady(args)).rejects.toThrow("(the log cannot be read: no engine)");
});

describe("as an output", () => {
    const mocks = { newResource: () => ({ id: "id", state: {} }), call: () => ({}) };

    test.each([
        [true, 0],
        [false, 1],
    ])("preview %s asks %d times and gives the URL", async (preview, times) => {
        await pulumi.runtime.setMocks(mocks, "mlops-infra", "dev", preview);
        const ask = jest.fn(async () => undefined);
        const ready = readyWhen(pulumi.output("container"), "http://here", readiness(ask));
        const url = await new Promise((resolve) => ready.apply(resolve));
        expect([url, ask.mock.calls.length]).toEqual(["http://here", times]);
    });
});
