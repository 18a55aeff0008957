import { engineOptions, plainLog } from "../../components/engine";

test.each([
    ["unix:///run/user/1000/docker.sock", { socketPath: "/run/user/1000/docker.sock" }],
    ["npipe:////./pipe/docker_engine", { socketPath: "//./pipe/docker_engine" }],
    ["tcp://10.0.0.5:2376", { protocol: "http", host: "10.0.0.5", port: "2376" }],
    ["tcp://builder", { protocol: "http", host: "builder", port: 2375 }],
    ["ssh://ml@gpu-box", { protocol: "ssh", host: "gpu-box", port: 22, username: "ml" }],
])("%s is connected to by %j", (address, options) => {
    expect(engineOptions(address)).toEqual(options);
});

function frame(stream: number, text: string): Buffer {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
}

test("a multiplexed log is read without its frame headers", () => {
    expect(plainLog(Buffer.concat([frame(1, "out\n"), frame(2, "err – ü\n")]))).toBe("out\nerr – ü\n");
    expect(plainLog(Buffer.alloc(0))).toBe("");
});
