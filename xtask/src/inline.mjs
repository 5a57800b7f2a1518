// Puts the module into a stage as a text: node inline.mjs <module> <stage>

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const [module, stage] = process.argv.slice(2);
const text = brotliCompressSync(await readFile(module)).toString("base64");
await writeFile(join(stage, "bytes.js"), `export default "${text}";\n`);
