// What HTTP servers, gateways and portals answer.

import assert from "node:assert/strict";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { assertError, fault, pause, until } from "./lab/lab.js";
import { inTurn, response, token } from "./lab/server.js";

const html = (status, text = "<html>canary</html>") => response(status, text, { "content-type": "text/html" });

for (const status of [301, 302, 303, 307, 308]) {
  fault(`f20 a ${status} to another origin is refused: nobody else gets the secret`, async (lab) => {
    const other = await lab.server(inTurn(token()));
    const server = await lab.server(inTurn(response(status, "canary", { location: `${other.origin}/steal?canary=1` })));
    const error = await lab.error(lab.client(server).token());
    assertError(error, { kind: "redirect_refused", status, retryable: false, recovery: "fix_configuration", message: new RegExp(other.origin) });
    assert.ok(!error.message.includes("steal"));
    assert.deepEqual([server.requests.length, other.connections], [1, 0]);
  });

  fault(`f21 a ${status} to the same origin is refused too`, async (lab) => {
    const server = await lab.server(inTurn(response(status, "", { location: "/other" }), token()));
    assertError(await lab.error(lab.client(server).token()), { kind: "redirect_refused", status });
    assert.equal(server.requests.length, 1);
  });
}

const busy = (after, status = 429) => response(status, { error: "slow_down" }, after === undefined ? {} : { "retry-after": after });

fault("f22 Retry-After inside the deadline is waited for", async (lab) => {
  const server = await lab.server(inTurn(busy(1), token()));
  const start = performance.now();
  await lab.client(server).token();
  const took = performance.now() - start;
  assert.ok(took >= 990 && took < 3000, `${took} ms`);
});

fault("f22 Retry-After beyond the deadline is told, and nothing is sent before it has passed", async (lab) => {
  const server = await lab.server(inTurn(busy(7), token()));
  const client = lab.client(server, { deadline: 2000, now: lab.clock.now });
  assertError(await lab.error(client.token()), { kind: "oauth", status: 429, retryable: true, retryAfter: 7000, recovery: "retry" });
  lab.clock.advance(3000);
  assertError(await lab.error(client.token()), { status: 429, retryAfter: 4000 });
  assert.equal(server.requests.length, 1);
  lab.clock.advance(4000);
  await client.token();
  assert.equal(server.requests.length, 2);
});

fault("f22 a 429 while a token is at hand has no effect on callers", async (lab) => {
  const server = await lab.server(inTurn(token(), busy(60), token()));
  const { client, first } = await lab.due(server);
  for (let times = 0; times < 20; times += 1) {
    assert.equal((await client.token()).accessToken, first.accessToken);
    await pause(1);
    lab.clock.advance(1000);
  }
  assert.equal(server.requests.length, 2);
});

fault("f23 a Retry-After may be a date, is an hour at most, and counts as none where it is nonsense, past or there twice", async (lab) => {
  const date = (seconds) => new Date(lab.clock.now() + seconds * 1000).toUTCString();
  for (const [after, told] of [
    [date(-60), null],
    ["soon", null],
    ["-1", null],
    [["1", "2"], null],
    [date(600), 600_000],
    ["99999999", 3_600_000],
    [date(7 * 86_400), 3_600_000],
  ]) {
    const server = await lab.server(inTurn(busy(after), token()));
    const client = lab.client(server, { now: lab.clock.now });
    if (told === null) await client.token();
    else assertError(await lab.error(client.token()), { status: 429, retryAfter: told });
  }
});

fault("f24 a 503 with an error of OAuth's is tried again, and its code is told", async (lab) => {
  const server = await lab.server(inTurn(response(503, { error: "temporarily_unavailable" })));
  assertError(await lab.error(lab.client(server).token()), { kind: "oauth", error: "temporarily_unavailable", status: 503, retryable: true });
  assert.equal(server.requests.length, 3);
});

for (const [id, status] of [["f25", 500], ["f26", 502], ["f26", 504]]) {
  fault(`${id} a ${status} with HTML is tried again, and its body is not shown`, async (lab) => {
    const server = await lab.server(inTurn(html(status), html(status), token()));
    await lab.client(server).token();
    assert.equal(server.requests.length, 3);
    const never = await lab.server(inTurn(html(status)));
    assertError(await lab.error(lab.client(never).token()), { kind: "oauth", status, retryable: true, description: null });
  });

  fault(`${id} a ${status} with HTML leaves a refresh in doubt: one prompt replay`, async (lab) => {
    const server = await lab.server(inTurn(html(status)));
    assertError(await lab.error(lab.session(server, { retries: 9 }).token()), { kind: "ambiguous", status });
    assert.equal(server.requests.length, 2);
  });
}

fault("f27 a login page in the place of a token is an invalid response, once", async (lab) => {
  const server = await lab.server(inTurn(html(200)));
  const client = lab.client(server);
  for (let times = 0; times < 5; times += 1) assertError(await lab.error(client.token()), { kind: "invalid_response", status: 200 });
  assert.equal(server.requests.length, 1);
});

fault("f27 a login page while a token is at hand bothers nobody", async (lab) => {
  const server = await lab.server(inTurn(token(), html(200)));
  const { client, first } = await lab.due(server);
  await client.token();
  await until(() => server.requests.length === 2);
  await pause(20);
  assert.equal((await client.token()).accessToken, first.accessToken);
  assert.equal(server.requests.length, 2);
});

fault("f28 an error inside a 200 is an error, as JSON and as a form", async (lab) => {
  for (const body of [
    response(200, { error: "bad_verification_code", error_description: "no", access_token: "canary" }),
    response(200, "error=bad_verification_code&error_description=no", { "content-type": "application/x-www-form-urlencoded" }),
  ]) {
    const server = await lab.server(inTurn(body));
    assertError(await lab.error(lab.client(server).token()), { kind: "oauth", error: "bad_verification_code", description: "no", status: 200 });
  }
});

fault("f29 an empty 200, 204, 206 and 201 without a token are invalid responses", async (lab) => {
  for (const answer of [
    response(200, "", { "content-type": "application/json" }),
    "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n",
    response(206, { access_token: "canary" }),
    response(201, {}),
  ]) {
    const server = await lab.server(inTurn(answer));
    assertError(await lab.error(lab.client(server).token()), { kind: "invalid_response" });
    assert.equal(server.requests.length, 1);
  }
});

const shapes = [
  [{ error: { code: "own", message: "why" } }, "own", "why"],
  [{ errors: [{ message: "why" }] }, "unknown_error", "why"],
  [{ errors: [{ message: "why", extensions: { code: "own" } }] }, "own", "why"],
  [{ code: "own", message: "why" }, "own", "why"],
  [{ type: "about:blank", title: "Bad", detail: "why", status: 400 }, "unknown_error", "why"],
  [{ error: "invalid_grant", hint: "why", message: "more" }, "invalid_grant", "more"],
  [{ Message: "why" }, "unknown_error", "why"],
  [{ error: "invalid_grant", error_description: "Unknown or invalid refresh token." }, "invalid_grant", "Unknown or invalid refresh token."],
  [{ error: "invalid_grant" }, "invalid_grant", null],
  [[], "unknown_error", null],
];
fault("f30 every shape of a refusal is told by code and description", async (lab) => {
  const answers = [...shapes.map(([body, ...told]) => [response(400, body), ...told]), [response(400, "canary plain", { "content-type": "text/plain" }), "unknown_error", null], [response(400), "unknown_error", null]];
  for (const [answer, error, description] of answers) {
    const server = await lab.server(inTurn(answer));
    assertError(await lab.error(lab.client(server).token()), { kind: "oauth", status: 400, error, description, retryable: false });
    assert.equal(server.requests.length, 1);
  }
});

fault("f30 a refresh token is dead after invalid_grant only", async (lab) => {
  for (const [body, dead] of [[{ error: "invalid_grant" }, true], [{ error: { code: "invalid_grant" } }, false], [{ code: "x" }, false], ["", false]]) {
    const server = await lab.server(inTurn(response(400, body), token()));
    const session = lab.session(server, { now: lab.clock.now });
    await lab.error(session.token());
    lab.clock.advance(10_000);
    if (dead) assertError(await lab.error(session.token()), { error: "invalid_grant", recovery: "reauthorize" });
    else await session.token();
    assert.equal(server.requests.length, dead ? 1 : 2);
  }
});

const good = Buffer.from(JSON.stringify({ access_token: "canary-access", token_type: "Bearer" }));
const coded = (body, encoding) => response(200, body, { "content-type": "application/json", ...(encoding ? { "content-encoding": encoding } : {}) });

fault("f31 small bodies that unpack to huge ones are cut off at the limit", async (lab) => {
  const huge = Buffer.alloc(64 << 20, 32);
  for (const [body, encoding] of [[gzipSync(huge), "gzip"], [brotliCompressSync(huge), "br"], [gzipSync(gzipSync(huge)), "gzip, gzip"]]) {
    const server = await lab.server(inTurn(coded(body, encoding)));
    assertError(await lab.error(lab.client(server).token()), { kind: "response_too_large" });
    assert.equal(server.requests.length, 1);
  }
});

fault("f32 a body that is not what its Content-Encoding says is an invalid response", async (lab) => {
  for (const [body, encoding] of [[good, "gzip"], [good, "br"], [gzipSync(good), undefined], [gzipSync(gzipSync(good)), "gzip"], [gzipSync(good).subarray(0, 20), "gzip"]]) {
    const server = await lab.server(inTurn(coded(body, encoding)));
    assertError(await lab.error(lab.client(server).token()), { kind: "invalid_response", retryable: false });
    assert.equal(server.requests.length, 1);
  }
  const server = await lab.server(inTurn(coded(gzipSync(good), "gzip")));
  await lab.client(server).token();
});

fault("f33 refused credentials are remembered for a moment, and then asked again", async (lab) => {
  for (const answer of [
    response(401, { error: "invalid_client" }),
    response(401, { error: "invalid_client" }, { "www-authenticate": 'Basic realm="canary"' }),
    response(403),
  ]) {
    const server = await lab.server(inTurn(answer));
    const client = lab.client(server, { now: lab.clock.now });
    for (let times = 0; times < 50; times += 1) assertError(await lab.error(client.token()), { kind: "oauth", retryable: false });
    assert.equal(server.requests.length, 1);
    lab.clock.advance(5001);
    await lab.error(client.token());
    assert.equal(server.requests.length, 2);
  }
});

fault("f34 a body in another charset than UTF-8 is an invalid response", async (lab) => {
  const text = '{"access_token":"canary","note":"ä"}';
  for (const [body, charset] of [[Buffer.from(text, "latin1"), "iso-8859-1"], [Buffer.from(text, "utf16le"), "utf-16"], [Buffer.from(`\ufeff${text}`, "utf16le"), "utf-16le"]]) {
    const server = await lab.server(inTurn(response(200, body, { "content-type": `application/json; charset=${charset}` })));
    assertError(await lab.error(lab.client(server).token()), { kind: "invalid_response" });
  }
});

fault("f35 headers beyond all measure and broken ones are errors with a kind", async (lab) => {
  for (const head of [`x-long: canary${"x".repeat(70_000)}`, "x-bad: a\0canary", "no colon canary", `x: ${"\x01"}`, "x-a: 1\n canary: 2"]) {
    const server = await lab.server((socket) => socket.end(`HTTP/1.1 200 OK\r\n${head}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`));
    const error = await lab.error(lab.client(server, { retries: 0 }).token());
    assert.ok(["network", "invalid_response"].includes(error.kind), `${JSON.stringify(head.slice(0, 20))}: ${error.stack}`);
  }
});

fault("f35 an answer that is no HTTP at all is a network error", async (lab) => {
  for (const bytes of ["SSH-2.0-canary\r\n", "\0\0\0\0", "HTTP/9.9 200 OK\r\n\r\n", "canary\r\n\r\n"]) {
    const server = await lab.server((socket) => socket.end(bytes));
    assertError(await lab.error(lab.client(server, { retries: 0 }).token()), { kind: "network" });
  }
});

/** A server that gives tokens at /token, and for its API what `api` says. */
const withApi = (api) => (socket, request) => socket.end(request.path === "/token" ? token() : api(request));
const asked = (server, path) => server.requests.filter((request) => request.path === path).length;

fault("f36 an API that refuses every token gets at most one new one in ten seconds", async (lab) => {
  const server = await lab.server(withApi(() => response(401)));
  const client = lab.client(server, { now: lab.clock.now });
  for (let second = 0; second < 30; second += 1) {
    for (let times = 0; times < 3; times += 1) assert.equal((await client.fetch("x")).status, 401);
    lab.clock.advance(1000);
  }
  assert.ok(asked(server, "/token") <= 4, `${asked(server, "/token")} token requests in 30 s`);
});

fault("f37 a late 401 for an old token spends no new one: ten requests, one new token", async (lab) => {
  let revoked;
  const waiting = [];
  const server = await lab.server((socket, { path, headers }) => {
    if (path === "/token") return socket.end(token());
    revoked ??= headers.authorization;
    const answer = response(headers.authorization === revoked ? 401 : 200);
    if (headers.authorization !== revoked) return socket.end(answer);
    waiting.push(() => socket.end(answer));
    if (waiting.length === 10) for (const send of waiting.slice(0, 9)) send();
  });
  const client = lab.client(server);
  await client.token();
  const answers = Array.from({ length: 10 }, () => client.fetch("x"));
  await until(() => asked(server, "/token") === 2);
  await pause(50);
  waiting[9]();
  for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
  assert.equal(asked(server, "/token"), 2);
});

fault("f38 the same answer twice, as from a cache, is taken", async (lab) => {
  const same = token({ expires_in: 100 }, { age: "50" });
  const server = await lab.server(inTurn(same));
  const client = lab.client(server, { now: lab.clock.now });
  const first = await client.token();
  lab.clock.advance(100_000);
  assert.equal((await client.token()).accessToken, first.accessToken);
  assert.equal(server.requests.length, 2);
});
