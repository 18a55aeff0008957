import { execFileSync } from "node:child_process";
import { listenerInLsof, listenerInSs, portSentence, publisherOf, Publisher } from "../../cli/ports";
import { needsStack, stackIn } from "../../cli/pulumi-arguments";
import { epochLine, fitted, liveView, resultLine } from "../../cli/run-view";
import { seconds } from "../../cli/screen";
import { shellEnv } from "../../cli/shell-env";
import { RunSnapshot, Sample, isSettled } from "../../cli/training-run";
import { parseSettings } from "../../components/settings";

describe("env", () => {
    const nasty = `a'b"c $HOME \`date\` \\ and\nmore`;

    test("a POSIX shell reads back exactly what was meant", () => {
        const script = `${shellEnv({ X: nasty }, "bash")}\nprintf %s "$X"`;
        expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(nasty);
    });

    test("other shells have quotes of their own", () => {
        expect(shellEnv({ X: "a'b\\" }, "fish")).toBe("set -gx X 'a\\'b\\\\'");
        expect(shellEnv({ X: "a'b" }, "powershell")).toBe("$env:X = 'a''b'");
    });
});

describe("ports", () => {
    const container = (IP: string): Publisher => ({
        Names: ["/web"],
        Labels: {},
        Ports: [{ IP, PrivatePort: 80, PublicPort: 4646, Type: "tcp" }],
    });

    test("a container is in the way when it publishes the port on our address or on any", () => {
        expect(publisherOf(4646, "127.0.0.1", [container("0.0.0.0")])).toBeDefined();
        expect(publisherOf(4646, "127.0.0.1", [container("127.0.0.1")])).toBeDefined();
        expect(publisherOf(4646, "0.0.0.0", [container("10.0.0.1")])).toBeDefined();
        expect(publisherOf(4646, "127.0.0.1", [container("10.0.0.1")])).toBeUndefined();
        expect(publisherOf(4647, "127.0.0.1", [container("0.0.0.0")])).toBeUndefined();
    });

    test("the sentence names port, holder and the command that moves ours", () => {
        expect(portSentence("nomad", parseSettings({}), "container web", "dev")).toBe(
            "Port 4646 on 127.0.0.1, wanted for nomad, is taken by container web. " +
                "Stop it, or move ours: npm run -s pulumi -- config set nomadPort 14646.",
        );
        const high = parseSettings({ nomadPort: "60000" });
        expect(portSentence("nomad", high, undefined, "x")).toContain("config set nomadPort 50000 --stack x.");
    });

    test("the listener is read from ss and from lsof", () => {
        const ss = 'LISTEN 0 4096 127.0.0.1:4646 0.0.0.0:* users:(("nomad",pid=42,fd=7))';
        expect(listenerInSs(ss)).toBe("process 42 (nomad)");
        expect(listenerInSs("")).toBeUndefined();
        expect(listenerInLsof("p42\ncnomad\nf7\n")).toBe("process 42 (nomad)");
    });
});

test("Pulumi's own arguments tell the stack and whether one is needed", () => {
    expect(stackIn(["up", "--stack", "x"])).toBe("x");
    expect(stackIn(["up", "-s=x"])).toBe("x");
    expect(stackIn(["up"])).toBeUndefined();
    expect(needsStack(["config", "set", "a", "b"])).toBe(true);
    expect(needsStack(["stack", "output"])).toBe(true);
    expect(needsStack(["stack", "select", "x"])).toBe(false);
    expect(needsStack(["whoami"])).toBe(false);
    expect(needsStack(["--version"])).toBe(false);
});

test("durations are for people", () => {
    expect([0, 2_140, 48_400, 185_000].map(seconds)).toEqual(["0.0 s", "2.1 s", "48 s", "3 min 5 s"]);
});

describe("runs", () => {
    const sample = (epoch: number): Sample => ({
        epoch,
        epochs: 4,
        loss: 1 / epoch,
        accuracy: 0.5,
        validation_loss: 0.75,
        validation_accuracy: 0.9,
        samples_per_second: 1234.5,
        started_timestamp_seconds: 100,
    });
    const run: RunSnapshot = {
        id: "1a2b3c4d-0000",
        job: "ml-training",
        model: "mlp",
        experiment: "baseline",
        phase: "running",
        latest: sample(2),
        history: [sample(1), sample(2)],
    };

    test("a line for an epoch has every number of the contract", () => {
        expect(epochLine(run, sample(2))).toBe(
            "  ml-training 1a2b3c4d (mlp, baseline) epoch 2/4  loss 0.500  accuracy 50.0 %  " +
                "validation loss 0.750  validation accuracy 90.0 %  1235 samples/s",
        );
    });

    test("the live view has the time left and both curves, and fits the terminal", () => {
        const lines = liveView([run], 200, 110_000).split("\n");
        expect(lines[0]).toMatch(/epoch 2\/4 {2}10 s left {2}loss/);
        expect(lines.join("\n")).toMatch(/loss[\s\S]*validation accuracy[\s\S]*┤/);
        expect(liveView([run], 40, 110_000).split("\n")[0]).toHaveLength(40);
    });

    test("several runs are drawn together", () => {
        const lines = liveView([run, { ...run, id: "ffff" }], 200, 110_000).split("\n");
        expect(lines[0]).toContain("1a2b3c4d");
        expect(lines[1]).toContain("ffff");
    });

    test("a curve keeps its ends when it has more points than columns", () => {
        const values = Array.from({ length: 100 }, (_, index) => index);
        expect(fitted(values, 10)).toHaveLength(10);
        expect([fitted(values, 10)[0], fitted(values, 10).at(-1)]).toEqual([0, 99]);
    });

    test("the end is one line, and a failure has its reason", () => {
        const ended = { ...run, latest: { ...sample(4), finished_timestamp_seconds: 123 } };
        expect(resultLine({ ...ended, phase: "succeeded" })).toMatch(/✓.* succeeded – epoch 4\/4, 23 s, loss 0\.250/);
        expect(resultLine({ ...run, phase: "failed", reason: "boom" })).toMatch(/✗.* failed after epoch 2\/4: boom$/);
    });

    test("a run is settled when Prometheus has its last words", () => {
        const succeeded = { ...run, phase: "succeeded" as const };
        expect(isSettled({ ...succeeded, latest: { ...sample(4), status: 0 } })).toBe(false);
        expect(isSettled({ ...succeeded, latest: { ...sample(4), status: 1 } })).toBe(true);
        expect(isSettled(run)).toBe(false);
    });
});
