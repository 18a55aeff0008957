import * as pulumi from "@pulumi/pulumi";
import { Resource, readInputs } from "../../policy/resource";
import { CONTAINER, IMAGE, JOB, NETWORK, RULES, VOLUME, violations } from "../../policy/rules";
import { Registered, runUnderMocks } from "../mocks/program";

const { specialSecretSig, specialSigKey } = pulumi.runtime;

/** A resource as the engine would show it to the policy pack, marks of secrets included. */
function judged({ type, inputs }: Registered): Resource {
    const unmark = (value: object) =>
        specialSigKey in value && value[specialSigKey] === specialSecretSig && "value" in value
            ? { value: value.value }
            : undefined;
    return { type, ...readInputs(inputs, unmark) };
}

interface Case {
    readonly what: string;
    readonly config?: Record<string, string>;
    readonly preview?: boolean;
    /** The pack's configuration for this stack, by policy. */
    readonly allowed?: Record<string, string[]>;
}

async function said({ config, preview, allowed }: Case): Promise<string[]> {
    jest.resetModules();
    const run = await runUnderMocks(() => import("../../index"), { config, preview });
    // A program of which nothing is judged keeps every rule, too.
    for (const type of [CONTAINER, IMAGE, JOB, NETWORK, VOLUME]) {
        expect(run.resources.map((resource) => resource.type)).toContain(type);
    }
    const found = run.resources.flatMap((resource) =>
        RULES.filter(({ advisory }) => !advisory).map(async (rule) =>
            (await violations(rule, judged(resource), allowed?.[rule.name])).map(
                (violation) => `${rule.name}: ${resource.name}: ${violation}`,
            ),
        ),
    );
    return (await Promise.all(found)).flat();
}

const cases: Case[] = [
    { what: "with no configuration" },
    { what: "in a preview of a fresh stack", preview: true },
    { what: "without Grafana", config: { grafana: "false" } },
    { what: "without the guard before the engine's socket", config: { dockerGuard: "false" } },
    {
        what: "with other images, names and ports",
        config: {
            prefix: "other",
            nomadPort: "14646",
            consulImage: "mirror.example:5000/hashicorp/consul:1.22.0",
            trainerBaseImage: `mirror.example/debian@sha256:${"0".repeat(64)}`,
        },
    },
    {
        what: "on another address and socket that the pack's configuration allows",
        config: { bindAddress: "192.0.2.1", dockerSocket: "/run/user/1000/docker.sock" },
        allowed: { "loopback-ports": ["192.0.2.1"], "no-host-paths": ["/run/user/1000/docker.sock"] },
    },
];

test.each(cases)("keeps every rule $what", async (given) => {
    expect(await said(given)).toEqual([]);
});

test("breaks a rule on an address that the pack's configuration does not allow", async () => {
    const found = await said({ what: "", config: { bindAddress: "0.0.0.0" } });
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((violation) => !violation.startsWith("loopback-ports: "))).toEqual([]);
});
