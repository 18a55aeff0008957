import { PassThrough } from "node:stream";
import { StepMetadata } from "../../cli/engine-events";
import { Screen } from "../../cli/screen";
import { UpdateProgress, readable } from "../../cli/update-progress";

let written: string[];
let progress: UpdateProgress;

beforeEach(() => {
    written = [];
    const stream = new PassThrough();
    stream.on("data", (chunk: Buffer) => written.push(chunk.toString()));
    progress = new UpdateProgress(new Screen(stream as unknown as NodeJS.WriteStream));
});

function step(op: string, type: string, inputs: Record<string, unknown>): StepMetadata {
    return { op, type, urn: `urn:pulumi:dev::mlops-infra::${type}::x`, new: { custom: true, inputs } };
}

function runStep(metadata: StepMetadata, outcome: "resOutputsEvent" | "resOpFailedEvent" = "resOutputsEvent"): void {
    progress.onEvent({ resourcePreEvent: { metadata } });
    progress.onEvent({ [outcome]: { metadata } });
}

const CONTAINER = "docker:index/container:Container";

test("a server gets a line with its name and time, what only prepares gets none", () => {
    runStep(step("create", CONTAINER, { name: "mlops-consul" }));
    runStep(step("create", CONTAINER, { name: "mlops-nomad-init", mustRun: false }));
    runStep(step("create", "random:index/randomUuid:RandomUuid", {}));
    runStep(step("same", CONTAINER, { name: "mlops-nomad" }));
    expect(written.join("")).toMatch(/^✓ container mlops-consul created – 0\.0 s\n$/);
});

test("a failed step is marked", () => {
    runStep(step("create", CONTAINER, { name: "mlops-consul" }), "resOpFailedEvent");
    expect(written.join("")).toMatch(/^✗ container mlops-consul failed/);
});

test("an update without changes says so", () => {
    progress.onEvent({ summaryEvent: { durationSeconds: 2, resourceChanges: { same: 42 } } });
    expect(progress.summary()).toMatch(/^nothing to change in 42 resources – /);
    expect(progress.changes).toBe(0);
});

test("changes are counted by kind", () => {
    progress.onEvent({ summaryEvent: { durationSeconds: 2, resourceChanges: { create: 3, replace: 1, same: 4 } } });
    expect(progress.summary()).toMatch(/^resources: 3 created, 1 replaced – /);
    expect(progress.changes).toBe(4);
});

test("errors lose their stacks and the engine's boilerplate, and are told once", () => {
    const error = (message: string) => progress.onEvent({ diagnosticEvent: { severity: "error", message } });
    error(
        "Running program 'index.ts' failed with an unhandled exception:\nSettingsError: bad port\n    at x (y.ts:1)\n",
    );
    error("Error: bad port");
    error("update failed\n");
    expect(progress.errors()).toEqual(["bad port"]);
});

test("log lines in an error keep their indentation", () => {
    expect(readable("Error: Nomad was not ready\n    agent: started")).toBe("Nomad was not ready\n    agent: started");
});
