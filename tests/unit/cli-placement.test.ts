import { Evaluation, Job, Node, PlacementFailure } from "../../cli/nomad";
import { placementProblem } from "../../cli/placement";

function job(resources: { CPU: number; MemoryMB: number }, disk = 300): Job {
    const task = { Name: "train", Config: {}, Resources: resources };
    return {
        ID: "ml-train/dispatch-1-a",
        Namespace: "default",
        Version: 0,
        Status: "pending",
        Stop: false,
        TaskGroups: [{ EphemeralDisk: { SizeMB: disk }, Tasks: [task] }],
    };
}

function node(cpu: number, memory: number, reserved = 0): Node {
    const resources = (part: number[]) => ({
        Cpu: { CpuShares: part[0] as number },
        Memory: { MemoryMB: part[1] as number },
        Disk: { DiskMB: part[2] as number },
    });
    return {
        Name: "node",
        Status: "ready",
        SchedulingEligibility: "eligible",
        NodeResources: resources([cpu, memory, 1000]),
        ReservedResources: resources([0, reserved, 0]),
    };
}

function failed(failure: PlacementFailure): Evaluation[] {
    return [{ ID: "e", CreateIndex: 1, Status: "complete", FailedTGAllocs: { training: failure } }];
}

const NO_MEMORY = failed({ NodesEvaluated: 2, NodesAvailable: { dc1: 2 }, DimensionExhausted: { memory: 2 } });
const TWO = [node(4000, 3900), node(8000, 2000)];

test("what no node can ever hold is told with what is short and with the largest node", () => {
    expect(placementProblem(job({ CPU: 500, MemoryMB: 1048576 }), TWO, NO_MEMORY)).toEqual({
        kind: "never",
        reason: "it needs 1048576 MiB of memory, but the largest node has 3900 MiB",
    });
    expect(placementProblem(job({ CPU: 9000, MemoryMB: 4000 }, 2000), TWO, NO_MEMORY)?.reason).toBe(
        "it needs 9000 MHz of CPU, but the largest node has 8000 MHz and needs 4000 MiB of memory, but the largest node " +
            "has 3900 MiB and needs 2000 MiB of disk, but the largest node has 1000 MiB",
    );
});

test("what a node keeps for itself is not there for runs", () => {
    expect(placementProblem(job({ CPU: 500, MemoryMB: 1000 }), [node(4000, 1100, 200)], NO_MEMORY)).toMatchObject({
        kind: "never",
        reason: expect.stringContaining("has 900 MiB"),
    });
});

test("what only two nodes together have is never placed either", () => {
    expect(placementProblem(job({ CPU: 8000, MemoryMB: 3900 }), TWO, NO_MEMORY)).toMatchObject({
        kind: "never",
        reason: expect.stringContaining("no node has all of it"),
    });
});

test("what fits a node that is busy waits", () => {
    expect(placementProblem(job({ CPU: 500, MemoryMB: 3900 }), TWO, NO_MEMORY)).toEqual({
        kind: "busy",
        reason: "it waits for others to end: the 3900 MiB of memory it needs are not free",
    });
});

test("what is not about resources is told as Nomad tells it", () => {
    const ruledOut = failed({ NodesEvaluated: 2, ConstraintFiltered: { "missing drivers": 2 } });
    expect(placementProblem(job({ CPU: 500, MemoryMB: 100 }), TWO, ruledOut)).toEqual({
        kind: "unclear",
        reason: "Nomad cannot place it yet: of 2 node(s) are ruled out: 2 for missing drivers",
    });
    expect(placementProblem(job({ CPU: 500, MemoryMB: 100 }), [], failed({ NodesEvaluated: 0 }))).toEqual({
        kind: "unclear",
        reason: "Nomad cannot place it yet: no node is ready",
    });
});

test("nothing speaks against a placement that did not fail", () => {
    expect(placementProblem(job({ CPU: 500, MemoryMB: 1048576 }), TWO, [])).toBeUndefined();
});
