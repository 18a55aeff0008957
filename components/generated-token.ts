import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/**
 * A UUID to be used as a token, generated once and kept encrypted in state. Not `random.RandomUuid`: its id is the UUID
 * itself, and ids are never encrypted.
 */
export function generatedToken(name: string, parent: pulumi.Resource): pulumi.Output<string> {
    return pulumi.secret(new random.RandomBytes(name, { length: 16 }, { parent }).hex).apply(uuidOf);
}

/** 32 hex digits of chance as a version 4 UUID (RFC 9562, section 5.4): six bits are fixed. */
export function uuidOf(hex: string): string {
    const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
    const digits = `${hex.slice(0, 12)}4${hex.slice(13, 16)}${variant}${hex.slice(17, 32)}`;
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
