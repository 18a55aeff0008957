import { environmentOf, eachTask } from "./nomad-job-rules";
import { Resource, isSecret, objects, strings, texts } from "./resource";
import { assignedSecrets, namesSecret, secretForm } from "./secret-text";

/** What `docker inspect` and a process list show of a container to whoever may ask the engine. */
const SHOWN = ["envs", "command", "entrypoints", "labels", "healthcheck", "hostname", "logOpts"];

const INSTEAD = "give it as a file of mode 0600, or let Nomad deliver it.";

/** Secrets do not stand where everybody looks; marking them encrypts the state, but hides nothing here. */
export function hiddenInContainer(resource: Resource): string[] {
    return SHOWN.flatMap((input) => {
        const found = texts(resource.inputs[input], input).flatMap(([path, text]) => shownSecret(resource, path, text));
        const labels = objects(resource.inputs[input]).filter(({ label }) => namesSecret(String(label)));
        return [...found, ...flagValues(strings(resource.inputs[input])), ...labels.map(({ label }) => named(label))];
    });
}

function shownSecret(resource: Resource, path: string, text: string): string[] {
    if (isSecret(resource, path)) {
        return [`${path} is a secret that anybody who may inspect the container reads; ${INSTEAD}`];
    }
    const form = secretForm(text, { uuids: true });
    return [
        ...(form ? [`${path} holds ${form}; ${INSTEAD}`] : []),
        ...assignedSecrets(text).map((name) => `${path} gives ${name} a value; ${INSTEAD}`),
    ];
}

/** Flags with their value in the next argument. */
function flagValues(args: readonly string[]): string[] {
    return args
        .filter(
            (flag, index) => /^--?[\w.-]+$/.test(flag) && namesSecret(flag) && /^[^-/$]/.test(args[index + 1] ?? ""),
        )
        .map((flag) => `An argument gives ${flag} a value; ${INSTEAD}`);
}

function named(label: unknown): string {
    return `Label ${String(label)} names a secret; everybody who may list containers reads labels.`;
}

/** Build arguments stay in the image's history. */
export function hiddenInImage(resource: Resource): string[] {
    const build = resource.inputs.build;
    const args = Object.entries((typeof build === "object" && build !== null && "args" in build && build.args) || {});
    return args.flatMap(([name, value]) => {
        const path = `build.args.${name}`;
        const form = typeof value === "string" ? secretForm(value, { uuids: true }) : undefined;
        return [
            ...(namesSecret(name) || isSecret(resource, path) ? [`${path} is a secret that stays in the image.`] : []),
            ...(form ? [`${path} holds ${form}, which stays in the image.`] : []),
        ];
    });
}

/** Nomad shows a job to everybody who may read it, and Docker shows a task's environment. */
export async function hiddenInJob(resource: Resource): Promise<string[]> {
    const { jobspec } = resource.inputs;
    const form = typeof jobspec === "string" ? secretForm(jobspec, { uuids: true }) : undefined;
    const whole = [
        ...(isSecret(resource, "jobspec") ? ["The job contains a secret; let its tasks read it from a variable."] : []),
        ...(form ? [`The job holds ${form}; let its tasks read it from a variable.`] : []),
    ];
    const environments = eachTask((task) => {
        const { env, templates } = environmentOf(task);
        const given = Object.entries(env).map(([name, value]) => `${name}=${String(value)}`);
        return [
            ...[...given, ...strings(task.config.args)]
                .flatMap(assignedSecrets)
                .map((name) => `It gives ${name} a value.`),
            ...templates
                .filter((data) => /\b(nomadVar|secret)\b/.test(data))
                .map(
                    () =>
                        "A template puts a secret into the environment, which docker inspect shows; write it to a file.",
                ),
        ];
    });
    return [...whole, ...(await environments(resource))];
}

/** Inputs that are secrets although their names do not say so, by type. */
const SECRET_INPUTS: Readonly<Record<string, readonly string[]>> = {
    "nomad:index/variable:Variable": ["items"],
    "pulumi:providers:grafana": ["auth", "httpHeaders"],
    "pulumi:providers:nomad": ["secretId", "httpAuth", "headers"],
    "pulumi:providers:consul": ["httpAuth", "headers"],
    "pulumi:providers:docker": ["registryAuth"],
    "grafana:oss/dataSource:DataSource": ["secureJsonDataEncoded", "httpHeaders"],
};

/**
 * Inputs that are secrets by name, form or place must be marked so, or they stand in the state and in every preview as
 * they are. Judged only where marks can be seen.
 */
export function encrypted(resource: Resource): string[] {
    const { type, inputs, secrets } = resource;
    if (secrets === undefined) {
        return [];
    }
    const known = SECRET_INPUTS[type] ?? [];
    return texts(inputs)
        .filter(([path, text]) => text !== "" && !isSecret(resource, path))
        .flatMap(([path, text]) => {
            const form = secretForm(text);
            const [first = "", ...rest] = path.split(".");
            if (known.includes(first) || [first, ...rest].some(namesSecret)) {
                return [`${path} is a secret by its name, but not marked as one; wrap it in pulumi.secret.`];
            }
            return form ? [`${path} holds ${form}, but is not marked as a secret; wrap it in pulumi.secret.`] : [];
        });
}

/** Files with secrets are readable by their owner only, and what only the owner may read is a secret. */
export function secretFiles(resource: Resource): string[] {
    return objects(resource.inputs.uploads).flatMap((upload, index) => {
        const at = `uploads.${index}`;
        const [file, mode] = [String(upload.file), upload.permissions];
        const own = /^0?[0-7]00$/.test(String(mode));
        const secret = ["content", "contentBase64"].some((key) => isSecret(resource, `${at}.${key}`));
        const content = typeof upload.content === "string" ? upload.content : "";
        const telling = secretForm(content, { uuids: true }) ?? assignedSecrets(content)[0];
        const known = typeof upload.content !== "symbol" && typeof mode !== "symbol";
        return [
            ...(known && own && !secret && resource.secrets
                ? [`File ${file} is for its owner's eyes, but its content is not marked as a secret.`]
                : []),
            ...((secret || telling) && !own
                ? [`File ${file} holds ${telling ?? "a secret"}, but its mode is ${String(mode ?? "0644")}; use 0600.`]
                : []),
        ];
    });
}
