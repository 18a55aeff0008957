import { createServer } from "node:http";
import { AddressInfo } from "node:net";

import { engineAddresses, engineInstruction, findEngine, refuseOld } from "../../bootstrap/engine";

describe("the Docker engine", () => {
    test("a named address is the only one that is tried", () => {
        const environment = { DOCKER_HOST: "tcp://b:2375" };
        expect(engineAddresses("tcp://a:2375", environment)).toEqual({ explicit: true, addresses: ["tcp://a:2375"] });
        expect(engineAddresses(undefined, environment)).toEqual({ explicit: true, addresses: ["tcp://b:2375"] });
        expect(engineAddresses(undefined, {}).explicit).toBe(false);
        expect(engineAddresses(undefined, {}).addresses[0]).toBe("unix:///var/run/docker.sock");
    });

    test("a named one that is silent is refused by its address", async () => {
        await expect(findEngine("unix:///nowhere/docker.sock")).rejects.toMatchObject({
            name: "BootstrapError",
            message: expect.stringMatching(/unix:\/\/\/nowhere\/docker\.sock .*correct dockerHost/),
        });
    });

    test("its answer decides about version and processor", async () => {
        const answer = { ApiVersion: "1.41", Version: "20.10.24", Arch: "aarch64" };
        const server = createServer((_, response) =>
            response.setHeader("content-type", "application/json").end(JSON.stringify(answer)),
        );
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        const address = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
        try {
            expect(await findEngine(address)).toMatchObject({ architecture: "arm64", address });
            answer.ApiVersion = "1.40";
            answer.Version = "19.03.15";
            await expect(findEngine(address)).rejects.toThrow(/19\.03\.15 .*at least 20\.10/);
        } finally {
            server.close();
        }
    });

    test.each(["1.41", "1.50", "2.0"])("API %s is new enough", (api) =>
        expect(() => refuseOld(api, "x")).not.toThrow(),
    );
    test.each(["1.40", "1.9", "0.99"])("API %s is too old", (api) =>
        expect(() => refuseOld(api, "x")).toThrow(/Upgrade/),
    );

    test("what to do depends on the system", () => {
        expect(engineInstruction("darwin", false)).toMatch(/Docker Desktop/);
        expect(engineInstruction("linux", true)).toMatch(/systemctl start docker/);
        expect(engineInstruction("linux", false)).toMatch(/apt-get install docker\.io/);
    });
});
