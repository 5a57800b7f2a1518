// A Cloudflare Worker with client credentials: `npm run worker`. Set the secret once with
// `npx wrangler secret put LUCCA_CLIENT_SECRET`, and for `npm run worker` in a file .dev.vars.

import { waitUntil } from "cloudflare:workers";
import { lucca, TokenwellError } from "tokenwell";

let api;

export default {
  async fetch(request, env) {
    if (request.method !== "GET" || new URL(request.url).pathname !== "/") return new Response("Not found\n", { status: 404 });
    // Made in the first request and kept, with its token, for all that this isolate serves. Not at the module's scope:
    // there is neither a clock nor `env`.
    api ??= lucca({ account: "example", scope: "employees.readonly", env, waitUntil });
    try {
      const response = await api.fetch("employees?limit=3");
      if (!response.ok) return Response.json({ problem: `Lucca answered ${response.status}` }, { status: 502 });
      const { items } = await response.json();
      return Response.json({ employees: items.map(({ id }) => id) });
    } catch (error) {
      if (!(error instanceof TokenwellError)) throw error;
      console.error(error.message);
      return Response.json({ problem: "Lucca does not answer now" }, { status: 502 });
    }
  },
};
