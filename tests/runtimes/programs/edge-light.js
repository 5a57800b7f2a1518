// Vercel's and Next.js' edge runtime.

import * as tokenwell from "tokenwell";
import { endToEnd } from "../end-to-end.js";

addEventListener("fetch", (event) => {
  const address = new URL(event.request.url).searchParams.get("world");
  event.respondWith(endToEnd(tokenwell, address).then((results) => Response.json(results)));
});
