// Puts what the package inlines into a stage: node inline.mjs <root> <deflated module> <stage>

import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const [root, deflated, stage] = process.argv.slice(2);
const text = await readFile(deflated, "base64");
await writeFile(join(stage, "bytes.js"), `export default "${text}";\n`);
// What unpacks it, as a function: at its top level, fflate makes tables for five milliseconds, which nobody needs who
// has a faster one.
const require = createRequire(join(root, "tests/package.json"));
const { outputFiles } = await require("esbuild").build({
  stdin: { contents: `export { inflateSync } from "fflate";`, resolveDir: join(root, "tests") },
  bundle: true,
  write: false,
  format: "iife",
  globalName: "fflate",
  minify: true,
  target: "es2022",
});
const license = await readFile(join(root, "tests/node_modules/fflate/LICENSE"), "utf8");
const notice = `/*! Contains parts of fflate. ${license.match(/^Copyright .*$/m)[0]}. The MIT License, whose text is in LICENSE-MIT. */`;
const unpack = `export function inflateSync(bytes) {\n${outputFiles[0].text}return fflate.inflateSync(bytes);\n}\n`;
await writeFile(join(stage, "fflate.js"), `${notice}\n${unpack}`);
