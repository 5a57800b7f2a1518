// Against an authorization server that others wrote, which rotates refresh tokens and revokes the grant when one comes
// back; and with answers that are lost on the way.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { oauth } from "tokenwell";
import { createOidcServer, resource } from "../servers/oidc.js";
import { losingProxy } from "./proxy.js";
import { failure, scripted, stored, tokenResponse, fresh, until } from "./setup.js";

let server;
let proxy;
before(async () => {
  server = await createOidcServer({ accessTokenLifetime: 600 });
  proxy = await losingProxy(server.issuer);
});
after(async () => {
  await proxy.close();
  await server.close();
});

/** A connected user, and a clock that can be moved on. */
async function connect({ name = "post", through = server.issuer, user, asked = {}, ...options } = {}) {
  const { clientId, clientSecret, authMethod } = server.clients[name];
  const clock = { ahead: 0 };
  const events = [];
  const client = oauth({
    tokenEndpoint: `${through}/token`,
    authorizationEndpoint: server.authorizationEndpoint,
    revocationEndpoint: server.revocationEndpoint,
    introspectionEndpoint: server.introspectionEndpoint,
    issuer: server.issuer,
    apiBase: server.issuer,
    clientId,
    ...(clientSecret === null ? { transactionKey: new Uint8Array(32).fill(3) } : { clientSecret }),
    clientAuth: authMethod,
    allowInsecureLoopback: true,
    now: () => Date.now() + clock.ahead,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const scope = "openid profile email offline_access api:read";
  const { url, transaction } = client.authorize({ redirectUri: server.redirectUri, scope, prompt: "consent", ...asked });
  const callback = await server.approve(url, { user });
  const saved = [];
  const session = await client.callback(callback, transaction, { onTokens: (tokens) => void saved.push(tokens) });
  proxy.refreshes.length = 0;
  server.requests.length = 0;
  return { client, session, saved, clock, events, callback, transaction };
}

const tokenRequests = () => server.requests.filter(({ path }) => path === "/token");

for (const name of ["post", "basic", "strange", "public"]) {
  test(`the client ${name} sends a user there and back, calls the API, and refreshes with tokens that rotate`, async () => {
    const { session, saved, clock } = await connect({ name });
    assert.equal(session.claims.sub, "ada");
    assert.deepEqual(await (await session.fetch("/api")).json(), {
      clientId: server.clients[name].clientId, subject: "ada", scope: "openid profile email offline_access api:read",
    });
    const refreshTokens = new Set([session.tokens().refreshToken]);
    for (let times = 0; times < 3; times += 1) {
      clock.ahead += 10.5 * 60_000;
      await session.token();
      refreshTokens.add(session.tokens().refreshToken);
    }
    assert.equal(refreshTokens.size, 4);
    assert.equal(saved.length, 4);
    assert.equal(tokenRequests().length, 3);
    assert.equal((await session.fetch("/api")).status, 200);
  });
}

test("the issuer is in the callback, and compared", async () => {
  const { client } = await connect();
  const { url, transaction } = client.authorize({ redirectUri: server.redirectUri, scope: "openid" });
  const callback = new URL(await server.approve(url));
  assert.equal(callback.searchParams.get("iss"), server.issuer);
  callback.searchParams.set("iss", "https://evil.example");
  server.requests.length = 0;
  await assert.rejects(client.callback(callback, transaction), failure({ kind: "callback", message: /another issuer/ }));
  assert.equal(tokenRequests().length, 0);
});

test("a user who declines is an access_denied, and no failure of the server's", async () => {
  const { client } = await connect();
  const { url, transaction } = client.authorize({ redirectUri: server.redirectUri, scope: "openid", prompt: "login" });
  const callback = await server.approve(url, { decline: true });
  await assert.rejects(client.callback(callback, transaction), failure({ kind: "callback", error: "access_denied" }));
});

test("complaint 1: fifty calls at expiry make one refresh, and the grant lives", async () => {
  const { session, clock } = await connect();
  for (let round = 0; round < 3; round += 1) {
    clock.ahead += 10.5 * 60_000;
    const before = tokenRequests().length;
    const responses = await Promise.all(Array.from({ length: 50 }, () => session.fetch("/api")));
    assert.ok(responses.every(({ status }) => status === 200));
    await Promise.all(responses.map((response) => response.body.cancel()));
    assert.equal(tokenRequests().length, before + 1);
  }
});

test("complaint 2: the refresh token that came last is the one that is stored and sent", async () => {
  const { session, saved, client } = await connect();
  for (let times = 0; times < 3; times += 1) await session.token({ fresh: true });
  const restored = client.session(JSON.parse(JSON.stringify(saved.at(-1))));
  assert.deepEqual(restored.tokens(), session.tokens());
  await restored.token({ fresh: true });
  const sent = tokenRequests().map(({ body }) => new URLSearchParams(body).get("refresh_token"));
  assert.deepEqual(sent, saved.map(({ refreshToken }) => refreshToken));
});

test("a refresh token that was stolen and used ends the session, and says so", async () => {
  const { session, client } = await connect();
  const thief = client.session(session.tokens());
  await thief.token({ fresh: true });
  const dead = failure({ kind: "oauth", error: "invalid_grant", recovery: "reauthorize" });
  await assert.rejects(session.token({ fresh: true }), dead);
  await assert.rejects(thief.token({ fresh: true }), dead);
});

test("complaint 14: whoever loses a race deletes nothing that the winner stored", async () => {
  const racing = scripted(fresh(1));
  const { client } = racing.client();
  const store = { tokens: stored({ expiresAt: 1 }) };
  const options = { onTokens: (tokens) => void (store.tokens = tokens) };
  const [winner, loser] = [client.session(store.tokens, options), client.session(store.tokens, options)];
  await winner.token();
  racing.then(() => tokenResponse({ error: "invalid_grant" }, { status: 400 }));
  await assert.rejects(loser.token(), failure({ error: "invalid_grant", recovery: "reauthorize" }));
  assert.equal(store.tokens.refreshToken, "canary-refresh-1");
  assert.equal(loser.tokens().refreshToken, "canary-refresh-0");
});

test("complaint 14: a lost answer is asked for once more, and strict rotation then ends the grant: the user has to come back", async () => {
  const { session, clock } = await connect({ through: proxy.origin, rotation: { mode: "strict" } });
  clock.ahead += 10.5 * 60_000;
  proxy.lose(1);
  const dead = failure({ kind: "oauth", error: "invalid_grant", recovery: "reauthorize", retryable: false });
  await assert.rejects(session.token(), dead);
  assert.deepEqual(proxy.refreshes.map(({ status }) => status), [200, 400]);
  clock.ahead += 60_000;
  await assert.rejects(session.token(), dead);
  assert.equal(proxy.refreshes.length, 2);
});

test("a lost answer costs nothing where the server has a grace window", async () => {
  const { session, clock, saved } = await connect({ through: proxy.origin, rotation: { mode: "grace", graceMs: 10_000 } });
  clock.ahead += 10.5 * 60_000;
  proxy.grace(10_000);
  proxy.lose(1);
  const { accessToken } = await session.token();
  assert.equal(accessToken, saved.at(-1).accessToken);
  assert.equal(proxy.refreshes.length, 2);
  assert.equal((await session.fetch("/api")).status, 200);
  await session.token({ fresh: true });
  proxy.grace(0);
});

test("two lost answers are ambiguous, and the refresh token is not sent a third time in that call", async () => {
  const { session, clock, events } = await connect({ through: proxy.origin });
  clock.ahead += 10.5 * 60_000;
  proxy.grace(60_000);
  proxy.lose(5);
  await assert.rejects(
    session.token(),
    failure({ kind: "ambiguous", recovery: "retry", retryable: true, message: /was lost, so the refresh token may be used up/ }),
  );
  assert.equal(proxy.refreshes.length, 2);
  assert.equal(events.filter(({ type }) => type === "retry").length, 1);
  proxy.lose(0);
  await session.token();
  proxy.grace(0);
});

test("while the token is good a refresh whose answer is lost fails nobody, and is not tried again before the token has expired", async () => {
  const { session, clock } = await connect({ through: proxy.origin });
  const { accessToken } = await session.token();
  clock.ahead += 8 * 60_000;
  proxy.lose(2);
  proxy.grace(60_000);
  assert.equal((await session.token()).accessToken, accessToken);
  await until(() => proxy.refreshes.length === 2);
  for (let times = 0; times < 5; times += 1) {
    clock.ahead += 10_000;
    assert.equal((await session.token()).accessToken, accessToken);
  }
  assert.equal(proxy.refreshes.length, 2);
  proxy.grace(0);
});

test("fifty callers of a lost refresh get one answer, and one replay is made for all of them", async () => {
  const { session, clock } = await connect({ through: proxy.origin, rotation: { mode: "strict" } });
  clock.ahead += 10.5 * 60_000;
  proxy.lose(1);
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => session.token()));
  assert.ok(results.every(({ reason }) => reason?.error === "invalid_grant"));
  assert.equal(proxy.refreshes.length, 2);
});

for (const [way, options] of [["the client's options name", { resource }], ["an authorization names", { asked: { resource } }]]) {
  test(`r35 the API that ${way} gets tokens of its own, before a refresh and after it`, async () => {
    const { client, session } = await connect(options);
    for (const options of [{}, { fresh: true }, { fresh: true }]) {
      assert.equal((await client.introspect((await session.token(options)).accessToken)).aud, resource);
    }
  });
}

test("r35 a session that was stored gets tokens for the API that the client's options name", async () => {
  const { client, session } = await connect({ resource });
  const restored = client.session(JSON.parse(JSON.stringify(session.tokens())));
  assert.equal((await client.introspect((await restored.token({ fresh: true })).accessToken)).aud, resource);
});

test("r102 disconnect revokes at the server, and the API refuses the token", async () => {
  const { session, client } = await connect();
  const { accessToken, refreshToken } = session.tokens();
  assert.equal((await client.introspect(refreshToken, { hint: "refresh_token" })).active, true);
  await session.disconnect();
  assert.equal((await client.introspect(refreshToken, { hint: "refresh_token" })).active, false);
  const response = await fetch(server.apiUrl, { headers: { authorization: `Bearer ${accessToken}` } });
  assert.equal(response.status, 401);
});
