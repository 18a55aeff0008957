import { type CheckFailure, type Properties, type ResourceType, schemaResource } from "../resource-provider";
import type { ConfiguredNomad } from "./client";

interface Policy {
    Name: string;
    Description: string;
    Rules: string;
    JobACL?: { Namespace: string; JobID: string; Group: string; Task: string } | null;
}

type JobAcl = { namespace?: string; jobId?: string; group?: string; task?: string };

export function aclPolicy(nomad: ConfiguredNomad): ResourceType {
    const path = (name: unknown) => `/v1/acl/policy/${encodeURIComponent(name as string)}`;
    const find = async (name: unknown) => {
        const policy = await nomad.api.find<Policy>(path(name));
        return policy && fromNomad(policy);
    };
    const write = async (news: Properties): Promise<Properties> => {
        await nomad.api.send("PUT", path(news.name), { body: toNomad(news) });
        return (await find(news.name)) ?? news;
    };
    return schemaResource(
        {
            inputs: {
                name: { type: "string", autoName: true, replace: true },
                description: { type: "string" },
                rulesHcl: { type: "string", required: true },
                jobAcl: {
                    type: {
                        object: {
                            namespace: { type: "string", default: "default" },
                            jobId: { type: "string", required: true },
                            group: { type: "string" },
                            task: { type: "string" },
                        },
                    },
                },
            },
            refuse: refuseJobAcl,
        },
        {
            create: async (news) => ({ id: news.name as string, state: await write(news) }),
            read: async (id) => {
                const state = await find(id);
                return state && { id, state };
            },
            update: (_id, _state, news) => write(news),
            delete: (id) => nomad.api.remove(path(id)),
        },
    );
}

function refuseJobAcl({ jobAcl }: Properties): CheckFailure[] {
    const { group, task } = (jobAcl as JobAcl | undefined) ?? {};
    return task !== undefined && group === undefined
        ? [{ property: "jobAcl.group", reason: "group must be set to set task" }]
        : [];
}

function toNomad(news: Properties): Policy {
    const acl = news.jobAcl as JobAcl | undefined;
    return {
        Name: news.name as string,
        Description: (news.description as string | undefined) ?? "",
        Rules: news.rulesHcl as string,
        JobACL: acl && {
            Namespace: acl.namespace ?? "default",
            JobID: acl.jobId ?? "",
            Group: acl.group ?? "",
            Task: acl.task ?? "",
        },
    };
}

function fromNomad({ Name, Description, Rules, JobACL }: Policy): Properties {
    return {
        name: Name,
        description: Description,
        rulesHcl: Rules,
        jobAcl: JobACL
            ? { namespace: JobACL.Namespace, jobId: JobACL.JobID, group: JobACL.Group, task: JobACL.Task }
            : undefined,
    };
}
