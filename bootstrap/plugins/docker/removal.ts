import { engineMessage, isMissing } from "./engine-error";
import { poll } from "./polling";

/** How long the official plugin waits for a network's endpoints, or a volume's users, to vanish. */
const REMOVAL_SECONDS = 30;

/**
 * Removes something that a container removed just now may still hold. Gone already is fine.
 *
 * @param what names it in errors, for example `network mlops-network`.
 * @param busy part of the engine's sentence that means "still in use".
 */
export async function removeWhenFree(
    what: string,
    remove: () => Promise<unknown>,
    busy: string,
    signal: AbortSignal,
): Promise<void> {
    let reason = "";
    const attempt = async () => {
        try {
            await remove();
            return true;
        } catch (error) {
            if (isMissing(error)) {
                return true;
            }
            reason = engineMessage(error);
            if (!reason.includes(busy)) {
                throw new Error(`Unable to remove ${what}: ${reason}`);
            }
            return undefined;
        }
    };
    if (!(await poll(attempt, REMOVAL_SECONDS, signal))) {
        throw new Error(`Unable to remove ${what} within ${REMOVAL_SECONDS} s: ${reason}`);
    }
}
