import { outcomeOf } from "../e2e/strangers";

const door = { request: "GET /v1/jobs" };

test.each([
    [{ status: 403, text: "Permission denied" }, "refused"],
    [{ status: 500, text: 'Unknown allocation "0392cf90"' }, "refused"],
    [{ status: 400, text: "ACL bootstrap already done (reset index: 7)" }, "refused"],
    [{ status: 200, text: "[]\n" }, "told nothing"],
    [{ status: 404, text: "404 page not found" }, "told nothing"],
    [{ error: "TimeoutError The operation was aborted due to timeout" }, "timed out"],
    [{ status: 200, text: '[{"ID":"ml-training"}]' }, "answered"],
    [{ status: 200, text: '{"Error":"Permission denied"}' }, "answered"],
    [{ status: 400, text: "Job must be specified" }, "answered"],
])("%j is %s", (answer, verdict) => {
    expect(outcomeOf("Nomad", door, answer).verdict).toBe(verdict);
});

test("nobody there is no refusal", () => {
    expect(() => outcomeOf("Nomad", door, { error: "URLError Connection refused" })).toThrow(
        "Nomad GET /v1/jobs: URLError Connection refused",
    );
});
