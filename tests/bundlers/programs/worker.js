// What wrangler bundles. The other workers' program imports the package as a whole, this one its names.

import { TokenwellError, lucca, lumanu, luminary, lumoauth, oauth } from "tokenwell";
import { runEssentials } from "../../runtimes/essentials.js";

const tokenwell = { TokenwellError, lucca, lumanu, luminary, lumoauth, oauth };

export default {
  async fetch(request) {
    const address = new URL(request.url).searchParams.get("world");
    return Response.json(await runEssentials(tokenwell, address));
  },
};
