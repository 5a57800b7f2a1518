// What the users of other libraries suffer, one test for each complaint. 15 is the bundlers' own suite.

import assert from "node:assert/strict";
import { assertError, fault, until } from "./lab/lab.js";
import { assertSilent, printed } from "../node/redaction.js";
import { inTurn, reset, response, token } from "./lab/server.js";

const asked = (server, path = "/token") => server.requests.filter((request) => request.path === path).length;

fault("complaint 1: fifty callers with a cold cache make one request, with and without a refresh token", async (lab) => {
  const server = await lab.server((socket) => setTimeout(() => socket.end(token({ refresh_token: "canary-refresh-1" })), 10));
  for (const source of [lab.client(server), lab.session(server)]) {
    const before = server.requests.length;
    await Promise.all(Array.from({ length: 50 }, () => source.token()));
    assert.equal(server.requests.length - before, 1);
  }
});

fault("complaint 2: a rotated refresh token is kept, one that does not come back stays", async (lab) => {
  const stored = [];
  const server = await lab.server(inTurn(token({ refresh_token: "canary-refresh-1" }), token({}), token({ refresh_token: null })));
  const session = lab.session(server, { now: lab.clock.now }, { onTokens: (tokens) => void stored.push(tokens.refreshToken) });
  for (let times = 0; times < 3; times += 1) {
    await session.token();
    lab.clock.advance(3_600_000);
  }
  assert.deepEqual(stored, ["canary-refresh-1", "canary-refresh-1", "canary-refresh-1"]);
  const sent = server.requests.map(({ body }) => new URLSearchParams(body).get("refresh_token"));
  assert.deepEqual(sent, ["canary-refresh-0", "canary-refresh-1", "canary-refresh-1"]);
});

fault("complaint 3: a late 401 for an old token does not spend the new one", async (lab) => {
  let late;
  let old;
  const server = await lab.server((socket, { path, headers }) => {
    if (path === "/token") return socket.end(token());
    old ??= headers.authorization;
    if (path === "/late") late = () => socket.end(response(headers.authorization === old ? 401 : 200));
    else socket.end(response(headers.authorization === old ? 401 : 200));
    if (path === "/late" && headers.authorization !== old) late();
  });
  const client = lab.client(server);
  const slow = client.fetch("late");
  await until(() => late);
  assert.equal((await client.fetch("x")).status, 200);
  late();
  assert.equal((await slow).status, 200);
  assert.equal(asked(server), 2);
});

fault("complaint 4: a refresh that fails while the token is good fails nobody, and is no logout", async (lab) => {
  const server = await lab.server(inTurn(token(), response(400, { error: "invalid_grant" })));
  const { client, first } = await lab.due(server);
  for (let times = 0; times < 5; times += 1) assert.equal((await client.token()).accessToken, first.accessToken);
  await until(() => lab.events.some(({ type }) => type === "served_stale"));
  assert.equal((await client.token()).accessToken, first.accessToken);
});

fault("complaint 5: a caller who gives up fails no other, and a failed refresh in the background ends no process", async (lab) => {
  const server = await lab.server(inTurn((socket) => setTimeout(() => socket.end(token()), 20), reset));
  const client = lab.client(server, { now: lab.clock.now, retries: 0 });
  const controller = new AbortController();
  const gone = client.token({ signal: controller.signal }).catch((reason) => reason.name);
  const other = client.token();
  controller.abort();
  assert.equal(await gone, "AbortError");
  await other;
  lab.clock.advance(3_000_000);
  await client.token();
  await until(() => lab.events.some(({ type }) => type === "served_stale"));
});

fault("complaint 6: a failure is not kept for good, and a hundred waiters do not retry one after another", async (lab) => {
  const server = await lab.server(inTurn(...Array(3).fill(response(500)), token()));
  const client = lab.client(server);
  const results = await Promise.all(Array.from({ length: 100 }, () => client.token().catch((error) => error)));
  assert.ok(results.every(({ status }) => status === 500));
  assert.equal(server.requests.length, 3);
  await client.token();
  const wrong = await lab.server(inTurn(response(401, { error: "invalid_client" }), token()));
  const corrected = lab.client(wrong, { now: lab.clock.now });
  await lab.error(corrected.token());
  lab.clock.advance(5001);
  await corrected.token();
});

fault("complaint 7: a strange expires_in is a number or null, and never a throw", async (lab) => {
  for (const written of ["3600", null, "", 0, "soon"]) {
    const server = await lab.server(inTurn(token({ expires_in: written })));
    const { expiresAt } = await lab.client(server).token();
    assert.ok(expiresAt === null || Number.isSafeInteger(expiresAt));
  }
  const server = await lab.server(inTurn(response(200, '{"access_token":"canary","expires_in":1e400}', { "content-type": "application/json" })));
  assert.equal((await lab.client(server).token()).expiresAt, null);
});

fault("complaint 8: an error inside a 200 is an error", async (lab) => {
  const server = await lab.server(inTurn(token({ error: "access_denied" })));
  assertError(await lab.error(lab.client(server).token()), { kind: "oauth", error: "access_denied" });
});

fault("complaint 9: an error that is printed shows neither token nor credentials", async (lab) => {
  const server = await lab.server((socket, { body, headers }) => {
    socket.end(response(400, { error: "invalid_request", error_description: `${body} ${headers.authorization}`, refresh_token: "canary-refresh" }));
  });
  for (const clientAuth of ["client_secret_post", "client_secret_basic"]) {
    const error = await lab.error(lab.client(server, { clientAuth }).token());
    console.log(error, { error });
    assert.ok(printed(error).includes("[redacted]"));
    assertSilent([error]);
  }
  const error = await lab.error(lab.session(server).token());
  console.log(error, { error });
  assertSilent([error]);
});

fault("complaint 10: a 307 from the token endpoint takes the secret nowhere", async (lab) => {
  const other = await lab.server(inTurn(token()));
  const server = await lab.server(inTurn(response(307, "", { location: `${other.origin}/token` })));
  assertError(await lab.error(lab.client(server).token()), { kind: "redirect_refused" });
  assert.equal(other.connections, 0);
});

fault("complaint 11: a server that hangs, or never stops, is given up without being asked to", async (lab) => {
  // The defaults, at a fiftieth of their time.
  const timers = globalThis.setTimeout;
  globalThis.setTimeout = (work, ms, ...rest) => timers(work, ms >= 10_000 ? ms / 50 : ms, ...rest);
  try {
    const server = await lab.server(() => {});
    const error = await lab.error(lab.client(server, { timeout: undefined, deadline: undefined, retries: 0 }).token());
    assertError(error, { kind: "timeout" });
  } finally {
    globalThis.setTimeout = timers;
  }
  const endless = await lab.server((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
    const timer = setInterval(() => socket.write(Buffer.alloc(65_536, 32)), 1);
    socket.once("close", () => clearInterval(timer));
  });
  assertError(await lab.error(lab.client(endless, { maxResponseBytes: undefined }).token()), { kind: "response_too_large" });
});

fault("complaint 12: every message says what happened, at which host, and what to do", async (lab) => {
  const answers = [response(400, { error: "invalid_scope" }), response(500), response(200, "{}"), response(302, "", { location: "/" }), response(200, "x", { "content-type": "text/html" }), reset, response(200, { access_token: 7 })];
  for (const answer of answers) {
    const server = await lab.server(inTurn(answer));
    const { message, endpoint } = await lab.error(lab.client(server, { retries: 0 }).token());
    assert.ok(message.includes(`127.0.0.1:${server.port}`), message);
    assert.match(message, /: (check|try|ask|configure|the application|call)|try again/, message);
    assert.ok(message.length > 60 && !/unexpected response/i.test(message), message);
    assert.equal(endpoint, server.tokenEndpoint);
  }
});

fault("complaint 13: a UUID as client id arrives the same at servers that decode and at those that do not", async (lab) => {
  const clientId = "0b6ce3f4-9c7a-4d7e-8f43-6d1f2f5a9b10";
  const server = await lab.server((socket) => socket.end(token()));
  await lab.client(server, { clientId }).token();
  assert.ok(server.requests[0].body.includes(`client_id=${clientId}`));
  await lab.client(server, { clientId, clientSecret: "canary-plain.secret_1", clientAuth: "client_secret_basic" }).token();
  const credentials = Buffer.from(server.requests[1].headers.authorization.slice(6), "base64").toString();
  assert.equal(credentials, `${clientId}:canary-plain.secret_1`);
});

fault("complaint 14: an answer that is lost costs one replay, and then the user is not signed out by a guess", async (lab) => {
  const server = await lab.server(inTurn(reset, reset, token({ refresh_token: "canary-refresh-1" })));
  const session = lab.session(server, { now: lab.clock.now });
  assertError(await lab.error(session.token()), { kind: "ambiguous" });
  assert.equal(session.tokens().refreshToken, "canary-refresh-0");
  assert.equal(server.requests.length, 2);
});
