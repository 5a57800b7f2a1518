// Deno, with permission for the network and for nothing else.

import * as tokenwell from "tokenwell";
import { endToEnd } from "../end-to-end.js";

const options = { inspect: (value) => Deno.inspect(value, { depth: 20, showHidden: true, getters: true }) };
console.log(JSON.stringify(await endToEnd(tokenwell, Deno.args[0], options)));
