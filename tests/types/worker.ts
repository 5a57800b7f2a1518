// A worker, with the types that its library declares.

import { lucca } from "tokenwell";

interface Env {
  LUCCA_CLIENT_ID: string;
  LUCCA_CLIENT_SECRET: string;
  STORE: KVNamespace;
}

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    const api = lucca({ account: "example", env, fetch, waitUntil: (work) => context.waitUntil(work) });
    await api.token({ signal: request.signal });
    await api.fetch(request, { cf: { cacheTtl: 5 } });
    const response = await api.fetch(new URL("https://example.ilucca.net/lucca-api/employees"), { signal: request.signal });
    return response.webSocket === null ? response : new Response(null, { status: 500 });
  },
};
