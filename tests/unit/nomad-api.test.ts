import { nodeMissing, resetIndex } from "../../components/nomad-api";

const driver = { Detected: true, Healthy: true };
const node = { Name: "a", Status: "ready", SchedulingEligibility: "eligible", Drivers: { docker: driver } };

test.each([
    [[], "node a has not registered"],
    [[{ ...node, Name: "b" }], "node a has not registered"],
    [[{ ...node, Status: "initializing" }], "node a is initializing"],
    [[{ ...node, SchedulingEligibility: "ineligible" }], "node a is ineligible for scheduling"],
    [[{ ...node, Drivers: {} }], "the docker driver is not detected"],
    [
        [{ ...node, Drivers: { docker: { Detected: true, Healthy: false, HealthDescription: "no socket" } } }],
        "the docker driver is unhealthy: no socket",
    ],
    [[node], undefined],
    [[{ ...node, Status: "down" }, node], undefined],
])("%j: %s", (nodes, missing) => {
    expect(nodeMissing(nodes, "a")).toBe(missing);
});

test.each([
    ["ACL bootstrap already done (reset index: 7)", 7],
    ["Invalid bootstrap reset index (specified 7, reset index: 31)", 31],
    ["No cluster leader", undefined],
])("%s: reset index %s", (refusal, index) => {
    expect(resetIndex(refusal)).toBe(index);
});
