import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type Properties, encodeProperties } from "../../bootstrap/plugins/values";

/** Nothing listens there; the pack has nothing to tell an engine. */
export const NO_ENGINE = "127.0.0.1:1";

const LEVELS = ["advisory", "mandatory", "disabled", "remediate"];

/** The policy pack in a process of its own, asked over gRPC as the engine asks. */
export class PolicyProcess {
    private constructor(
        private readonly child: ChildProcess,
        private readonly client: AnalyzerClient,
    ) {}

    /** Starts the pack in `cwd` and waits for its port; the engine's address is among `args`. */
    static async start(command: string, args: string[], cwd: string): Promise<PolicyProcess> {
        const child = spawn(command, args, { cwd, stdio: ["pipe", "pipe", "inherit"] });
        const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
        return new PolicyProcess(child, new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure()));
    }

    /** Every policy's name and enforcement level. */
    async policies(): Promise<[name: string, level: string | undefined][]> {
        const info = await this.ask<messages.AnalyzerInfo>("getAnalyzerInfo", new Empty());
        return info.getPoliciesList().map((policy) => [policy.getName(), LEVELS[policy.getEnforcementlevel()]]);
    }

    /** What `--policy-pack-config` does: one policy's `allowed`. */
    async allow(policy: string, allowed: string[]): Promise<void> {
        const config = new messages.PolicyConfig().setProperties(encodeProperties({ allowed }));
        const request = new messages.ConfigureAnalyzerRequest();
        request.getPolicyconfigMap().set(policy, config.setEnforcementlevel(messages.EnforcementLevel.MANDATORY));
        await this.ask("configure", request);
    }

    /** Shows a resource to the pack, first for remediation and then for analysis; answers `level policy: message`. */
    async judge(type: string, properties: Properties): Promise<string[]> {
        // Both questions are asked with the same message.
        const request = new messages.AnalyzeRequest()
            .setType(type)
            .setName("thing")
            .setUrn(`urn:pulumi:test::test::${type}::thing`)
            .setOptions(new messages.AnalyzerResourceOptions())
            .setProperties(encodeProperties(properties));
        await this.ask("remediate", request);
        const answer = await this.ask<messages.AnalyzeResponse>("analyze", request);
        return answer
            .getDiagnosticsList()
            .map((said) => `${LEVELS[said.getEnforcementlevel()]} ${said.getPolicyname()}: ${said.getMessage()}`);
    }

    /** Closes the pack's input, as an engine that ends does, and waits for its end. */
    async hangUp(): Promise<void> {
        this.client.close();
        if (this.child.exitCode === null && this.child.signalCode === null) {
            const ended = once(this.child, "exit");
            this.child.stdin?.end();
            await ended;
        }
    }

    /** Ends a pack that Pulumi's loader started: the loader leaves that to the language host. */
    async kill(): Promise<void> {
        this.client.close();
        const ended = once(this.child, "exit");
        this.child.kill();
        await ended;
    }

    private ask<Response>(method: string, request: unknown): Promise<Response> {
        type Unary = (request: unknown, done: (error: grpc.ServiceError | null, response: Response) => void) => void;
        const call = this.client[method as keyof AnalyzerClient] as unknown as Unary;
        return new Promise((resolve, reject) =>
            call.call(this.client, request, (error, response) => (error ? reject(error) : resolve(response))),
        );
    }
}
