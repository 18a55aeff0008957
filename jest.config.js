const shared = {
    testEnvironment: "node",
    transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
    modulePathIgnorePatterns: ["<rootDir>/.mlops/"],
    // A busy machine is slow, not wrong.
    testTimeout: 60_000,
};

/** Suites that nobody has seen pass beside the others yet: npx jest --selectProjects=proving. The list is to become empty. */
const PROVING = ["daily-work", "job-confinement", "mesh", "security", "sweep"];

/** unit: no Docker, seconds. integration: one part against the real server it talks to. e2e: the whole program through the real engine. */
module.exports = {
    projects: [
        ...["unit", "integration", "e2e"].map((name) => ({
            ...shared,
            displayName: name,
            testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
            testPathIgnorePatterns: PROVING.map((suite) => `/tests/e2e/${suite}\\.test\\.ts$`),
        })),
        {
            ...shared,
            displayName: "proving",
            testMatch: PROVING.map((suite) => `<rootDir>/tests/e2e/${suite}.test.ts`),
        },
    ],
};
