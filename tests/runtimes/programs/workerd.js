// A worker of workerd: one request runs everything.

import * as tokenwell from "tokenwell";
import { endToEnd } from "../end-to-end.js";

export default {
  async fetch(request) {
    const address = new URL(request.url).searchParams.get("world");
    // Its fetch has one sentence for every failed connection.
    return Response.json(await endToEnd(tokenwell, address, { tellsRefusals: false, isolatesRequests: true }));
  },
};
