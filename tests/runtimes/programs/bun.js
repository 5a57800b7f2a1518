// Bun.

import * as tokenwell from "tokenwell";
import { endToEnd } from "../end-to-end.js";

const options = { inspect: (value) => Bun.inspect(value, { depth: 20 }) };
console.log(JSON.stringify(await endToEnd(tokenwell, Bun.argv[2], options)));
