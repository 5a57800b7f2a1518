// Bundles the staged entries of the package: node bundle.mjs <root> <stage> <folder>

import { createRequire } from "node:module";
import { join } from "node:path";

const [root, stage, folder] = process.argv.slice(2);
// Through its API: what lies in `bin` is a script or a program, depending on whether its install script ran.
const { build } = createRequire(join(root, "tests/package.json"))("esbuild");

const common = {
  absWorkingDir: stage,
  bundle: true,
  // Names and lines stay: Node prints the line that threw, and a stack trace is there to be read.
  minifySyntax: true,
  // What Node 20 and its contemporaries know.
  target: "es2022",
  external: ["*.wasm", "*.wasm?module"],
  legalComments: "none",
  logLevel: "warning",
  outdir: folder,
};

await build({
  ...common,
  entryPoints: ["index.js", "workerd.js", "edge-light.js", "slim.js", "browser.js"],
  format: "esm",
  platform: "neutral",
});
// Workers have no `require`.
await build({
  ...common,
  entryPoints: ["index.js", "slim.js", "browser.js"],
  format: "cjs",
  // Only for the hint by which Node finds the names in a CommonJS file.
  platform: "node",
  outExtension: { ".js": ".cjs" },
});
