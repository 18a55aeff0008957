import { accessSync, constants } from "node:fs";

/** How programs are told of a CA bundle, full bundles before additions to one. */
const variables = [
    "MLOPS_EXTRA_CA_FILE",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
];

/**
 * The CA bundle this machine's programs are told to trust: where a proxy re-signs TLS, image builds need it too.
 * @returns the first readable file that one of the usual environment variables names
 */
export function extraCaFile(environment: NodeJS.ProcessEnv): string | undefined {
    return variables.map((variable) => environment[variable]).find((path) => path !== undefined && isReadable(path));
}

function isReadable(path: string): boolean {
    try {
        accessSync(path, constants.R_OK);
        return path !== "";
    } catch {
        return false;
    }
}
