import Docker from "dockerode";

import { causeOf } from "./bootstrap-error";

/** A pull that says nothing for this long, in milliseconds, is given up. */
const silence = 90_000;

/** Whether the engine has an image under this name. */
export async function hasImage(docker: Docker, reference: string): Promise<boolean> {
    try {
        await docker.getImage(reference).inspect();
        return true;
    } catch (error) {
        if ((error as { statusCode?: number }).statusCode === 404) {
            return false;
        }
        throw error;
    }
}

/** Pulls an image. Returns why it could not be pulled, or undefined when it was. */
export async function pullImage(docker: Docker, reference: string): Promise<string | undefined> {
    const stop = new AbortController();
    const giveUp = () => stop.abort(new Error(`no answer within ${silence / 1000} s`));
    let timer = setTimeout(giveUp, silence);
    try {
        const stream = await docker.pull(reference, { abortSignal: stop.signal });
        await new Promise<void>((done, fail) => {
            stop.signal.addEventListener("abort", () => fail(stop.signal.reason as Error));
            docker.modem.followProgress(
                stream,
                (error) => (error ? fail(error) : done()),
                () => {
                    clearTimeout(timer);
                    timer = setTimeout(giveUp, silence);
                },
            );
        });
        return undefined;
    } catch (error) {
        return causeOf(error);
    } finally {
        clearTimeout(timer);
    }
}
