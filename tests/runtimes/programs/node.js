// Node's programs with `import`.

import { inspect } from "node:util";
import * as tokenwell from "tokenwell";
import { endToEnd } from "../end-to-end.js";

const options = { inspect: (value) => inspect(value, { depth: 20, showHidden: true }) };
console.log(JSON.stringify(await endToEnd(tokenwell, process.argv[2], options)));
