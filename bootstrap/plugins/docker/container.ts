import { isDeepStrictEqual } from "node:util";
import type Docker from "dockerode";
import {
    InitializationError,
    type OperationOptions,
    type Properties,
    schemaResource,
    type ResourceType,
} from "../resource-provider";
import type { Connection } from "./connection";
import { containerBody, updateBody } from "./container-body";
import { refuseCombinations } from "./container-combinations";
import { containerInputs, containerOutputs, updatedInPlace } from "./container-schema";
import { prepareAndStart } from "./container-start";
import { containerState } from "./container-state";
import { engineMessage, explaining, isMissing, unlessMissing } from "./engine-error";
import { findImage } from "./find-image";

/** docker:index/container:Container. */
export function containerResource(connection: Connection): ResourceType {
    return schemaResource(
        {
            inputs: containerInputs,
            outputs: containerOutputs,
            refuse: refuseCombinations,
            // Names are unique, and the official plugin asks for it too.
            deleteBeforeReplace: true,
        },
        {
            create: (news, options) => create(connection, news, options),
            async read(id, old) {
                const found = await inspect(connection, id);
                return found && { id, state: { ...old, ...containerState(found, old) } };
            },
            update: (id, old, news) => update(connection, id, old, news),
            delete: (id, old) => remove(connection, id, old),
        },
    );
}

async function create(connection: Connection, news: Properties, options: OperationOptions) {
    const engine = await connection.engine();
    const platform = news.platform as string | undefined;
    await findImage(connection, news.image as string, platform, options.status);
    const request = {
        _query: { name: news.name, ...(platform ? { platform } : {}) },
        _body: containerBody(news),
    } as unknown as Docker.ContainerCreateOptions;
    const container = await explaining(`Unable to create container ${news.name}`, () =>
        engine.createContainer(request),
    );
    const failures: string[] = [];
    const ended = await prepareAndStart(engine, container, news, options).catch((error: unknown) => {
        failures.push(engineMessage(error));
        return {};
    });
    const old = { ...news, ...ended };
    // A container that removes itself is gone when it has ended.
    const inspected = await inspect(connection, container.id);
    const state = inspected ? { ...old, ...containerState(inspected, old) } : old;
    if (failures.length > 0) {
        throw new InitializationError(container.id, state, failures);
    }
    return { id: container.id, state };
}

async function inspect(connection: Connection, id: string): Promise<Docker.ContainerInspectInfo | undefined> {
    return unlessMissing((await connection.engine()).getContainer(id).inspect());
}

async function update(connection: Connection, id: string, old: Properties, news: Properties): Promise<Properties> {
    const container = (await connection.engine()).getContainer(id);
    if (updatedInPlace.some((key) => !isDeepStrictEqual(old[key], news[key]))) {
        const body = updateBody(news);
        await explaining(`Unable to update container ${news.name}`, () => container.update(body));
    }
    if (old.mustRun === false && news.mustRun === true) {
        await explaining(`Unable to start container ${news.name}`, () => container.start());
    }
    const inspected = await inspect(connection, id);
    const state = { ...old, ...news };
    const read = inspected ? containerState(inspected, state) : {};
    return { ...state, ...read, ...onlyRecorded(news) };
}

/**
 * What the engine does not change in place is recorded as if it had been, which is what the official plugin does: a new
 * health check, or a limit that was taken away.
 */
function onlyRecorded(news: Properties): Properties {
    const unchangeable = ["healthcheck", "tmpfs", "init", "rm"].filter((key) => news[key] !== undefined);
    const takenAway = updatedInPlace.filter((key) => news[key] === undefined);
    return Object.fromEntries([...unchangeable, ...takenAway].map((key) => [key, news[key]]));
}

async function remove(connection: Connection, id: string, old: Properties): Promise<void> {
    const container = (await connection.engine()).getContainer(id);
    const grace = (old.destroyGraceSeconds as number | undefined) ?? 0;
    try {
        if (grace > 0 && old.attach !== true) {
            await container.stop({ t: grace }).catch(unlessStopped);
        }
        await container.remove({ force: true, v: old.removeVolumes !== false });
    } catch (error) {
        // 409: a container that removes itself is doing so already.
        const going = isMissing(error) || engineMessage(error).includes("is already in progress");
        if (!going) {
            throw new Error(`Error deleting container ${old.name}: ${engineMessage(error)}`);
        }
    }
    await container.wait({ condition: "removed" }).catch((error: unknown) => {
        if (!isMissing(error)) {
            throw new Error(`Error waiting for the removal of container ${old.name}: ${engineMessage(error)}`);
        }
    });
}

/** 304 is "already stopped". */
function unlessStopped(error: { statusCode?: number }): void {
    if (error.statusCode !== 304) {
        throw error;
    }
}
