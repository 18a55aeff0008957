import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import Docker from "dockerode";

import { canInstallDebianPackages, installDebianPackages } from "./apt";
import { BootstrapError } from "./bootstrap-error";
import { trackLeftover } from "./children";
import { run } from "./command";
import { aptSources, mirrorsOf } from "./debian-sources";
import { onPath } from "./executables";
import { builtFromLabel } from "./image-build";
import { Locations } from "./locations";

/** What the official slim images leave out. Source: debuerreotype's .slimify-excludes. */
const slimExcludes = [
    "usr/share/doc",
    "usr/share/info",
    "usr/share/linda",
    "usr/share/lintian",
    "usr/share/locale",
    "usr/share/man",
];

/** Settings of the official Debian images for packages installed later. Source: debuerreotype-minimizing-config. */
const configuration: Readonly<Record<string, string>> = {
    "etc/dpkg/dpkg.cfg.d/docker": slimExcludes
        .flatMap((path) => [`path-exclude /${path}/*`])
        .concat("path-include /usr/share/doc/*/copyright", "path-include /usr/share/locale/locale.alias", "")
        .join("\n"),
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
    "etc/apt/apt.conf.d/docker-clean": [
        'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };',
        'APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };',
        'Dir::Cache::pkgcache "";',
        'Dir::Cache::srcpkgcache "";',
        "",
    ].join("\n"),
    "etc/apt/apt.conf.d/docker-gzip-indexes": 'Acquire::GzipIndexes "true";\n',
    "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
    "etc/apt/apt.conf.d/docker-autoremove-suggests": 'Apt::AutoRemove::SuggestsImportant "false";\n',
};

/**
 * Makes a Debian base image from packages, with the configuration of the official slim one.
 * Throws {@link BootstrapError} where this machine cannot: it takes root and Debian's debootstrap.
 */
export async function makeDebianImage(
    docker: Docker,
    reference: string,
    suite: string,
    locations: Locations,
): Promise<void> {
    const log = join(locations.cache, "logs", `debootstrap-${suite}.log`);
    if (!canInstallDebianPackages()) {
        throw new BootstrapError(
            `The image ${reference} is not here and cannot be pulled, and making it takes root on Debian or Ubuntu. ` +
                `Bring it with docker load.`,
        );
    }
    if (onPath("debootstrap", process.env.PATH).length === 0) {
        await installDebianPackages(["debootstrap", "debian-archive-keyring"], log);
    }
    const mirrors = mirrorsOf(machineSources());
    const root = join(locations.cache, `debian-${suite}.partial-${process.pid}`);
    const untrack = trackLeftover(root);
    try {
        mkdirSync(root, { recursive: true, mode: 0o755 });
        // In a mount namespace of its own: what debootstrap mounts inside ends with it, however it ends.
        const debootstrap = [
            "debootstrap",
            "--variant=minbase",
            suite,
            root,
            ...(mirrors === undefined ? [] : [mirrors.main]),
        ];
        await run("unshare", ["--mount", ...debootstrap], { log, timeout: 1_800_000 });
        const used = mirrors ?? mirrorsOf([readFileSync(join(root, "etc/apt/sources.list"), "utf8")]);
        slim(root);
        if (used !== undefined) {
            writeFileSync(join(root, "etc/apt/sources.list.d/debian.sources"), aptSources(used, suite));
        }
        await importImage(docker, root, reference, `debootstrap --variant=minbase ${suite}`);
    } finally {
        rmSync(root, { recursive: true, force: true });
        untrack();
    }
}

function machineSources(): string[] {
    const parts = "/etc/apt/sources.list.d";
    const files = existsSync(parts)
        ? readdirSync(parts)
              .sort()
              .map((name) => join(parts, name))
        : [];
    return ["/etc/apt/sources.list", ...files]
        .filter((path) => existsSync(path) && /\.(list|sources)$/.test(path))
        .map((path) => readFileSync(path, "utf8"));
}

/** Leaves what the official slim image leaves, and nothing of this machine. */
function slim(root: string): void {
    for (const directory of [...slimExcludes, "var/cache/apt/archives", "var/lib/apt/lists", "var/log"]) {
        const path = join(root, directory);
        for (const name of existsSync(path) ? readdirSync(path, { recursive: true, encoding: "utf8" }) : []) {
            const file = join(path, name);
            if (!name.endsWith("/copyright") && !lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) {
                rmSync(file, { force: true });
            }
        }
    }
    for (const file of [
        "etc/apt/sources.list",
        "etc/resolv.conf",
        "etc/hostname",
        "etc/machine-id",
        "var/cache/ldconfig/aux-cache",
    ]) {
        rmSync(join(root, file), { force: true });
    }
    writeFileSync(join(root, "etc/machine-id"), "");
    for (const [path, text] of Object.entries(configuration)) {
        writeFileSync(join(root, path), text);
    }
    // As in the official image: services do not start while packages are installed in a container.
    writeFileSync(join(root, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
}

async function importImage(docker: Docker, root: string, reference: string, origin: string): Promise<void> {
    const tar = spawn("tar", ["--numeric-owner", "--one-file-system", "--sort=name", "-C", root, "-c", "."], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    const tarred = new Promise<void>((done, fail) =>
        tar.on("close", (code) => (code === 0 ? done() : fail(new Error(`tar failed with exit code ${code}`)))),
    );
    const separator = reference.lastIndexOf(":");
    const stream = await docker.importImage(tar.stdout, {
        repo: reference.slice(0, separator),
        tag: reference.slice(separator + 1),
        changes: [
            'CMD ["bash"]',
            "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            `LABEL ${builtFromLabel}="${origin}"`,
        ],
    });
    await Promise.all([
        tarred,
        new Promise((done, fail) =>
            docker.modem.followProgress(stream, (error, result) => (error ? fail(error) : done(result))),
        ),
    ]);
}
