import { Interruption } from "../../cli/interruption";
import { Pulumi } from "../../cli/pulumi";

test("every command means the stack of the session, also where Pulumi has none selected", async () => {
    const pulumi = new Pulumi({
        executable: process.execPath,
        checkout: process.cwd(),
        stack: "other",
        env: { PATH: process.env.PATH },
        interruption: new Interruption(() => undefined),
    });
    expect(await pulumi.ask(["-p", "process.env.PULUMI_STACK"])).toBe("other\n");
});
