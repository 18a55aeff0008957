import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { pulumiHome } from "./backend";

/** The stack of those who name none. */
export const STANDARD_STACK = "dev";
const PROJECT = "mlops-infra";

/** The stack meant: `--stack`, then `PULUMI_STACK`, then what `pulumi stack select` chose for this checkout, then dev. */
export function stackName(
    option: string | undefined,
    checkout: string,
    backendUrl: string | undefined,
    environment: NodeJS.ProcessEnv,
): string {
    return option || environment.PULUMI_STACK || selectedStack(checkout, backendUrl, environment) || STANDARD_STACK;
}

/** The stack without organization and project, as it stands in the name of its configuration file. */
export function shortName(stack: string): string {
    return stack.split("/").at(-1) ?? stack;
}

/** Pulumi keeps the selection under the SHA-1 of the project file's path, for each backend URL. */
export function selectedStack(
    checkout: string,
    backendUrl: string | undefined,
    environment: NodeJS.ProcessEnv,
): string | undefined {
    try {
        const project = join(realpathSync(checkout), "Pulumi.yaml");
        const hash = createHash("sha1").update(project).digest("hex");
        const file = join(pulumiHome(environment), "workspaces", `${PROJECT}-${hash}-workspace.json`);
        const workspace = JSON.parse(readFileSync(file, "utf8")) as { stack?: string; stacks?: Record<string, string> };
        const selected = (backendUrl && workspace.stacks?.[backendUrl]) || workspace.stack;
        return selected && shortName(selected);
    } catch {
        return undefined;
    }
}

/** The command that sets a configuration key, as a person would type it. */
export function configSet(key: string, value: string, stack: string): string {
    return `npm run -s pulumi -- config set ${key} ${value}${stack === STANDARD_STACK ? "" : ` --stack ${stack}`}`;
}
