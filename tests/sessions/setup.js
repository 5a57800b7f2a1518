// What the tests of this folder share: ways to connect a user, at an emulated provider or at a server of a few lines.

import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { lumanu, lumoauth, luminary, oauth } from "tokenwell";
import { useEmulator } from "../node/setup.js";

export { failure } from "../node/setup.js";

export const redirectUri = "https://app.example/callback";

/** What each provider needs for a user to be connected, and what is particular about it on the wire. */
export const flows = {
  luminary: {
    make: luminary,
    registered: "luminary",
    options: { subdomain: "acme" },
    scope: "openid profile offline_access",
  },
  lumanu: {
    make: lumanu,
    registered: "lumanu",
    options: { environment: "sandbox" },
    scope: "openid profile email offline_access",
  },
  lumoauth: {
    make: lumoauth,
    registered: "lumoauth",
    options: { tenant: "acme" },
    scope: "openid profile email",
  },
  oauth: {
    make: oauth,
    registered: "lumoauth",
    options: {
      name: "somebody",
      tokenEndpoint: "https://app.lumoauth.dev/t/acme/api/v1/oauth/token",
      authorizationEndpoint: "https://app.lumoauth.dev/t/acme/api/v1/oauth/authorize",
      issuer: "https://app.lumoauth.dev/t/acme",
      apiBase: "https://app.lumoauth.dev/api/v1",
      rotation: { mode: "strict" },
    },
    scope: "openid profile email",
  },
};

/** An emulator for the tests of one file, and users that are connected at it. */
export function useProviders() {
  const shared = useEmulator();
  return {
    get emulator() {
      return shared.emulator;
    },
    sent: shared.sent,
    /** A client whose clock is the emulator's. Its events are in the list `events`. */
    client(provider, options = {}) {
      const { make, registered, options: own } = flows[provider];
      const { clientId, clientSecret } = shared.emulator.clients[registered];
      const events = [];
      const client = make({
        ...own,
        clientId,
        clientSecret,
        fetch: shared.emulator.fetch,
        now: () => shared.emulator.clock.now(),
        onEvent: (event) => events.push(event),
        ...options,
      });
      return { client, events };
    },
    /** Sends a user there and back. */
    async arrive(client, provider, { user = "ada", decline = false, ...request } = {}) {
      const { url, transaction } = client.authorize({ redirectUri, scope: flows[provider].scope, ...request });
      return { url, transaction, callback: await shared.emulator.approve(url, { user, decline }) };
    },
    /** A connected user: the client, the session and what `onTokens` was given. */
    async connect(provider, { options, user, onTokens } = {}) {
      const { client, events } = this.client(provider, options);
      const saved = [];
      const arrival = await this.arrive(client, provider, { user });
      const session = await client.callback(arrival.callback, arrival.transaction, {
        onTokens: onTokens ?? ((tokens) => void saved.push(tokens)),
      });
      return { client, session, saved, events, ...arrival };
    },
  };
}

/** Promises that are settled by hand. */
export function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/**
 * A token endpoint that answers what a test wants: `answers` are taken one by one, the last again and again. An answer
 * is the members of a token response, a Response, or a function that gives either of them, or a promise.
 */
export function scripted(...answers) {
  const requests = [];
  const clock = { ms: Date.parse("2026-01-01T00:00:00Z") };
  const fetch = async (url, init) => {
    const request = { url: String(url), parameters: new URLSearchParams(init.body), signal: init.signal };
    requests.push(request);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    const answer = await (typeof next === "function" ? next(request) : next);
    return answer instanceof Response ? answer : tokenResponse(answer);
  };
  return {
    requests,
    clock,
    then: (...more) => answers.splice(0, answers.length, ...more),
    client(options = {}) {
      const events = [];
      const client = oauth({
        tokenEndpoint: "https://auth.example/token",
        authorizationEndpoint: "https://auth.example/authorize",
        clientId: "client",
        clientSecret: "canary-secret-scripted",
        apiBase: "https://api.example/v1",
        fetch,
        now: () => clock.ms,
        onEvent: (event) => events.push(event),
        ...options,
      });
      return { client, events };
    },
    /** A session of stored tokens whose access token has expired. */
    expired(options = {}, sessionOptions = {}) {
      const { client, events } = this.client(options);
      const session = client.session(stored({ expiresAt: clock.ms - 1000 }), sessionOptions);
      return { client, events, session };
    },
  };
}

export function tokenResponse(members, { status = 200, headers = {} } = {}) {
  return Response.json(members, { status, headers: { "cache-control": "no-store", ...headers } });
}

/** The members of a token response with a new access token and a new refresh token. */
export function fresh(number, more = {}) {
  return {
    access_token: `canary-access-${number}`,
    refresh_token: `canary-refresh-${number}`,
    token_type: "Bearer",
    expires_in: 3600,
    ...more,
  };
}

/** Stored tokens of the scripted client: what `tokens()` would have given. */
export function stored(more = {}) {
  return {
    accessToken: "canary-access-0",
    refreshToken: "canary-refresh-0",
    expiresAt: null,
    scope: ["api:read"],
    tokenType: "Bearer",
    issuedFor: createHash("sha256").update("client\0https://auth.example/token").digest("base64url"),
    ...more,
  };
}

/** Waits until something holds, for a second at most. */
export async function until(holds) {
  for (let times = 0; times < 200; times += 1) {
    if (holds()) return;
    await sleep(5);
  }
  throw new Error("It did not come to hold.");
}

/** How a promise stands: `pending`, or how it was settled. */
export async function standing(promise) {
  const tick = sleep(30, "pending");
  return Promise.race([promise.then(() => "fulfilled", () => "rejected"), tick]);
}
