import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Every place the bootstrap reads or writes, as absolute paths. */
export interface Locations {
    /** the checkout: where Pulumi.yaml and node_modules are */
    checkout: string;
    /** what is built or fetched, kept outside the checkout so that clones share it */
    cache: string;
    /** Pulumi's own directory: `PULUMI_HOME`, else ~/.pulumi */
    pulumiHome: string;
    /** stand-in provider executables, inside the checkout because they run its sources */
    standIns: string;
}

/** The locations for an environment; {@link checkoutDirectory} unless told. */
export function locationsFor(environment: NodeJS.ProcessEnv, checkout: string = checkoutDirectory()): Locations {
    const home = environment.HOME ?? homedir();
    return {
        checkout,
        cache: join(environment.XDG_CACHE_HOME || join(home, ".cache"), "mlops-infra"),
        pulumiHome: resolve(environment.PULUMI_HOME || join(home, ".pulumi")),
        standIns: join(checkout, ".mlops", "plugins", "bin"),
    };
}

/** The checkout this file belongs to. */
export function checkoutDirectory(): string {
    return resolve(__dirname, "..");
}
