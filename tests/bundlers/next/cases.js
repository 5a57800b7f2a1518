// The handler of both routes.

import { TokenwellError, lucca, lumanu, luminary, lumoauth, oauth } from "tokenwell";
import { runEssentials } from "../../runtimes/essentials.js";

const tokenwell = { TokenwellError, lucca, lumanu, luminary, lumoauth, oauth };

export async function GET(request) {
  const address = new URL(request.url).searchParams.get("world");
  return Response.json(await runEssentials(tokenwell, address));
}
