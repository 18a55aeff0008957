import { DEFAULT_IMAGES, Settings, SettingsError, parseSettings, publishedUrl } from "../../components/settings";

function refusal(values: Record<string, string>): string {
    try {
        parseSettings(values);
    } catch (error) {
        expect(error).toBeInstanceOf(SettingsError);
        return (error as Error).message;
    }
    throw new Error(`${JSON.stringify(values)} was accepted`);
}

test("defaults: loopback, standard ports, pinned images, Grafana on", () => {
    expect(parseSettings({})).toMatchObject({
        prefix: "mlops",
        bindAddress: "127.0.0.1",
        host: "127.0.0.1",
        nomadPort: 4646,
        consulPort: 8500,
        prometheusPort: 9090,
        grafanaPort: 3000,
        pushgatewayPort: 9091,
        nomadImage: DEFAULT_IMAGES.nomad,
        grafana: true,
    });
});

test.each([
    ["nomadPort", "many"],
    ["nomadPort", "0"],
    ["nomadPort", "65536"],
    ["nomadPort", "80.5"],
    ["prefix", "Upper"],
    ["prefix", ""],
    ["bindAddress", "localhost"],
    ["host", "http://x"],
    ["nomadImage", "hashicorp/nomad"],
    ["nomadImage", "hashicorp/nomad:latest"],
    ["dockerHost", "/var/run/docker.sock"],
    ["dockerSocket", "docker.sock"],
    ["readyTimeoutSeconds", "1"],
    ["grafana", "maybe"],
    ["extraCaFile", "relative.pem"],
    ["pipIndexUrl", "ftp://x"],
    ["trainingModel", "cnn"],
    ["trainingDataset", "imagenet"],
    ["trainingExperiment", "a/b"],
    ["trainingEpochs", "0"],
    ["trainingBatchSize", "-1"],
    ["trainingLearningRate", "0"],
    ["trainingHiddenLayers", "12,"],
    ["trainingHiddenLayers", "64,8193"],
    ["trainingSeed", "-1"],
    ["trainingCpuMhz", "1"],
    ["trainingMemoryMiB", "1"],
])("refuses %s = %j in one sentence that says what is allowed", (key, value) => {
    expect(refusal({ [key]: value })).toMatch(
        new RegExp(`^Configuration key ${key} is "${value.replaceAll(/[.*+/]/g, "\\$&")}", but must be .+\\.$`),
    );
});

test("refuses an unknown key and lists the known ones", () => {
    expect(refusal({ nomadport: "4646" })).toMatch(
        /^Configuration key nomadport is not known; the keys are .*nomadPort/,
    );
});

test("tells every wrong value at once", () => {
    expect(refusal({ nomadPort: "x", trainingEpochs: "x" }).split("\n")).toHaveLength(2);
});

test("refuses two services on one port", () => {
    expect(refusal({ nomadPort: "8500" })).toContain("nomadPort and consulPort are both 8500");
});

test("takes what the bootstrap found out, and configuration wins over it", () => {
    const machine = {
        MLOPS_WITHOUT: "grafana",
        MLOPS_EXTRA_CA_FILE: "/etc/ca.pem",
        PIP_INDEX_URL: "https://pip.example/simple",
    };
    expect(parseSettings({}, machine)).toMatchObject({
        grafana: false,
        extraCaFile: "/etc/ca.pem",
        pipIndexUrl: "https://pip.example/simple",
    });
    expect(parseSettings({ grafana: "true", extraCaFile: "/mine.pem" }, machine)).toMatchObject({
        grafana: true,
        extraCaFile: "/mine.pem",
    });
});

test.each([
    [{}, "http://127.0.0.1:4646"],
    [{ bindAddress: "0.0.0.0" }, "http://127.0.0.1:4646"],
    [{ bindAddress: "::" }, "http://[::1]:4646"],
    [{ bindAddress: "10.1.2.3", nomadPort: "14646" }, "http://10.1.2.3:14646"],
    [{ bindAddress: "0.0.0.0", host: "gpu-box" }, "http://gpu-box:4646"],
])("%j is reached at %s", (values, url) => {
    const settings: Settings = parseSettings(values);
    expect(publishedUrl(settings, "nomad")).toBe(url);
});
