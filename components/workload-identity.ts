import * as consul from "@pulumi/consul";
import * as pulumi from "@pulumi/pulumi";
import { Consul } from "./consul";
import { trainingTaskRules } from "./consul-config";
import { TASK_MEMBERS } from "./mesh-edges";
import { MESH_TASK } from "./mesh-task";
import { Nomad } from "./nomad";
import { after } from "./readiness";

/** Consul's auth method for Nomad's workloads; Nomad's default name for it. */
const AUTH_METHOD = "nomad-workloads";
/** What Nomad's agents ask for in the identities they sign (`aud` in their configuration). */
const AUDIENCE = "consul.io";

export interface WorkloadIdentityArgs {
    readonly consul: Consul;
    readonly nomad: Nomad;
    /** Consul keys a task may read, by prefix. */
    readonly keyPrefix: string;
    /** Tasks that are the sidecar of their group get an identity in the mesh. @default false */
    readonly mesh?: boolean;
}

/**
 * Lets Consul trust the identities Nomad signs for its tasks: a task gets a Consul token of its own that can read the
 * training defaults, and a service one that can register just itself. No token is put into a job.
 */
export class WorkloadIdentity extends pulumi.ComponentResource {
    /** Resolves when a task's identity is worth a token. */
    readonly ready: pulumi.Output<unknown>;

    constructor(name: string, args: WorkloadIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mlops:platform:WorkloadIdentity", name, {}, opts);
        const inConsul = { parent: this, provider: args.consul.provider };
        const policy = new consul.AclPolicy(
            `${name}-policy`,
            { name: "nomad-tasks", description: "Nomad tasks", rules: trainingTaskRules(args.keyPrefix) },
            inConsul,
        );
        const role = new consul.AclRole(
            `${name}-role`,
            { name: "nomad-tasks-default", description: "Nomad tasks of namespace default", policies: [policy.id] },
            inConsul,
        );
        const method = new consul.AclAuthMethod(
            `${name}-auth-method`,
            {
                name: AUTH_METHOD,
                type: "jwt",
                displayName: AUTH_METHOD,
                description: "Identities signed by Nomad",
                configJson: authMethodConfig(args.nomad.internalUrl),
            },
            // Consul fetches the keys when the method is created: Nomad's server must serve them by then.
            { ...inConsul, dependsOn: after([args.nomad.serverReady]) },
        );
        const services = new consul.AclBindingRule(
            `${name}-services`,
            {
                authMethod: method.name,
                description: "A service registers itself",
                bindType: "service",
                bindName: "${value.nomad_service}",
                selector: '"nomad_service" in value',
            },
            inConsul,
        );
        const tasks = new consul.AclBindingRule(
            `${name}-tasks`,
            {
                authMethod: method.name,
                description: "A task has the role of its namespace",
                bindType: "role",
                bindName: "nomad-tasks-${value.nomad_namespace}",
                selector: '"nomad_service" not in value',
            },
            inConsul,
        );
        const members = Object.entries(args.mesh ? TASK_MEMBERS : {}).map(
            ([member, jobs]) =>
                new consul.AclBindingRule(
                    `${name}-${member}`,
                    {
                        authMethod: method.name,
                        description: `A sidecar task is ${member} in the mesh`,
                        bindType: "service",
                        bindName: member,
                        selector: `value.nomad_task == "${MESH_TASK}" and value.nomad_job_id matches "${jobs}"`,
                    },
                    inConsul,
                ),
        );
        this.ready = pulumi.all([role, services, tasks, ...members].map(({ id }) => id));
        this.registerOutputs();
    }
}

/** Configuration of the JWT auth method, keys sorted as Consul returns them. */
export function authMethodConfig(nomadUrl: string): string {
    return JSON.stringify({
        BoundAudiences: [AUDIENCE],
        ClaimMappings: {
            nomad_job_id: "nomad_job_id",
            nomad_namespace: "nomad_namespace",
            nomad_service: "nomad_service",
            nomad_task: "nomad_task",
        },
        JWKSURL: `${nomadUrl}/.well-known/jwks.json`,
        JWTSupportedAlgs: ["RS256"],
    });
}
