/** Whether an image reference names one image for good: by digest, or by a tag that is not `latest`. */
export function isPinned(reference: string): boolean {
    if (/@sha256:[0-9a-f]{64}$/.test(reference)) {
        return true;
    }
    // A colon before the last slash belongs to a registry's port.
    const tag = /:([\w][\w.-]{0,127})$/.exec(reference.slice(reference.lastIndexOf("/") + 1))?.[1];
    return tag !== undefined && tag !== "latest";
}

/** What is wrong with an image reference, if anything; nothing is said of one that is not known yet. */
export function unpinned(reference: unknown): string[] {
    if (typeof reference === "symbol" || (typeof reference === "string" && isPinned(reference))) {
        return [];
    }
    return [`Image ${JSON.stringify(reference)} is not pinned; name it with a tag other than latest, or by digest.`];
}
