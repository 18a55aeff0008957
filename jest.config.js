const shared = {
    testEnvironment: "node",
    transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
    modulePathIgnorePatterns: ["<rootDir>/.mlops/"],
};

/** unit: no Docker, seconds. integration: one part against the real server it talks to. e2e: the whole program through the real engine. */
module.exports = {
    // A busy machine is slow, not wrong.
    testTimeout: 60_000,
    projects: ["unit", "integration", "e2e"].map((name) => ({
        ...shared,
        displayName: name,
        testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
    })),
};
