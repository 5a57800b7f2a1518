// A session keeps its token fresh by itself.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { failure, fresh, scripted, standing, stored, tokenResponse, until, useProviders, deferred } from "./setup.js";

const providers = useProviders();
const hour = 3_600_000;

for (const provider of ["luminary", "lumanu", "lumoauth", "oauth"]) {
  test(`a session of ${provider} refreshes by itself, again and again`, async () => {
    const { session, saved } = await providers.connect(provider);
    const seen = new Set([(await session.token()).accessToken]);
    for (let times = 1; times <= 5; times += 1) {
      providers.emulator.clock.advance(25 * hour);
      seen.add((await session.token()).accessToken);
      assert.equal(saved.length, times + 1);
      assert.deepEqual(saved.at(-1), session.tokens());
    }
    assert.equal(seen.size, 6);
    assert.equal(providers.sent("token").length, 6);
    const last = providers.sent("token").at(-1);
    assert.equal(last.body.grant_type, "refresh_token");
    assert.equal(last.body.audience, undefined);
    assert.equal(last.body.scope, undefined);
    assert.equal(last.body.redirect_uri, undefined);
  });
}

test("Lumanu: the old refresh token is kept when none comes back", async () => {
  const { session, saved } = await providers.connect("lumanu");
  const before = session.tokens();
  await session.token({ fresh: true });
  assert.equal(session.tokens().refreshToken, before.refreshToken);
  assert.equal(saved.at(-1).refreshToken, before.refreshToken);
  assert.notEqual(session.tokens().accessToken, before.accessToken);
  assert.ok(!Object.values(session.tokens()).includes(undefined));
});

test("Lumanu: the refresh token is replaced when a new one comes back", async () => {
  providers.emulator.settings.lumanu.refreshTokens = "rotate";
  const { session, saved } = await providers.connect("lumanu");
  const seen = new Set([session.tokens().refreshToken]);
  for (let times = 0; times < 3; times += 1) {
    await session.token({ fresh: true });
    seen.add(session.tokens().refreshToken);
    assert.equal(saved.at(-1).refreshToken, session.tokens().refreshToken);
  }
  assert.equal(seen.size, 4);
});

test("LumoAuth: each refresh token is sent once, and the family lives", async () => {
  const { session } = await providers.connect("lumoauth");
  for (let times = 0; times < 5; times += 1) await session.token({ fresh: true });
  const used = providers.sent("token").slice(1).map(({ body }) => body.refresh_token);
  assert.equal(new Set(used).size, 5);
  assert.equal((await session.token({ fresh: true })).scope.join(" "), "openid profile email");
});

for (const empty of [null, ""]) {
  test(`a refresh token of ${JSON.stringify(empty)} is none, so the old one is kept`, async () => {
    const server = scripted(fresh(1, { refresh_token: empty }));
    const { session } = server.expired();
    await session.token();
    assert.equal(session.tokens().refreshToken, "canary-refresh-0");
  });
}

test("r73 r82 the scope and the ID token are kept when none come back", async () => {
  const server = scripted({ access_token: "canary-access-1", token_type: "Bearer", expires_in: 60 });
  const { session } = server.expired();
  await session.token();
  assert.deepEqual(session.tokens(), stored({ accessToken: "canary-access-1", expiresAt: server.clock.ms + 60_000 }));
});

test("complaint 1: fifty calls at expiry make one refresh, and all get the new token", async () => {
  const { session } = await providers.connect("lumoauth");
  providers.emulator.clock.advance(2 * hour);
  providers.emulator.delayAnswers(30, { times: 1 });
  const tokens = await Promise.all(Array.from({ length: 50 }, () => session.token()));
  assert.equal(new Set(tokens.map(({ accessToken }) => accessToken)).size, 1);
  assert.equal(providers.sent("token").length, 2);
  providers.emulator.clock.advance(2 * hour);
  await session.token();
  assert.equal(providers.sent("token").length, 3);
});

test("fifty requests to the API that all get a 401 make one refresh", async () => {
  const { session } = await providers.connect("lumanu");
  providers.emulator.revoke(session.tokens().accessToken);
  const users = await Promise.all(Array.from({ length: 50 }, () => session.currentUser()));
  assert.ok(users.every(({ first_name }) => first_name === "Ada"));
  assert.equal(providers.sent("token").length, 2);
});

test("complaint 6: one failure answers all fifty callers at once, and the next call tries again", async () => {
  const server = scripted(() => tokenResponse({ error: "temporarily_unavailable" }, { status: 503 }), fresh(1));
  const { session } = server.expired({ retries: 0 });
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => session.token()));
  for (const { reason } of results) failure({ kind: "oauth", recovery: "retry", error: "temporarily_unavailable" })(reason);
  assert.equal(new Set(results.map(({ reason }) => reason)).size, 50);
  assert.equal(server.requests.length, 1);
  assert.equal((await session.token()).accessToken, "canary-access-1");
});

test("complaint 4: a refresh that fails while the token is good fails nobody", async () => {
  const server = scripted(() => tokenResponse({ error: "server_error" }, { status: 500 }));
  const { client, events } = server.client({ retries: 0 });
  const session = client.session(stored({ expiresAt: server.clock.ms + hour }));
  await session.token();
  server.clock.ms += 50 * 60_000;
  for (let times = 0; times < 30; times += 1) {
    assert.equal((await session.token()).accessToken, "canary-access-0");
    server.clock.ms += 5_000;
    await sleep(1);
  }
  await until(() => events.some(({ type }) => type === "served_stale"));
  assert.ok(server.requests.length < 20, `${server.requests.length} requests`);
});

test("invalid_grant while the token is good fails nobody before it has expired", async () => {
  const server = scripted(() => tokenResponse({ error: "invalid_grant" }, { status: 400 }));
  const { client } = server.client();
  const session = client.session(stored({ expiresAt: server.clock.ms + hour }));
  await session.token();
  server.clock.ms += 50 * 60_000;
  assert.equal((await session.token()).accessToken, "canary-access-0");
  await until(() => server.requests.length === 1);
  await sleep(5);
  assert.equal((await session.token()).accessToken, "canary-access-0");
  server.clock.ms += 11 * 60_000;
  await assert.rejects(session.token(), failure({ error: "invalid_grant", recovery: "reauthorize" }));
  assert.equal(server.requests.length, 1);
});

test("r88 invalid_grant says that the user has to come back, and the session stays dead", async () => {
  const { session } = await providers.connect("lumoauth");
  providers.emulator.revoke(session.tokens().refreshToken);
  providers.emulator.clock.advance(2 * hour);
  const dead = failure({ kind: "oauth", error: "invalid_grant", recovery: "reauthorize", retryable: false, status: 400 });
  await assert.rejects(session.token(), dead);
  assert.equal(providers.sent("token").length, 2);
  for (const wait of [1, 10_000, hour, 48 * hour]) {
    providers.emulator.clock.advance(wait);
    await assert.rejects(session.token(), dead);
    await assert.rejects(session.token({ fresh: true }), dead);
    await assert.rejects(session.fetch("/api/v1/x"), dead);
  }
  assert.equal(providers.sent("token").length, 2);
});

test("Auth0's 403 for a dead refresh token is invalid_grant too", async () => {
  const { session } = await providers.connect("lumanu");
  providers.emulator.revoke(session.tokens().refreshToken);
  providers.emulator.clock.advance(25 * hour);
  await assert.rejects(
    session.currentUser(), failure({ kind: "oauth", error: "invalid_grant", recovery: "reauthorize", status: 403 }),
  );
});

for (const [what, answer] of [
  ["a gateway's echo of invalid_grant in a 503", () => tokenResponse({ error: "invalid_grant" }, { status: 503 })],
  ["an HTML page with 400", () => new Response("<html>invalid_grant</html>", { status: 400, headers: { "content-type": "text/html" } })],
  ["invalid_client", () => tokenResponse({ error: "invalid_client" }, { status: 401 })],
]) {
  test(`${what} kills no session`, async () => {
    const server = scripted(answer);
    const { session } = server.expired({ retries: 0 });
    await assert.rejects(session.token(), (error) => error.recovery !== "reauthorize");
    server.then(fresh(1));
    server.clock.ms += 60_000;
    assert.equal((await session.token()).accessToken, "canary-access-1");
  });
}

test("complaint 5: a caller who gives up is answered alone, and the others go on", async () => {
  const server = scripted();
  const gate = deferred();
  const { session } = server.expired();
  server.then(() => gate.promise);
  const controllers = Array.from({ length: 10 }, () => new AbortController());
  const calls = controllers.map(({ signal }) => session.token({ signal }));
  const reason = new Error("enough");
  controllers.slice(0, 9).forEach((controller) => controller.abort(reason));
  for (const call of calls.slice(0, 9)) await assert.rejects(call, reason);
  assert.equal(await standing(calls[9]), "pending");
  gate.resolve(fresh(1));
  assert.equal((await calls[9]).accessToken, "canary-access-1");
  assert.equal(server.requests.length, 1);
});

test("f72 the last caller who gives up does not stop a rotation: the tokens are kept and saved", async () => {
  const server = scripted();
  const gate = deferred();
  const saved = [];
  const { session } = server.expired({}, { onTokens: (tokens) => void saved.push(tokens) });
  server.then(() => gate.promise);
  const controller = new AbortController();
  const call = session.token({ signal: controller.signal });
  await until(() => server.requests.length === 1);
  controller.abort(new Error("gone"));
  await assert.rejects(call, /gone/);
  assert.equal(server.requests[0].signal.aborted, false);
  gate.resolve(fresh(1));
  await until(() => saved.length === 1);
  assert.equal(saved[0].refreshToken, "canary-refresh-1");
  assert.equal(session.tokens().refreshToken, "canary-refresh-1");
  assert.equal((await session.token()).accessToken, "canary-access-1");
  assert.equal(server.requests.length, 1);
});

test("f72 waitUntil is given a rotation, which goes on where its callers have given up", async () => {
  const server = scripted();
  const gate = deferred();
  server.then(() => gate.promise);
  const works = [];
  const saved = [];
  const { session } = server.expired({ waitUntil: (work) => works.push(work) }, {
    onTokens: (tokens) => void saved.push(tokens.refreshToken),
  });
  const controller = new AbortController();
  const call = session.token({ signal: controller.signal });
  controller.abort(new Error("gone"));
  await assert.rejects(call, /gone/);
  assert.equal(works.length, 1);
  gate.resolve(fresh(1));
  await Promise.all(works);
  assert.deepEqual(saved, ["canary-refresh-1"]);
});

test("f72 a rotation that had to wait first is not stopped either", async () => {
  const server = scripted(fresh(1, { expires_in: 0 }));
  const { client } = server.client({ now: undefined });
  const session = client.session(stored({ expiresAt: 1 }));
  // Used up at once, so the next refresh waits for a second.
  await session.token();
  const gate = deferred();
  server.then(() => gate.promise);
  const controller = new AbortController();
  const call = session.token({ signal: controller.signal });
  await sleep(1200);
  assert.equal(server.requests.length, 2);
  controller.abort(new Error("gone"));
  await assert.rejects(call, /gone/);
  assert.equal(server.requests[1].signal.aborted, false);
  gate.resolve(fresh(2));
  assert.equal((await session.token()).accessToken, "canary-access-2");
  assert.equal(session.tokens().refreshToken, "canary-refresh-2");
});

test("f08 an answer that comes after the timeout is kept, so that its refresh token is not lost", async () => {
  const server = scripted();
  const gate = deferred();
  const saved = [];
  const { session } = server.expired({ timeout: 50 }, { onTokens: (tokens) => void saved.push(tokens) });
  server.then(() => gate.promise);
  // Nobody who comes later waits for longer than the first.
  for (let times = 0; times < 3; times += 1) {
    await assert.rejects(session.token(), failure({ kind: "timeout", recovery: "retry" }));
  }
  gate.resolve(fresh(1));
  await until(() => saved.length === 1);
  assert.equal((await session.token()).accessToken, "canary-access-1");
  assert.equal(server.requests.length, 1);
});

test("f08 where the deadline is longer than half a minute, a late answer is listened to for as long", async (t) => {
  const server = scripted();
  const gate = deferred();
  const saved = [];
  const { session } = server.expired({ timeout: 40_000, deadline: 90_000 }, {
    onTokens: (tokens) => void saved.push(tokens.refreshToken),
  });
  server.then(() => gate.promise);
  const turns = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  };
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const call = assert.rejects(session.token(), failure({ kind: "timeout", recovery: "retry" }));
  await turns();
  t.mock.timers.tick(40_000);
  await call;
  t.mock.timers.tick(49_999);
  await turns();
  assert.equal(server.requests[0].signal.aborted, false);
  gate.resolve(fresh(1));
  await turns();
  t.mock.timers.reset();
  assert.deepEqual(saved, ["canary-refresh-1"]);
  assert.equal(server.requests.length, 1);
});

test("f08 a refresh token that stays the same is no reason to listen to a late answer", async () => {
  const server = scripted();
  const { session } = server.expired({ timeout: 50, retries: 0, rotation: { mode: "none" } });
  server.then(() => deferred().promise);
  await assert.rejects(session.token(), failure({ kind: "timeout", recovery: "retry" }));
  assert.equal(server.requests[0].signal.aborted, true);
});

test("f08 waitUntil waits for an answer that comes after the timeout too", async () => {
  const server = scripted();
  const gate = deferred();
  const works = [];
  const saved = [];
  const { session } = server.expired({ timeout: 50, waitUntil: (work) => works.push(work) }, {
    onTokens: (tokens) => void saved.push(tokens.refreshToken),
  });
  server.then(() => gate.promise);
  await assert.rejects(session.token(), failure({ kind: "timeout", recovery: "retry" }));
  assert.equal(await standing(works[0]), "pending");
  gate.resolve(fresh(1));
  assert.equal(await works[0], undefined);
  assert.deepEqual(saved, ["canary-refresh-1"]);
});

test("a session without a refresh token works until its token has expired, and then says so", async () => {
  const server = scripted();
  const { client } = server.client();
  const session = client.session(stored({ refreshToken: undefined, expiresAt: server.clock.ms + hour }));
  server.clock.ms += 59.5 * 60_000;
  assert.equal((await session.token()).accessToken, "canary-access-0");
  server.clock.ms += 60_000;
  await assert.rejects(session.token(), failure({ kind: "oauth", recovery: "reauthorize", message: /no refresh token/ }));
  assert.equal(server.requests.length, 0);
});

test("a fresh token that cannot be had costs no session the one at hand", async () => {
  const lasting = scripted();
  const { client } = lasting.client();
  const hopeless = client.session(stored({ refreshToken: undefined, expiresAt: lasting.clock.ms + hour }));
  await assert.rejects(hopeless.token({ fresh: true }), failure({ kind: "oauth", recovery: "reauthorize" }));
  assert.equal((await hopeless.token()).accessToken, "canary-access-0");
  assert.equal(lasting.requests.length, 0);

  const failing = scripted(() => tokenResponse({ error: "server_error" }, { status: 500 }));
  const session = failing.client({ retries: 0 }).client.session(stored({ expiresAt: failing.clock.ms + hour }));
  await assert.rejects(session.token({ fresh: true }), failure({ kind: "oauth", recovery: "retry" }));
  assert.equal((await session.token()).accessToken, "canary-access-0");
  assert.equal(failing.requests.length, 1);
});

test("a secret that was rotated is asked for again, also by a session that was connected before", async () => {
  let asked = 0;
  const clientSecret = () => {
    asked += 1;
    return providers.emulator.clients.lumoauth.clientSecret;
  };
  const { session } = await providers.connect("lumoauth", {
    options: { clientSecret, transactionKey: new Uint8Array(32).fill(1) },
  });
  await session.token({ fresh: true });
  providers.emulator.rotateSecret("lumoauth");
  await session.token({ fresh: true });
  assert.ok(asked >= 3, String(asked));
});

test("a client_secret function that hangs is told as one, and the next call asks again", async () => {
  const server = scripted(fresh(1));
  let asked = 0;
  const clientSecret = () => ((asked += 1) < 3 ? new Promise(() => {}) : "canary-secret");
  const { client } = server.client({ clientSecret, timeout: 40 });
  const session = client.session(stored({ expiresAt: server.clock.ms - 1 }));
  for (let times = 0; times < 2; times += 1) {
    await assert.rejects(session.token(), failure({ kind: "configuration", message: /^clientSecret .* took too long/ }));
  }
  assert.equal((await session.token()).accessToken, "canary-access-1");
  assert.equal(server.requests.length, 1);
});

test("r82 an ID token of another user in a refresh is refused, and its tokens are not handed out", async () => {
  const { session } = await providers.connect("lumanu");
  for (const record of providers.emulator.tokens.refreshTokens.values()) record.subject = "user-grace";
  await assert.rejects(
    session.token({ fresh: true }), failure({ kind: "invalid_response", message: /another user than the first one/ }),
  );
  assert.equal(session.claims.sub, "user-ada");
});

test("session.fetch refreshes once on a 401, and leaves a 403 as it is", async () => {
  const answers = [401, 200];
  const server = scripted();
  const { client } = server.client({
    fetch: async (url, init) => {
      if (String(url).endsWith("/token")) {
        server.requests.push(url);
        return tokenResponse(fresh(server.requests.length));
      }
      const status = answers.shift();
      return new Response(new Headers(init.headers).get("authorization"), { status });
    },
  });
  const session = client.session(stored({ expiresAt: server.clock.ms + hour }));
  const response = await session.fetch("x");
  assert.deepEqual([response.status, await response.text()], [200, "Bearer canary-access-1"]);
  answers.push(403);
  assert.equal((await session.fetch("x")).status, 403);
  answers.push(401);
  assert.equal((await session.fetch("x")).status, 401);
  assert.equal(server.requests.length, 1);
});

test("complaint 3: a late 401 for an old token does not spend the new one", async () => {
  const server = scripted();
  const gate = deferred();
  let calls = 0;
  const { client } = server.client({
    fetch: async (url, init) => {
      if (String(url).endsWith("/token")) {
        server.requests.push(url);
        return tokenResponse(fresh(server.requests.length));
      }
      calls += 1;
      if (calls === 1) await gate.promise;
      const old = new Headers(init.headers).get("authorization") === "Bearer canary-access-0";
      return new Response("", { status: old ? 401 : 200 });
    },
  });
  const session = client.session(stored({ expiresAt: server.clock.ms + hour }));
  const late = session.fetch("slow");
  assert.equal((await session.fetch("fast")).status, 200);
  gate.resolve();
  assert.equal((await late).status, 200);
  assert.equal(server.requests.length, 1);
});

test("the wait before another attempt is a wait, whatever ended the last one", async () => {
  const times = [];
  const server = scripted(() => {
    times.push(performance.now());
    throw Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
  });
  const { session, events } = server.expired({ now: undefined, retries: 3 });
  await assert.rejects(session.token(), failure({ kind: "network" }));
  const told = events.filter(({ type }) => type === "retry").map(({ delay }) => delay);
  assert.equal(told.length, 3);
  told.forEach((delay, at) => {
    const waited = times[at + 1] - times[at];
    assert.ok(waited >= delay - 2, `waited ${waited} ms of ${delay}`);
  });
});
