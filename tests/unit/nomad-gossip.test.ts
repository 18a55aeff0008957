import { parse } from "@cdktn/hcl2json";
import { nomadServerConfig, serverScript } from "../../components/nomad-config";

test("servers gossip with the configured key only: a key of before does not win over it", async () => {
    const agent = { name: "mlops-nomad", consulAddress: "mlops-consul:8500", consulToken: "token", gossipKey: "key" };
    expect(await parse("agent.hcl", nomadServerConfig(agent))).toMatchObject({ server: [{ encrypt: "key" }] });
    expect(serverScript()).toMatch(/^rm -f \S+\/serf\.keyring && exec nomad agent /);
});
