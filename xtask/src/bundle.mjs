// Bundles the staged entries of the package: node bundle.mjs <root> <stage> <folder>

import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const [root, stage, folder] = process.argv.slice(2);
// Through its API: what lies in `bin` is a script or a program, depending on whether its install script ran.
const tool = createRequire(join(root, "tests/package.json"));
const { build } = tool("esbuild");
const { minify } = tool("terser");

const common = {
  absWorkingDir: stage,
  bundle: true,
  minify: true,
  // What Node 20 and its contemporaries know.
  target: "es2022",
  external: ["*.wasm", "*.wasm?module"],
  legalComments: "eof",
  logLevel: "warning",
  outdir: folder,
  write: false,
};

// Names of functions cost a tenth of the JavaScript, so they go; those of classes that are printed say what they are called
// themselves. What comes out is 6 % smaller than esbuild's, gzip. No function in an object of ours is called with `new`,
// which is all that a method cannot take. More inlining is larger, and a second pass would put the module's text into the
// function that unpacks it, where V8 reads it twice.
const smaller = { ecma: 2022, toplevel: true, compress: { unsafe_methods: true, inline: 1 } };
// Lines stay short where Node runs them, which prints the one that threw. Workers do not, and are bundled anew anyway.
const forWorkers = /(workerd|edge-light)\.js$/;

// Dead code, by which Node finds the names in a CommonJS file.
const NAMES = /\n?0&&\(module\.exports=\{[^}]*\}\);\s*$/;

/** Bundles, and writes what came of it. */
async function bundle(options) {
  const { outputFiles } = await build({ ...common, ...options });
  for (const { path, text } of outputFiles) {
    const format = forWorkers.test(path) ? {} : { max_line_len: 300 };
    const { code } = await minify(text, { ...smaller, format, module: options.format === "esm" });
    const [names = ""] = NAMES.exec(text) ?? [];
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${code}\n${names}`);
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
