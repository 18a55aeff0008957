import { parse } from "@cdktn/hcl2json";
import { outdated } from "../../components/consul-api";
import { consulServerConfig } from "../../components/consul-config";

test("the agent has a token of its own, and a changed gossip key is the one in use", async () => {
    const secrets = { gossipKey: "gossip", managementToken: "management", agentToken: "agent" };
    expect(await parse("server.hcl", consulServerConfig("mlops-consul", secrets))).toMatchObject({
        encrypt: "gossip",
        disable_keyring_file: true,
        ports: [{ dns: -1 }],
        acl: [{ default_policy: "deny", tokens: [{ initial_management: "management", agent: "agent" }] }],
    });
});

test("a rotation takes away what it replaced and nothing of anybody else's", () => {
    const tokens = [
        { AccessorID: "1", Description: "Initial Management Token" },
        { AccessorID: "2", Description: "Initial Management Token" },
        { AccessorID: "3", Description: "Consul agent" },
        { AccessorID: "4", Description: "Consul agent" },
        { AccessorID: "5", Description: "Prometheus" },
        { AccessorID: "6" },
    ];
    const current = [tokens[1]!, tokens[3]!];
    expect(outdated(tokens, current).map(({ AccessorID }) => AccessorID)).toEqual(["1", "3"]);
});
