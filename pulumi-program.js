// Pulumi starts here. Language hosts differ in how they read TypeScript and in which runtime options they know; with tsx
// registered first, index.ts runs the same under all of them, and without a type check on every preview.
require("tsx/cjs");
module.exports = require("./index.ts");
