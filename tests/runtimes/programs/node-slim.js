// Node's programs that bring the module themselves.

import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import * as tokenwell from "tokenwell/slim";
import { endToEnd } from "../end-to-end.js";

tokenwell.init(await readFile(new URL(import.meta.resolve("tokenwell/tokenwell.wasm"))));
const options = { inspect: (value) => inspect(value, { depth: 20, showHidden: true }) };
console.log(JSON.stringify(await endToEnd(tokenwell, process.argv[2], options)));
