// The end of a session: forgotten first, then revoked.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { deferred, failure, fresh, scripted, standing, stored, tokenResponse, until, useProviders } from "./setup.js";

const providers = useProviders();
const hour = 3_600_000;
const gone = failure({ kind: "oauth", recovery: "reauthorize", retryable: false, message: /disconnected/ });

async function assertGone(session) {
  for (let times = 0; times < 3; times += 1) {
    await assert.rejects(session.token(), gone);
    await assert.rejects(session.token({ fresh: true }), gone);
    await assert.rejects(session.fetch("https://api.example/v1/x"), (error) => error.recovery !== "retry");
  }
  assert.throws(() => session.tokens(), gone);
  assert.equal(session.claims, null);
}

test("r102 disconnect revokes the refresh token, and the session is at its end", async () => {
  const { session } = await providers.connect("lumoauth");
  const { refreshToken } = session.tokens();
  await session.disconnect();
  const [request] = providers.sent("revoke");
  assert.deepEqual([request.body.token, request.body.token_type_hint], [refreshToken, "refresh_token"]);
  assert.ok(providers.emulator.tokens.refreshTokens.get(refreshToken).revoked);
  await assert.rejects(session.token(), gone);
  await assert.rejects(session.fetch("authz/check"), gone);
  assert.throws(() => session.tokens(), gone);
  assert.equal(session.claims, null);
  await session.disconnect();
  assert.equal(providers.sent("revoke").length, 1);
  assert.equal(providers.sent("token").length, 1);
});

test("disconnect forgets where the provider cannot revoke", async () => {
  for (const provider of ["lumanu", "luminary"]) {
    const { session } = await providers.connect(provider);
    await session.disconnect();
    await assert.rejects(session.token(), gone);
  }
  assert.equal(providers.sent("revoke").length, 0);
});

test("without a refresh token the access token is revoked", async () => {
  const server = scripted(new Response(null, { status: 200 }));
  const { client } = server.client({ revocationEndpoint: "https://auth.example/revoke" });
  await client.session(stored({ refreshToken: undefined })).disconnect();
  assert.equal(server.requests[0].url, "https://auth.example/revoke");
  assert.equal(server.requests[0].parameters.get("token"), "canary-access-0");
  assert.equal(server.requests[0].parameters.get("token_type_hint"), "access_token");
});

for (const [how, answer] of [
  ["refuses", () => tokenResponse({ error: "server_error" }, { status: 503, headers: { "retry-after": "7" } })],
  ["cannot be reached", () => { throw new TypeError("fetch failed"); }],
  ["redirects", () => new Response(null, { status: 307, headers: { location: "https://evil.example" } })],
]) {
  test(`r102 where the server ${how}, disconnect says so, and the tokens are forgotten all the same`, async () => {
    const server = scripted(answer);
    const { client } = server.client({ revocationEndpoint: "https://auth.example/revoke", retries: 0 });
    const session = client.session(stored({ expiresAt: server.clock.ms + hour }));
    await session.token();
    await assert.rejects(session.disconnect(), failure({ endpoint: "https://auth.example/revoke" }));
    await assertGone(session);
    assert.equal(server.requests.length, 1);
  });
}

test("r102 a revocation that failed is made again by the next disconnect, as its error says", async () => {
  const server = scripted(
    tokenResponse({ error: "temporarily_unavailable" }, { status: 503 }),
    new Response(null, { status: 200 }),
  );
  const { client } = server.client({ revocationEndpoint: "https://auth.example/revoke" });
  const session = client.session(stored());
  await assert.rejects(session.disconnect(), failure({ status: 503, recovery: "retry" }));
  await assertGone(session);
  await session.disconnect();
  await session.disconnect();
  assert.deepEqual(server.requests.map(({ parameters }) => parameters.get("token")), ["canary-refresh-0", "canary-refresh-0"]);
  await assertGone(session);
});

test("r102 a revocation that was refused does not seem to succeed when it is asked for again", async () => {
  let store = () => { throw new Error("the store of secrets is down"); };
  const server = scripted(tokenResponse({ error: "invalid_client" }, { status: 401 }), new Response(null, { status: 200 }));
  const { client } = server.client({ revocationEndpoint: "https://auth.example/revoke", clientSecret: () => store() });
  const session = client.session(stored());
  await assert.rejects(session.disconnect(), failure({ kind: "configuration", message: /^clientSecret/ }));
  store = () => "canary-secret-old";
  await assert.rejects(session.disconnect(), failure({ error: "invalid_client" }));
  store = () => "canary-secret-new";
  await session.disconnect();
  assert.deepEqual(server.requests.map(({ parameters }) => parameters.get("token")), ["canary-refresh-0", "canary-refresh-0"]);
  await session.disconnect();
  assert.equal(server.requests.length, 2);
});

test("r102 who disconnects while another one does waits for the revocation too", async () => {
  const server = scripted();
  const gate = deferred();
  server.then(() => gate.promise);
  const { client } = server.client({ revocationEndpoint: "https://auth.example/revoke" });
  const session = client.session(stored());
  const calls = [session.disconnect(), session.disconnect()];
  for (const call of calls) assert.equal(await standing(call), "pending");
  gate.resolve(new Response(null, { status: 200 }));
  await Promise.all(calls);
});

test("r102 the tokens are forgotten before anything is sent", async () => {
  const server = scripted();
  const gate = deferred();
  server.then(() => gate.promise);
  const { client } = server.client({ revocationEndpoint: "https://auth.example/revoke" });
  const session = client.session(stored({ expiresAt: server.clock.ms + hour }));
  await session.token();
  const disconnecting = session.disconnect();
  await assertGone(session);
  gate.resolve(new Response(null, { status: 200 }));
  await disconnecting;
});

test("a refresh that is out while the session is disconnected: its new token is revoked, and nobody gets it", async () => {
  const server = scripted();
  const gate = deferred();
  const saved = [];
  const { client } = server.client({ revocationEndpoint: "https://auth.example/revoke" });
  const session = client.session(stored({ expiresAt: server.clock.ms - 1 }), { onTokens: (tokens) => void saved.push(tokens) });
  server.then(() => gate.promise);
  const waiting = session.token();
  await until(() => server.requests.length === 1);
  const disconnecting = session.disconnect();
  assert.throws(() => session.tokens(), gone);
  assert.equal(await standing(disconnecting), "pending");
  server.then(new Response(null, { status: 200 }));
  gate.resolve(fresh(1));
  await assert.rejects(waiting, gone);
  await disconnecting;
  assert.deepEqual(saved, []);
  assert.equal(server.requests[1].parameters.get("token"), "canary-refresh-1");
  await assertGone(session);
  assert.equal(server.requests.length, 2);
});

test("a refresh that is out and fails: the old token is revoked, and nothing is tried again", async () => {
  const server = scripted();
  const gate = deferred();
  const { client } = server.client({ revocationEndpoint: "https://auth.example/revoke" });
  const session = client.session(stored({ expiresAt: server.clock.ms - 1 }));
  server.then(() => gate.promise);
  const waiting = session.token();
  await until(() => server.requests.length === 1);
  const disconnecting = session.disconnect();
  server.then(new Response(null, { status: 200 }));
  gate.reject(new TypeError("fetch failed"));
  await assert.rejects(waiting, gone);
  await disconnecting;
  assert.deepEqual(server.requests.map(({ url }) => url), ["https://auth.example/token", "https://auth.example/revoke"]);
  assert.equal(server.requests[1].parameters.get("token"), "canary-refresh-0");
});

test("an answer that comes long after the timeout brings no session back to life", async () => {
  const server = scripted();
  const gate = deferred();
  const saved = [];
  const { client } = server.client({ timeout: 40, revocationEndpoint: "https://auth.example/revoke" });
  const session = client.session(stored({ expiresAt: server.clock.ms - 1 }), { onTokens: (tokens) => void saved.push(tokens) });
  server.then(() => gate.promise);
  await assert.rejects(session.token(), failure({ kind: "timeout" }));
  server.then(new Response(null, { status: 200 }));
  const disconnecting = session.disconnect();
  gate.resolve(fresh(1));
  await disconnecting;
  await sleep(20);
  assert.deepEqual(saved, []);
  assert.equal(server.requests.at(-1).parameters.get("token"), "canary-refresh-1");
  await assertGone(session);
});

test("a refresh that is out while the session is disconnected, and late: its new token is revoked all the same", async () => {
  const server = scripted();
  const gate = deferred();
  const { client } = server.client({ timeout: 40, revocationEndpoint: "https://auth.example/revoke" });
  const session = client.session(stored({ expiresAt: server.clock.ms - 1 }));
  server.then(() => gate.promise);
  const waiting = session.token();
  await until(() => server.requests.length === 1);
  const disconnecting = session.disconnect();
  await assert.rejects(waiting, failure({ kind: "timeout" }));
  assert.equal(await standing(disconnecting), "pending");
  server.then(new Response(null, { status: 200 }));
  gate.resolve(fresh(1));
  await disconnecting;
  assert.deepEqual(server.requests.slice(1).map(({ parameters }) => parameters.get("token")), ["canary-refresh-1"]);
});

test("a session that is disconnected while its secret is asked for refreshes no more, and says why", async () => {
  const server = scripted(new Response(null, { status: 200 }));
  const gate = deferred();
  let asked = 0;
  const clientSecret = () => ((asked += 1) === 1 ? gate.promise : "canary-secret");
  const { client } = server.client({ clientSecret, revocationEndpoint: "https://auth.example/revoke" });
  const session = client.session(stored({ expiresAt: server.clock.ms - 1 }));
  const waiting = session.token();
  await until(() => asked === 1);
  const disconnecting = session.disconnect();
  gate.resolve("canary-secret");
  await assert.rejects(waiting, gone);
  await disconnecting;
  assert.deepEqual(server.requests.map(({ parameters }) => parameters.get("token")), ["canary-refresh-0"]);
});

test("tokens that are being saved while the session is disconnected are handed to nobody", async () => {
  const server = scripted(fresh(1));
  const gate = deferred();
  const { client } = server.client();
  const session = client.session(stored({ expiresAt: server.clock.ms - 1 }), { onTokens: () => gate.promise });
  const waiting = session.token();
  await until(() => server.requests.length === 1);
  await sleep(20);
  const disconnecting = session.disconnect();
  gate.resolve();
  await assert.rejects(waiting, gone);
  await disconnecting;
  await assertGone(session);
});

test("f81 a clock that asks for a token while its session is disconnected disturbs nothing", async () => {
  const server = scripted();
  let session;
  let asks = false;
  const now = () => {
    if (asks) {
      asks = false;
      session.token().catch(() => {});
    }
    return server.clock.ms;
  };
  const { client } = server.client({ now });
  session = client.session(stored({ expiresAt: server.clock.ms + hour }));
  await session.token();
  server.clock.ms += 2 * hour;
  server.then(() => new Promise(() => {}));
  asks = true;
  await session.disconnect();
  await assertGone(session);
});

test("disconnecting one user leaves the others and the application alone", async () => {
  const { client, session } = await providers.connect("lumoauth");
  const grace = await providers.arrive(client, "lumoauth", { user: "grace" });
  const other = await client.callback(grace.callback, grace.transaction);
  await client.token();
  await session.disconnect();
  await other.token({ fresh: true });
  assert.equal(other.claims.sub, "user-grace");
  assert.equal((await client.check("document.view")).allowed, true);
});

test("revoke and introspect work with any token of this client", async () => {
  const { client, session } = await providers.connect("lumoauth");
  const { accessToken, refreshToken } = session.tokens();
  const active = await client.introspect(accessToken, { hint: "access_token" });
  assert.deepEqual([active.active, active.sub, active.client_id], [true, "user-ada", "lumoauth-sample-client"]);
  await client.revoke(accessToken, { hint: "access_token" });
  assert.deepEqual(await client.introspect(accessToken), { active: false });
  assert.equal((await client.introspect(refreshToken)).active, true);
  await client.revoke(refreshToken);
  assert.equal((await client.introspect(refreshToken)).active, false);
  await client.revoke("canary-unknown");
});

test("revoke and introspect refuse what is no token, no hint or no endpoint, and nothing is sent", async () => {
  const { client } = providers.client("lumoauth");
  const refused = failure({ kind: "configuration", recovery: "fix_configuration" });
  for (const token of [undefined, null, "", 5, {}]) {
    await assert.rejects(client.revoke(token), refused);
    await assert.rejects(client.introspect(token), refused);
  }
  await assert.rejects(client.revoke("x", { signal: {} }), failure({ kind: "configuration", message: /^signal must be/ }));
  await assert.rejects(client.revoke("x", { hint: "id_token" }), failure({ kind: "configuration", message: /hint/ }));
  await assert.rejects(providers.client("lumanu").client.revoke("x"), failure({ kind: "configuration", message: /revocationEndpoint/ }));
  await assert.rejects(providers.client("lumanu").client.introspect("x"), failure({ kind: "configuration", message: /introspectionEndpoint/ }));
  assert.equal(providers.emulator.requests.length, 0);
});
