import type Docker from "dockerode";
import type { Connection } from "./connection";
import { engineMessage, explaining, unlessMissing } from "./engine-error";

/** Makes sure that the engine has `image`: what it has already is taken, only what is missing is pulled. */
export async function findImage(
    connection: Connection,
    image: string,
    platform: string | undefined,
    status: (message: string) => void,
): Promise<Docker.ImageInspectInfo> {
    const engine = await connection.engine();
    const local = await unlessMissing(engine.getImage(image).inspect());
    if (local) {
        return local;
    }
    status(`Pulling ${image}`);
    await explaining(`Unable to pull image ${image}`, () => pull(connection, engine, image, platform));
    return engine.getImage(image).inspect();
}

async function pull(connection: Connection, engine: Docker, image: string, platform?: string): Promise<void> {
    const tagged = /@|:[^/]+$/.test(image) ? image : `${image}:latest`;
    const authconfig = login(connection, tagged);
    const stream = await engine.pull(tagged, { platform, ...(authconfig ? { authconfig } : {}) });
    await new Promise<void>((resolve, reject) => {
        engine.modem.followProgress(stream, (error) => (error ? reject(new Error(engineMessage(error))) : resolve()));
    });
}

/** The provider's login for the registry that `image` names. */
function login(connection: Connection, image: string): Docker.AuthConfig | undefined {
    const first = image.split("/")[0] ?? "";
    const registry = image.includes("/") && /[.:]|^localhost$/.test(first) ? first : "docker.io";
    const match = connection.logins.find(
        ({ address }) => address.replace(/^https?:\/\//, "").split("/")[0] === registry,
    );
    return match && { username: match.username ?? "", password: match.password ?? "", serveraddress: match.address };
}
