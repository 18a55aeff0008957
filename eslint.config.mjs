import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules/", ".mlops/", "trainer/", "coverage/"] },
    ...tseslint.configs.recommended,
    {
        files: ["**/*.ts"],
        plugins: { "@pulumi": pulumi },
        rules: {
            "@pulumi/no-output-in-template-literal": "error",
            "@pulumi/no-output-instance-in-template-literal": "error",
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
            eqeqeq: "error",
            curly: "error",
            "prefer-const": "error",
        },
        languageOptions: { parserOptions: { projectService: true } },
    },
    // CommonJS, because Pulumi's language hosts load the program with require.
    { files: ["*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
