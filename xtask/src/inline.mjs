// Puts what the package inlines into a stage: node inline.mjs <root> <module> <stage>

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";

const [root, module, stage] = process.argv.slice(2);
const text = deflateRawSync(await readFile(module), { level: 9 }).toString("base64");
await writeFile(join(stage, "bytes.js"), `export default "${text}";\n`);
// As a file of the stage, which is outside the reach of node_modules.
const fflate = join(root, "tests/node_modules/fflate");
const copyright = (await readFile(join(fflate, "LICENSE"), "utf8")).match(/^Copyright .*$/m)[0];
const notice = `/*! Contains parts of fflate. ${copyright}. The MIT License, whose text is in LICENSE-MIT. */\n`;
await writeFile(join(stage, "fflate.js"), notice + (await readFile(join(fflate, "esm/browser.js"), "utf8")));
