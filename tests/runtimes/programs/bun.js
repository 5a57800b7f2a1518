// Bun.

import * as tokenwell from "tokenwell";
import { endToEnd } from "../end-to-end.js";

const results = await endToEnd(tokenwell, Bun.argv[2], (value) => Bun.inspect(value, { depth: 20 }));
console.log(JSON.stringify(results));
