import { failureReason, placementProblem } from "../../cli/failure-reason";
import { Allocation, Evaluation, TaskEvent } from "../../cli/nomad";

/** Events as Nomad 1.11.3 gives them. */
function failedWith(...events: TaskEvent[]): Allocation {
    return {
        ID: "a",
        JobID: "ml-training",
        NodeName: "node",
        CreateIndex: 1,
        CreateTime: 0,
        ModifyTime: 0,
        DesiredStatus: "run",
        ClientStatus: "failed",
        TaskStates: { train: { State: "dead", Failed: true, Events: events } },
    };
}

const NOT_RESTARTING: TaskEvent = { Type: "Not Restarting", DisplayMessage: "Policy allows no restarts" };

test("an exit code comes with the last log lines", () => {
    const reason = failureReason(
        failedWith({ Type: "Terminated", ExitCode: 1, Details: {} }, NOT_RESTARTING),
        "boom\n",
    );
    expect(reason).toBe("task train ended with exit code 1.\nIts last log lines:\n    boom");
});

test("running out of memory is told as such, with the key that gives more", () => {
    const event = { Type: "Terminated", ExitCode: 137, Details: { oom_killed: "true" } };
    expect(failureReason(failedWith(event), "")).toMatch(/^task train ran out of memory.*trainingMemoryMiB/);
});

test("a signal has its name", () => {
    expect(failureReason(failedWith({ Type: "Terminated", ExitCode: 139 }), "")).toContain("139 (SIGSEGV)");
});

test("a driver that could not start the task is quoted", () => {
    const event = { Type: "Driver Failure", Details: { driver_error: "Failed to pull `x:1`: not found." } };
    expect(failureReason(failedWith(event, NOT_RESTARTING), "")).toBe(
        "task train could not be started: Failed to pull `x:1`: not found.",
    );
});

test("any other end is told by the event that caused it, not by its consequence", () => {
    const event = { Type: "Setup Failure", DisplayMessage: "failed to render template" };
    expect(failureReason(failedWith(event, NOT_RESTARTING), "")).toContain("Setup Failure, failed to render template");
});

test("a lost node is named", () => {
    const lost = { ...failedWith(), ClientStatus: "lost" as const, TaskStates: null };
    expect(failureReason(lost, "")).toBe("node node was lost while the training ran");
});

test("a placement that failed names what was missing", () => {
    const evaluation: Evaluation = {
        ID: "e",
        CreateIndex: 1,
        Status: "complete",
        FailedTGAllocs: {
            training: { NodesEvaluated: 1, NodesAvailable: { dc1: 1 }, DimensionExhausted: { memory: 1 } },
        },
    };
    expect(placementProblem([evaluation])).toBe(
        "Nomad cannot place the training yet: of 1 node(s) 1 have too little memory",
    );
    expect(placementProblem([{ ...evaluation, FailedTGAllocs: null }])).toBeUndefined();
});
