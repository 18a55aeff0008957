import { createHash } from "node:crypto";
import { settingProblem } from "../components/settings";
import { DISPATCH_JOB } from "../components/training-job";
import { REFUSED } from "./dispatch";
import { Nomad, Task, TaskGroup } from "./nomad";
import { shellWords } from "./shell-words";
import { UserError } from "./user-error";

/** What may differ from the parameterized job, as typed. */
export interface VariantOptions {
    readonly image?: string;
    readonly command?: string;
    readonly cpu?: string;
    readonly memory?: string;
}

/** The same, checked. */
export interface Variant {
    readonly image?: string;
    /** Program and arguments in place of those of the image. */
    readonly command?: readonly string[];
    readonly cpuMhz?: number;
    readonly memoryMiB?: number;
}

/** A job as Nomad describes it: what is named here may be read, all of it is sent back. */
export type JobDescription = Readonly<Record<string, unknown>> & { readonly TaskGroups?: readonly TaskGroup[] | null };

const MIB = 1024 ** 2;
const BYTES_IN: Readonly<Record<string, number>> = {
    "": MIB,
    mib: MIB,
    gib: 1024 ** 3,
    tib: 1024 ** 4,
    mb: 1e6,
    gb: 1e9,
    tb: 1e12,
};
/** Below 10 MiB, Nomad refuses a task. */
const MEMORY = { least: 10, most: 1024 ** 3, allowed: "MiB, or a size such as 512MiB, 2GiB or 1TB, from 10 MiB up" };

/** @throws UserError with a sentence for each wrong value. */
export function parseVariant({ image, command, cpu, memory }: VariantOptions): Variant {
    const memoryMiB = memory === undefined ? undefined : mebibytes(memory);
    const refusals = [
        refusal("--image", image, image !== undefined && settingProblem("trainerBaseImage", image)),
        refusal("--cpu", cpu, cpu !== undefined && settingProblem("trainingCpuMhz", cpu.trim() || "nothing")),
        refusal("--memory", memory, memory !== undefined && memoryMiB === undefined && MEMORY.allowed),
    ].filter((sentence) => sentence !== undefined);
    if (refusals.length > 0) {
        throw new UserError(refusals.join("\n"), REFUSED);
    }
    return {
        ...(image === undefined ? {} : { image }),
        ...(command === undefined ? {} : { command: shellWords(command) }),
        ...(cpu === undefined ? {} : { cpuMhz: Number(cpu) }),
        ...(memoryMiB === undefined ? {} : { memoryMiB }),
    };
}

function refusal(option: string, value: string | undefined, allowed: string | false | undefined): string | undefined {
    return allowed ? `${option} is "${value}", but must be ${allowed}.` : undefined;
}

/** A size in MiB, rounded up; undefined when the text is none that is allowed. */
export function mebibytes(text: string): number | undefined {
    const [, digits = "", unit = ""] = /^(\d{1,12}(?:\.\d{1,3})?) ?([a-z]*)$/i.exec(text) ?? [];
    const size = Math.ceil((Number(digits) * (BYTES_IN[unit.toLowerCase()] ?? NaN)) / MIB);
    return digits !== "" && size >= MEMORY.least && size <= MEMORY.most ? size : undefined;
}

/** What Nomad adds to a job that it was given: no part of a description. */
const KEPT_BY_NOMAD = [
    "ID",
    "Name",
    "Status",
    "StatusDescription",
    "Stable",
    "Stop",
    "Version",
    "VersionTag",
    "SubmitTime",
    "CreateIndex",
    "ModifyIndex",
    "JobModifyIndex",
    "NomadTokenID",
];

/** A description with changes, under an id that is made from it: the same changes to the same job are the same variant. */
export function variantOf(job: JobDescription, variant: Variant): JobDescription & { readonly ID: string } {
    const kept = Object.fromEntries(Object.entries(job).filter(([key]) => !KEPT_BY_NOMAD.includes(key)));
    const changed = {
        ...kept,
        TaskGroups: (job.TaskGroups ?? []).map((group) => ({
            ...group,
            Tasks: group.Tasks.map((task) => changedTask(task, variant)),
        })),
    };
    const hash = createHash("sha256").update(canonical(changed)).digest("hex").slice(0, 8);
    const id = `${DISPATCH_JOB}/${hash}`;
    return { ...changed, ID: id, Name: id };
}

function changedTask(task: Task, { image, command, cpuMhz, memoryMiB }: Variant): Task {
    // An image's own arguments belong to its own entry point, and leave with it.
    const [program, ...args] = command ?? [];
    return {
        ...task,
        Config: {
            ...task.Config,
            ...(image === undefined ? {} : { image }),
            ...(program === undefined ? {} : { entrypoint: [program], args }),
        },
        Resources: {
            ...task.Resources,
            CPU: cpuMhz ?? task.Resources.CPU,
            MemoryMB: memoryMiB ?? task.Resources.MemoryMB,
        },
    };
}

/** JSON whose keys are sorted. */
function canonical(value: unknown): string {
    return JSON.stringify(value, (_key, inner: unknown) =>
        inner !== null && typeof inner === "object" && !Array.isArray(inner)
            ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
            : inner,
    );
}

/**
 * Makes sure that Nomad has the parameterized job for a variant, made from the one that Pulumi submitted.
 *
 * @returns its id. @throws UserError when there is nothing to make it from, or Nomad refuses it
 */
export async function provideVariant(nomad: Nomad, variant: Variant): Promise<string> {
    if (Object.keys(variant).length === 0) {
        return DISPATCH_JOB;
    }
    const original = await nomad.job(DISPATCH_JOB);
    if (!original || original.Stop) {
        throw new UserError(`Nomad has no job ${DISPATCH_JOB}; npm run up submits what is missing.`);
    }
    const job = variantOf(original as unknown as JobDescription, variant);
    const existing = await nomad.job(job.ID);
    if (!existing || existing.Stop) {
        await nomad.register(job);
    }
    return job.ID;
}
