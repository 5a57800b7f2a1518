// What is bundled for Node, Bun and Deno, from ES modules.

import { TokenwellError, lucca, lumanu, luminary, lumoauth, oauth } from "tokenwell";
import { runEssentials } from "../../runtimes/essentials.js";

const tokenwell = { TokenwellError, lucca, lumanu, luminary, lumoauth, oauth };
const [address] = globalThis.Deno?.args ?? process.argv.slice(2);
runEssentials(tokenwell, address).then((results) => console.log(JSON.stringify(results)));
