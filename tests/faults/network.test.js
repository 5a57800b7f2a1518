// What a network does.

import assert from "node:assert/strict";
import dns from "node:dns";
import { assertError, fault, pause, until } from "./lab/lab.js";
import { inTurn, reset, response, token } from "./lab/server.js";

/** Makes names fail to resolve while `broken.now` holds. */
function brokenNames(t, code) {
  const { lookup } = dns;
  const state = { now: true, lookups: 0 };
  t.mock.method(dns, "lookup", (name, options, callback) => {
    if (!state.now) return lookup("127.0.0.1", options, callback);
    state.lookups += 1;
    const error = Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code, syscall: "getaddrinfo", hostname: name });
    process.nextTick(callback, error);
  });
  return state;
}

for (const code of ["ENOTFOUND", "EAI_AGAIN"]) {
  fault(`f01 a name that does not resolve (${code}) is tried again, and then a network error`, async (lab, t) => {
    const names = brokenNames(t, code);
    const error = await lab.error(lab.client({ tokenEndpoint: "https://nowhere.invalid/token" }).token());
    assertError(error, { kind: "network", retryable: true, recovery: "retry", message: new RegExp(`could not be reached.*${code}`) });
    assert.equal(names.lookups, 3);
    names.now = false;
  });
}

fault("f01 with a token at hand a name that does not resolve bothers no caller, and is not asked in a row", async (lab, t) => {
  const names = brokenNames(t, "ENOTFOUND");
  names.now = false;
  const server = await lab.server(inTurn(token()));
  const { client, first } = await lab.due({ ...server, tokenEndpoint: `http://localhost:${server.port}/token` }, { retries: 0 });
  names.now = true;
  for (let times = 0; times < 50; times += 1) {
    assert.equal((await client.token()).accessToken, first.accessToken);
    await pause(1);
  }
  assert.equal(names.lookups, 1);
  names.now = false;
});

fault("f02 a refused connection is tried again, and then a network error that says so", async (lab) => {
  const server = await lab.server(() => {});
  await lab.close();
  const error = await lab.error(lab.client(server).token());
  assertError(error, { kind: "network", retryable: true, message: /could not be reached.*ECONNREFUSED/, endpoint: server.tokenEndpoint, status: null });
  assert.equal(lab.attempts, 3);
});

fault("f02 a server that comes up meanwhile is reached", async (lab) => {
  const gone = await lab.server(() => {});
  await lab.close();
  const asked = lab.client(gone, { retries: 8 }).token();
  await until(() => lab.attempts > 0);
  await lab.server(inTurn(token()), { port: gone.port });
  assert.match((await asked).accessToken, /^canary-access/);
});

fault("f03 a server that accepts and begins no TLS is a timeout, attempt by attempt", async (lab) => {
  const silent = await lab.server(null, { connected: () => {} });
  const tokenEndpoint = silent.tokenEndpoint.replace("http:", "https:");
  const error = await lab.error(lab.client({ ...silent, tokenEndpoint }, { timeout: 60, retries: 1 }).token());
  assertError(error, { kind: "timeout", retryable: true });
  assert.equal(lab.attempts, 2);
});

const cut = (socket) => {
  socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"access_token\":\"canary");
  setTimeout(() => socket.resetAndDestroy(), 5);
};
const short = (socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"access_token":"canary-half"}`);
const chunked = (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"acc\r\nZZ\r\n");

for (const [id, what, breaks] of [
  ["f05", "is reset after the request", reset],
  ["f06", "is reset in the middle of the body", cut],
  ["f07", "ends before the body does", short],
  ["f07", "has a broken chunk", chunked],
]) {
  fault(`${id} a connection that ${what} is tried again for the application's own token`, async (lab) => {
    const server = await lab.server(inTurn(breaks, token()));
    assert.match((await lab.client(server).token()).accessToken, /^canary-access/);
    assert.equal(server.requests.length, 2);
    const never = await lab.server(breaks);
    assertError(await lab.error(lab.client(never).token()), { kind: "network", retryable: true });
    assert.equal(never.requests.length, 3);
  });

  fault(`${id} a connection that ${what} gets a refresh token replayed once, promptly`, async (lab) => {
    const server = await lab.server(inTurn(breaks, token({ refresh_token: "canary-refresh-1" })));
    const session = lab.session(server);
    assert.match((await session.token()).accessToken, /^canary-access/);
    assert.equal(session.tokens().refreshToken, "canary-refresh-1");
    assert.deepEqual(server.requests.map(({ body }) => /refresh_token=canary-refresh-0/.test(body)), [true, true]);
    const never = await lab.server(breaks);
    const error = await lab.error(lab.session(never, { retries: 9 }).token());
    assertError(error, { kind: "ambiguous" });
    assert.equal(never.requests.length, 2);
  });
}

fault("f08 an answer after the timeout is thrown away, and the socket is closed", async (lab) => {
  const late = (socket) => setTimeout(() => socket.end(token()), 150);
  const server = await lab.server(inTurn(late, token()));
  const client = lab.client(server, { timeout: 50, retries: 0 });
  assertError(await lab.error(client.token()), { kind: "timeout" });
  await server.quiet();
  await pause(150);
  await client.token();
  assert.equal(server.requests.length, 2);
});

fault("f08 a late answer to a refresh token is listened to, so that the new one is not lost", async (lab) => {
  const stored = [];
  const late = (socket) => setTimeout(() => socket.end(token({ refresh_token: "canary-refresh-1" })), 200);
  const server = await lab.server(inTurn(late));
  const session = lab.session(server, { timeout: 50 }, { onTokens: (tokens) => void stored.push(tokens.refreshToken) });
  assertError(await lab.error(session.token()), { kind: "timeout" });
  await until(() => stored.length > 0);
  assert.equal(session.tokens().refreshToken, "canary-refresh-1");
  assert.match((await session.token()).accessToken, /^canary-access/);
  assert.equal(server.requests.length, 1);
});

fault("f09 bytes that drip do not extend the time", async (lab) => {
  const server = await lab.server((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n");
    const timer = setInterval(() => socket.write(" "), 10);
    socket.once("close", () => clearInterval(timer));
  });
  const start = performance.now();
  assertError(await lab.error(lab.client(server, { timeout: 150, retries: 0 }).token()), { kind: "timeout" });
  assert.ok(performance.now() - start < 1000);
  await server.quiet();
});

fault("f09 the deadline covers all attempts together", async (lab) => {
  const server = await lab.server(() => {});
  const start = performance.now();
  await lab.error(lab.client(server, { timeout: 100, deadline: 250, retries: 50 }).token());
  assert.ok(performance.now() - start < 1000);
});

fault("f10 a body without an end is cut off at the limit", async (lab) => {
  const chunk = Buffer.alloc(16_384, 32);
  let written = 0;
  const server = await lab.server((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk)) written += chunk.length;
    };
    socket.on("drain", pour);
    pour();
  });
  const error = await lab.error(lab.client(server, { maxResponseBytes: 65_536 }).token());
  assertError(error, { kind: "response_too_large", retryable: false });
  await server.quiet();
  assert.equal(server.requests.length, 1);
  assert.ok(written < 32 << 20, `${written} bytes`);
});

fault("f11 a server that says nothing ends every caller with the timeout, and loses its socket", async (lab) => {
  const server = await lab.server(() => {});
  const client = lab.client(server, { timeout: 100, retries: 0 });
  const errors = await Promise.all([1, 2, 3].map(() => lab.error(client.token())));
  for (const error of errors) assertError(error, { kind: "timeout", retryable: true, recovery: "retry" });
  assert.equal(server.requests.length, 1);
  await server.quiet();
});

fault("f12 a kept connection that has died is told, and the runtime sends nothing twice behind our back", async (lab) => {
  const kept = (body) => token(body, { connection: "keep-alive" });
  const answer = (socket) => {
    if (socket.answered) return socket.resetAndDestroy();
    socket.answered = true;
    socket.write(kept({ expires_in: 1, refresh_token: "canary-refresh-1" }));
  };
  const server = await lab.server(answer);
  const client = lab.client(server);
  await client.token();
  await client.token({ fresh: true });
  assert.equal(server.requests.length, lab.attempts);
  const before = [server.requests.length, lab.attempts];
  await lab.session(server).token();
  assert.equal(server.requests.length - before[0], lab.attempts - before[1]);
});

fault("f14 early hints are passed over", async (lab) => {
  const hints = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";
  const server = await lab.server((socket) => socket.end(Buffer.concat([Buffer.from(hints), token()])));
  assert.match((await lab.client(server).token()).accessToken, /^canary-access/);
});

fault("f14 a 100 that nobody asked for, which Node's fetch refuses, is a network error", async (lab) => {
  const server = await lab.server((socket) => socket.end(Buffer.concat([Buffer.from("HTTP/1.1 100 Continue\r\n\r\n"), token()])));
  assertError(await lab.error(lab.client(server, { retries: 0 }).token()), { kind: "network" });
});

fault("f15 a proxy that refuses the tunnel is a network error, and not one of OAuth", async (lab) => {
  // What undici's ProxyAgent throws; Node's own fetch speaks to no proxy.
  const cause = Object.assign(new Error("Proxy response (407) !== 200 when HTTP Tunneling"), { code: "UND_ERR_ABORTED" });
  const fetch = async () => { throw new TypeError("fetch failed", { cause }); };
  const error = await lab.error(lab.client({ tokenEndpoint: "https://auth.example.com/token" }, { fetch }).token());
  assertError(error, { kind: "network", error: null, status: null });
});

fault("f15 a 407 in the place of an answer, which fetch takes for a broken connection, is a network error", async (lab) => {
  const server = await lab.server(inTurn(response(407, "<html>canary proxy</html>", { "content-type": "text/html" })));
  assertError(await lab.error(lab.client(server, { retries: 0 }).token()), { kind: "network", error: null });
});

fault("f17 offline for ten minutes and back: nobody notices, no burst, and one refresh soon after", async (lab) => {
  let online = true;
  const server = await lab.server((socket) => (online ? socket.end(token()) : socket.resetAndDestroy()));
  const { client, first } = await lab.due(server, { retries: 0 });
  online = false;
  // 600 000 ms, of which the first 420 000 lie before the mandatory window.
  for (let second = 0; second < 400; second += 1) {
    assert.equal((await client.token()).accessToken, first.accessToken);
    await pause(1);
    lab.clock.advance(1000);
  }
  const tried = server.requests.length - 1;
  assert.ok(tried >= 4 && tried <= 60, `${tried} requests in 400 s`);
  online = true;
  let seconds = 0;
  while ((await client.token()).accessToken === first.accessToken) {
    lab.clock.advance(1000);
    seconds += 1;
    await pause(2);
    assert.ok(seconds <= 62, "no refresh within a minute of the return");
  }
  assert.equal(server.requests.length, tried + 2);
});
