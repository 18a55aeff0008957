import { createRequire } from "node:module";
import { join } from "node:path";
import { Secret, UNKNOWN } from "../../bootstrap/plugins/values";
import { PART_LABEL, STACK_LABEL } from "../../components/labels";
import { CONTAINER, RULES } from "../../policy/rules";
import { REPOSITORY } from "../command";
import { NO_ENGINE, PolicyProcess } from "./policy-process";

const POLICY = join(REPOSITORY, "policy");
const LOADER = createRequire(__filename).resolve("@pulumi/pulumi/cmd/run-policy-pack");

const service = {
    name: "mlops-web",
    image: "web:1.2.3",
    user: "1000:1000",
    healthcheck: { tests: ["CMD", "true"] },
    memory: 64,
    memorySwap: 64,
    readOnly: true,
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "3" },
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    labels: [
        { label: PART_LABEL, value: "web" },
        { label: STACK_LABEL, value: "mlops" },
    ],
};

describe("the policy pack as the engine talks to it", () => {
    let pack: PolicyProcess;
    beforeAll(async () => {
        pack = await PolicyProcess.start(join(POLICY, "analyzer"), [NO_ENGINE], REPOSITORY);
    });
    afterAll(() => pack?.hangUp());

    test("says which policies it has, and that all but the advisory ones stop an update", async () => {
        const expected = RULES.map(({ name, advisory, readsMarks }) => [
            name,
            advisory ? "advisory" : readsMarks ? "remediate" : "mandatory",
        ]);
        expect(await pack.policies()).toEqual(expected);
    });

    test("finds nothing in a good container, also when little is known of it", async () => {
        expect(await pack.judge(CONTAINER, service)).toEqual([]);
        const upload = { file: "/x", permissions: "0600", content: UNKNOWN };
        expect(await pack.judge(CONTAINER, { ...service, user: UNKNOWN, uploads: [upload] })).toEqual([]);
    });

    test("reports each violation at its level", async () => {
        const said = await pack.judge(CONTAINER, { ...service, user: "root", readOnly: false });
        expect(said).toEqual([
            expect.stringMatching(/^mandatory no-root: .*\n.*runs as root/),
            expect.stringMatching(/^advisory read-only-root: /),
        ]);
    });

    test("tells a marked secret from a plain one", async () => {
        const upload = { file: "/x", permissions: "0600", content: "geheim" };
        const marked = { ...service, uploads: [{ ...upload, content: new Secret("geheim") }] };
        expect(await pack.judge(CONTAINER, marked)).toEqual([]);
        expect(await pack.judge(CONTAINER, { ...service, uploads: [upload] })).toEqual([
            expect.stringMatching(/^mandatory secrets-encrypted: .*\nFile \/x .*not marked/),
        ]);
        expect(await pack.judge(CONTAINER, { ...service, envs: ["MODE=fast", new Secret("MODE=geheim")] })).toEqual([
            expect.stringMatching(/^mandatory secrets-hidden: .*\nenvs\.1 is a secret/),
        ]);
    });

    test("allows what its configuration allows", async () => {
        const published = { ...service, ports: [{ internal: 80, external: 80, ip: "192.0.2.1" }] };
        expect(await pack.judge(CONTAINER, published)).toEqual([expect.stringMatching(/^mandatory loopback-ports: /)]);
        await pack.allow("loopback-ports", ["192.0.2.1"]);
        expect(await pack.judge(CONTAINER, published)).toEqual([]);
    });
});

test("Pulumi's own loader starts the same pack", async () => {
    const pack = await PolicyProcess.start(process.execPath, [LOADER, NO_ENGINE, "."], POLICY);
    try {
        expect(await pack.judge(CONTAINER, { ...service, privileged: true })).toEqual([
            expect.stringMatching(/^mandatory no-host-access: .*\nThe container is privileged/),
        ]);
    } finally {
        await pack.kill();
    }
});
