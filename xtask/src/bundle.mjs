// Bundles the staged entries of the package: node bundle.mjs <root> <stage> <folder>

import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const [root, stage, folder] = process.argv.slice(2);
// Through its API: what lies in `bin` is a script or a program, depending on whether its install script ran.
const { build } = createRequire(join(root, "tests/package.json"))("esbuild");

const common = {
  absWorkingDir: stage,
  bundle: true,
  // Lines stay short: Node prints the one that threw. Names of functions cost a tenth of the JavaScript, so they go; those
  // of classes that are printed say what they are called themselves.
  minify: true,
  lineLimit: 240,
  // What Node 20 and its contemporaries know.
  target: "es2022",
  external: ["*.wasm", "*.wasm?module"],
  legalComments: "eof",
  logLevel: "warning",
  outdir: folder,
  write: false,
};

// The inlined module stays in one piece, on a line of its own: the ends of four hundred lines are 1 % of the file, gzip.
const LONG_TEXT = /"(?:[\w+/]{100,}\\\n)+[\w+/=]*"/g;
const whole = (text) => text.replace(LONG_TEXT, (literal) => `\n${literal.replaceAll("\\\n", "")}\n`);

/** Bundles, and writes what came of it. */
async function bundle(options) {
  const { outputFiles } = await build({ ...common, ...options });
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, whole(text));
  }
}

await bundle({
  entryPoints: ["index.js", "workerd.js", "edge-light.js", "slim.js", "browser.js"],
  format: "esm",
  platform: "neutral",
});
// Workers have no `require`.
await bundle({
  entryPoints: ["index.js", "slim.js", "browser.js"],
  format: "cjs",
  // Only for the hint by which Node finds the names in a CommonJS file.
  platform: "node",
  outExtension: { ".js": ".cjs" },
});
