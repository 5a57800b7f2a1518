import { fileURLToPath } from "node:url";

// The programs import the cases, which lie outside this folder.
const root = fileURLToPath(new URL("../..", import.meta.url));
const { TOKENWELL_BUNDLER: bundler } = process.env;

export default {
  // A folder of its own for each bundler, and routes that only one of them builds.
  distDir: `.next-${bundler}`,
  pageExtensions: ["js", `${bundler}.js`],
  output: "standalone",
  outputFileTracingRoot: root,
  turbopack: { root },
};
