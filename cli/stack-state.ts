import { readFileSync, readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Pulumi, plain } from "./pulumi";
import { shortName } from "./stack-name";
import { UserError } from "./user-error";

/** A resource as a stack's state records it. */
export interface RecordedResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
}

interface PendingOperation {
    readonly type: "creating" | "updating" | "deleting" | "reading" | "importing";
    readonly resource: RecordedResource;
}

interface Deployment {
    resources?: RecordedResource[] | null;
    pending_operations?: PendingOperation[] | null;
}

/** What Pulumi knows of a stack. Secrets stay encrypted in it. */
export class StackState {
    private constructor(private readonly exported: { version: number; deployment: Deployment }) {}

    /** @returns undefined when there is no such stack. @throws UserError when Pulumi cannot tell. */
    static async read(pulumi: Pulumi): Promise<StackState | undefined> {
        const { code, stdout, stderr } = await pulumi.capture(["stack", "export", "--stack", pulumi.stack]);
        if (code === 0) {
            return new StackState(JSON.parse(stdout));
        }
        if (/no stack named/.test(stderr)) {
            return undefined;
        }
        throw new UserError(`The state of stack ${pulumi.stack} cannot be read: ${plain(stderr)}`);
    }

    get resources(): readonly RecordedResource[] {
        return this.exported.deployment.resources ?? [];
    }

    /** Steps that were under way when an update was killed. */
    get pending(): readonly PendingOperation[] {
        return this.exported.deployment.pending_operations ?? [];
    }

    /** Ids of everything on Docker that the state knows. */
    get dockerIds(): ReadonlySet<string> {
        return new Set(ofDocker(this.resources).map(({ id }) => id ?? ""));
    }

    /** Docker resources whose creation was begun and not recorded as done. */
    get halfMade(): readonly RecordedResource[] {
        const begun = this.pending.filter(({ type }) => type === "creating");
        return ofDocker(begun.map(({ resource }) => resource));
    }

    /** Takes the pending operations out of the state. What they were about must have been dealt with. */
    async dropPending(pulumi: Pulumi): Promise<void> {
        await this.replace(pulumi, { ...this.exported.deployment, pending_operations: undefined });
    }

    /** Forgets every resource. All of them must be gone. */
    async forgetAll(pulumi: Pulumi): Promise<void> {
        await this.replace(pulumi, { ...this.exported.deployment, resources: [], pending_operations: undefined });
    }

    private async replace(pulumi: Pulumi, deployment: Deployment): Promise<void> {
        await pulumi.ask(
            ["stack", "import", "--stack", pulumi.stack],
            JSON.stringify({ ...this.exported, deployment }),
        );
    }
}

function ofDocker(resources: readonly RecordedResource[]): RecordedResource[] {
    return resources.filter(({ type }) => type.startsWith("docker:"));
}

interface Lock {
    readonly pid: number;
    readonly username: string;
    readonly hostname: string;
    readonly timestamp: string;
}

/**
 * Releases the lock that a killed Pulumi left in a file backend; other backends look after their own.
 *
 * An update that outlived its command, or one started elsewhere on this machine, is waited for.
 *
 * @throws UserError when the process that holds it does not end in time or is on another host.
 */
export async function releaseStaleLock(
    pulumi: Pulumi,
    backendUrl: string | undefined,
    patience: Patience,
): Promise<boolean> {
    const locks = () => (backendUrl?.startsWith("file://") ? readLocks(backendUrl, pulumi.stack) : []);
    const holder = () => locks().find((lock) => lock.hostname !== hostname() || isPulumi(lock.pid));
    const deadline = Date.now() + patience.seconds * 1000;
    for (let held = holder(), told = false; held; held = holder(), told = true) {
        if (held.hostname !== hostname() || Date.now() > deadline) {
            throw new UserError(
                `Another Pulumi works on stack ${pulumi.stack}: process ${held.pid} of ${held.username} on ` +
                    `${held.hostname} since ${held.timestamp}. Wait for it to end, or, if it is gone, run ` +
                    `npm run -s pulumi -- cancel --yes --stack ${pulumi.stack}.`,
            );
        }
        if (!told) {
            patience.say(`• waiting for another Pulumi on stack ${pulumi.stack} to end: process ${held.pid}`);
        }
        patience.check();
        await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MILLISECONDS));
    }
    if (locks().length === 0) {
        return false;
    }
    await pulumi.ask(["cancel", "--yes", "--stack", pulumi.stack]);
    return true;
}

const LOCK_POLL_MILLISECONDS = 200;

/** How long, and how, to wait for somebody else's update. */
export interface Patience {
    readonly seconds: number;
    /** Says once that there is something to wait for. */
    readonly say: (line: string) => void;
    /** @throws when the person does not want to wait any longer. */
    readonly check: () => void;
}

/** The lock files of a stack: Pulumi's file backend writes who holds them as JSON. */
function readLocks(backendUrl: string, stack: string): Lock[] {
    const path = backendUrl.startsWith("file://~")
        ? join(process.env.HOME ?? "", backendUrl.slice("file://~".length))
        : fileURLToPath(backendUrl);
    const directory = join(path, ".pulumi", "locks", "organization", "mlops-infra", shortName(stack));
    try {
        return readdirSync(directory)
            .filter((file) => file.endsWith(".json"))
            .map((file) => JSON.parse(readFileSync(join(directory, file), "utf8")) as Lock);
    } catch {
        return [];
    }
}

/** Whether a process is alive and may be Pulumi: its number may have been given to something else since. */
function isPulumi(pid: number): boolean {
    try {
        process.kill(pid, 0);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ESRCH") {
            return false;
        }
    }
    try {
        return readFileSync(`/proc/${pid}/comm`, "utf8").includes("pulumi");
    } catch {
        // Not Linux: alive is all that can be known.
        return true;
    }
}
