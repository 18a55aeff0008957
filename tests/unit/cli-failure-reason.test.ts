import { allocationEnd, wasStopped } from "../../cli/failure-reason";
import { Allocation, TaskEvent } from "../../cli/nomad";

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
        AllocatedResources: { Tasks: { train: { Memory: { MemoryMB: 64 } } } },
    };
}

const NOT_RESTARTING: TaskEvent = { Type: "Not Restarting", DisplayMessage: "Policy allows no restarts" };
const KILLING: TaskEvent = { Type: "Killing", DisplayMessage: "Sent interrupt. Waiting 10s before force killing" };

/** A task that ended with an exit code. */
function terminated(code: number, details: Readonly<Record<string, string>> = {}): TaskEvent {
    return { Type: "Terminated", DisplayMessage: `Exit Code: ${code}`, ExitCode: code, Details: details };
}

test("an exit code is passed on, and comes with the last events and log lines", () => {
    const at = { Time: Date.parse("2026-11-25T06:44:56Z") * 1e6 };
    const end = allocationEnd(failedWith({ ...terminated(1), ...at }, NOT_RESTARTING), "first\nboom\n");
    expect(end).toEqual({
        kind: "exited",
        exitCode: 1,
        reason: [
            "task train ended with exit code 1.",
            "Its last events:",
            "    06:44:56 UTC  Terminated: Exit Code: 1",
            "    Not Restarting: Policy allows no restarts",
            "Its last log lines:",
            "    first",
            "    boom",
        ].join("\n"),
    });
});

test.each([
    [2, "refused what it was told"],
    [124, "took longer than its time limit"],
    [127, "did not find its command"],
])("exit code %i has its meaning in words and stays what it is", (code, words) => {
    const end = allocationEnd(failedWith(terminated(code)), "");
    expect(end).toMatchObject({ kind: "exited", exitCode: code });
    expect(end.reason).toContain(words);
});

test("running out of memory is told as such, with the limit and with what gives more", () => {
    const end = allocationEnd(failedWith(terminated(137, { oom_killed: "true" })), "");
    expect(end).toMatchObject({ kind: "out of memory", exitCode: 103 });
    expect(end.reason).toMatch(/^task train needed more than its limit of 64 MiB.*--memory.*trainingMemoryMiB/);
});

test("a SIGKILL that Nomad did not send is most likely the memory limit, also where the engine did not say so", () => {
    const end = allocationEnd(failedWith(terminated(137)), "");
    expect([end.kind, end.exitCode]).toEqual(["out of memory", 103]);
    expect(end.reason).toContain("most likely needed more than its limit of ");
});

test("a signal that nobody asked for has its name", () => {
    const end = allocationEnd(failedWith(terminated(139)), "");
    expect(end).toMatchObject({ kind: "signalled", exitCode: 106 });
    expect(end.reason).toContain("killed by SIGSEGV (exit code 139)");
});

test("an image that cannot be had is named, with what Docker said", () => {
    const error = "Failed to pull `x:1`: Error response from daemon: no such host";
    const event = { Type: "Driver Failure", DisplayMessage: error, Details: { driver_error: error } };
    const end = allocationEnd(failedWith(event, NOT_RESTARTING), "");
    expect(end).toMatchObject({ kind: "not started", exitCode: 102 });
    expect(end.reason).toContain(
        "task train has no image: Docker has none called x:1 and could not get it: Error response from daemon: no such host.",
    );
});

test("a driver that could not start the task is quoted", () => {
    const event = { Type: "Driver Failure", Details: { driver_error: "exec: /x: not found." } };
    const end = allocationEnd(failedWith(event, NOT_RESTARTING), "");
    expect(end).toMatchObject({ kind: "not started", exitCode: 102 });
    expect(end.reason).toContain("task train could not be started: exec: /x: not found.");
});

test("any other end is told by the event that caused it, not by its consequence", () => {
    const event = { Type: "Setup Failure", DisplayMessage: "failed to render template" };
    const end = allocationEnd(failedWith(event, NOT_RESTARTING), "");
    expect(end.exitCode).toBe(102);
    expect(end.reason).toContain("was not started: Setup Failure, failed to render template.");
});

test("a lost node is named, whatever its tasks did last", () => {
    const lost = { ...failedWith(terminated(0)), ClientStatus: "lost" as const };
    expect(allocationEnd(lost, "")).toEqual({
        kind: "node lost",
        exitCode: 104,
        reason: "node node was lost while the training ran",
    });
});

describe("a run that was stopped", () => {
    const complete = { ClientStatus: "complete" as const };

    test("is no success, though Nomad calls both complete", () => {
        const stopped = { ...failedWith(KILLING, terminated(143)), ...complete, DesiredStatus: "stop" };
        expect(allocationEnd(stopped, "")).toMatchObject({ kind: "stopped", exitCode: 105 });
        expect(allocationEnd({ ...failedWith(terminated(0)), ...complete }, "")).toMatchObject({ exitCode: 0 });
    });

    test("is one that was stopped before it ended, not after", () => {
        expect(wasStopped({ ...failedWith(terminated(0)), ...complete, DesiredStatus: "stop" })).toBe(false);
        expect(wasStopped({ ...failedWith(), ...complete, DesiredStatus: "stop" })).toBe(true);
    });

    test("is not one that Nomad killed for a reason of its own", () => {
        const killed = failedWith({ Type: "Template", DisplayMessage: "Missing: kv.block" }, KILLING);
        expect(wasStopped(killed)).toBe(false);
        expect(allocationEnd(killed, "").reason).toContain("was not started: Template, Missing: kv.block.");
    });
});
