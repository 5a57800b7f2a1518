// Bundles the staged entries of the package: node bundle.mjs <root> <stage> <folder>

import { createRequire } from "node:module";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const [root, stage, folder] = process.argv.slice(2);
// Through its API: what lies in `bin` is a script or a program, depending on whether its install script ran.
const { build, transform } = createRequire(join(root, "tests/package.json"))("esbuild");

const common = {
  absWorkingDir: stage,
  bundle: true,
  // Names stay, so that a stack trace can be read, and lines stay short: Node prints the one that threw.
  minifyWhitespace: true,
  lineLimit: 400,
  minifySyntax: true,
  // What Node 20 and its contemporaries know.
  target: "es2022",
  external: ["*.wasm", "*.wasm?module"],
  legalComments: "eof",
  logLevel: "warning",
  outdir: folder,
};

// But for the names in the glue, which a machine has made.
const glue = join(stage, "glue.js");
const { code } = await transform(await readFile(glue, "utf8"), { minifyIdentifiers: true, minifySyntax: true, target: common.target });
await writeFile(glue, code);

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
