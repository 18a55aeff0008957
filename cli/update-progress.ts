import { EngineEvent, StepMetadata } from "./engine-events";
import { Screen, seconds, truncate } from "./screen";

/** Resources that get a line of their own: those that take time and that people know by name. */
const SHOWN: Readonly<Record<string, string>> = {
    "docker:index/network:Network": "network",
    "docker:index/container:Container": "container",
    "docker:index/image:Image": "image",
    "nomad:index/job:Job": "job",
};

const DONE: Readonly<Record<string, string>> = {
    create: "created",
    "create-replacement": "replaced",
    update: "updated",
    delete: "removed",
    "delete-replaced": "removed for replacement",
};

/** Steps after which something is different; the rest only look. */
const CHANGES = Object.keys(DONE);

/** Turns engine events into a line for each important resource, with its time, and collects what went wrong. */
export class UpdateProgress {
    private readonly begun = new Map<string, { label: string; at: number }>();
    private readonly diagnostics: string[] = [];
    private counts: Readonly<Record<string, number>> = {};
    private readonly startedAt = Date.now();

    /** @param verbose whether warnings are shown as they come, and errors with their stacks. */
    constructor(
        private readonly screen: Screen,
        private readonly verbose = false,
    ) {}

    readonly onEvent = (event: EngineEvent): void => {
        if (event.resourcePreEvent) {
            this.begin(event.resourcePreEvent.metadata);
        } else if (event.resOutputsEvent) {
            this.end(event.resOutputsEvent.metadata, true);
        } else if (event.resOpFailedEvent) {
            this.end(event.resOpFailedEvent.metadata, false);
        } else if (event.diagnosticEvent) {
            this.diagnose(event.diagnosticEvent);
        } else if (event.summaryEvent) {
            this.counts = event.summaryEvent.resourceChanges;
        }
    };

    /** How many resources are different now. */
    get changes(): number {
        return CHANGES.concat("replace").reduce((sum, op) => sum + (this.counts[op] ?? 0), 0);
    }

    /** "38 created, 2 updated – 17 s" */
    summary(): string {
        const parts = ["create", "update", "replace", "delete"]
            .filter((op) => this.counts[op])
            .map((op) => `${this.counts[op]} ${op === "replace" ? "replaced" : DONE[op]}`);
        const same = this.counts.same ?? 0;
        const what = parts.length > 0 ? `resources: ${parts.join(", ")}` : `nothing to change in ${same} resources`;
        return `${what} – ${seconds(Date.now() - this.startedAt)}`;
    }

    /** What went wrong, each thing once, in the order in which it was said. */
    errors(): string[] {
        const words = this.verbose ? this.diagnostics : this.diagnostics.map(readable);
        return [...new Set(words)].filter((message) => message !== "");
    }

    private diagnose({ severity, message }: NonNullable<EngineEvent["diagnosticEvent"]>): void {
        if (severity === "error") {
            this.diagnostics.push(message);
        } else if (severity !== "debug" && this.verbose) {
            this.screen.line(message.trimEnd());
        }
    }

    private begin(step: StepMetadata): void {
        if (CHANGES.includes(step.op) && state(step)?.custom) {
            this.begun.set(key(step), { label: labelOf(step), at: Date.now() });
            this.live();
        }
    }

    private end(step: StepMetadata, ok: boolean): void {
        const begun = this.begun.get(key(step));
        if (!begun) {
            return;
        }
        this.begun.delete(key(step));
        const took = seconds(Date.now() - begun.at);
        if (!ok) {
            this.screen.line(`✗ ${begun.label} failed – ${took}`);
        } else if (isShown(step)) {
            this.screen.line(`✓ ${begun.label} ${DONE[step.op]} – ${took}`);
        }
        this.live();
    }

    private live(): void {
        const labels = [...this.begun.values()].map(({ label }) => label);
        this.screen.live(labels.length > 0 ? truncate(`… ${labels.join(", ")}`, this.screen.columns) : "");
    }
}

function key(step: StepMetadata): string {
    return `${step.urn} ${step.op}`;
}

function state(step: StepMetadata) {
    return step.op.startsWith("delete") ? step.old : step.new;
}

/** Containers that only prepare something end at once and are no news; an image is forgotten, but stays on Docker. */
function isShown(step: StepMetadata): boolean {
    const staysBehind = step.op.startsWith("delete") && step.type.endsWith(":Image");
    return step.type in SHOWN && state(step)?.inputs?.mustRun !== false && !staysBehind;
}

function labelOf(step: StepMetadata): string {
    const inputs = state(step)?.inputs ?? {};
    const name = [inputs.name, inputs.imageName].find((value) => typeof value === "string");
    const logical = step.urn.split("::").at(-1) ?? step.urn;
    const kind = SHOWN[step.type];
    return kind ? `${kind} ${name ?? logical}` : logical;
}

const NOISE = [/^update failed$/, /^preview failed$/, /^resource .* failed to destroy$/];
const STACK_FRAME =
    /^\s+at .+$|^Running program '.*' failed with an unhandled exception:$|^<ref \*\d+> |^\s*promise: |^Node\.js v/;

/** A diagnostic without stack frames, engine boilerplate and the prefix of the error's class. */
export function readable(message: string): string {
    const lines = message
        .split("\n")
        .filter((line) => !STACK_FRAME.test(line))
        .map((line) => line.replace(/^(?:Uncaught )?(?:[A-Z]\w*)?Error: /, "").trimEnd());
    const text = lines.join("\n").trim();
    return NOISE.some((noise) => noise.test(text)) ? "" : text;
}
