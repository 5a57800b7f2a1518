// A worker whose requests share clients, as every worker's requests share what its modules hold.

import { oauth } from "tokenwell";

const clients = new Map();
const sessions = new Map();

/** How far each client's clock is ahead, in ms: its requests say so. */
const ahead = new Map();

/** The client of a test: its requests say which, and where the token endpoint is. */
function client({ searchParams }) {
  const name = searchParams.get("client");
  ahead.set(name, Number(searchParams.get("ahead")));
  if (!clients.has(name)) {
    clients.set(
      name,
      oauth({
        tokenEndpoint: searchParams.get("tokens"),
        apiBase: searchParams.get("tokens"),
        clientId: "id",
        clientSecret: "canary-secret",
        rotation: { mode: "strict" },
        now: () => Date.now() + ahead.get(name),
        allowInsecureLoopback: true,
        env: {},
      }),
    );
  }
  return clients.get(name);
}

/** A user's session of stored tokens that have expired. */
function session(url) {
  const name = url.searchParams.get("client");
  if (!sessions.has(name)) {
    const stored = { accessToken: "canary-old", refreshToken: "canary-refresh", expiresAt: 1, scope: [], tokenType: "Bearer" };
    sessions.set(name, client(url).session({ ...stored, issuedFor: url.searchParams.get("issuedFor") }));
  }
  return sessions.get(name);
}

const actions = {
  /** Waits for a token. */
  token: async (url) => ({ token: (await client(url).token()).accessToken }),
  /** Asks for a token and answers without waiting for it. */
  async leave(url) {
    client(url).token({ fresh: url.searchParams.has("fresh") }).catch(() => {});
    // Long enough for the request to be out.
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { left: true };
  },
  /** The same, but the runtime is told to let the work go on. */
  async remain(url, context) {
    context.waitUntil(client(url).token().catch(() => {}));
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { left: true };
  },
  /** Gives up by its signal. */
  async abort(url) {
    const reason = await client(url).token({ signal: AbortSignal.timeout(100) }).catch((error) => error);
    return { reason: reason.name };
  },
  session: async (url) => ({ token: (await session(url).token()).accessToken }),
  async leaveSession(url) {
    session(url).token().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { left: true };
  },
  async disconnect(url) {
    await session(url).disconnect();
    return { left: true };
  },
  async issuedFor(url) {
    const issuing = oauth({
      tokenEndpoint: url.searchParams.get("tokens"),
      authorizationEndpoint: "https://auth.example.com/authorize",
      clientId: "id",
      clientSecret: "canary-secret",
      allowInsecureLoopback: true,
      env: {},
      fetch: async () => Response.json({ access_token: "canary", token_type: "Bearer", expires_in: 60 }),
    });
    const { url: where, transaction } = issuing.authorize({ redirectUri: "https://app.example.com/callback" });
    const made = await issuing.callback(`?code=x&state=${new URL(where).searchParams.get("state")}`, transaction);
    return { issuedFor: made.tokens().issuedFor };
  },
};

export default {
  async fetch(request, _environment, context) {
    const url = new URL(request.url);
    try {
      return Response.json(await actions[url.pathname.slice(1)](url, context));
    } catch (error) {
      return Response.json({ error: { name: error.name, kind: error.kind, code: error.error, message: error.message } });
    }
  },
};
