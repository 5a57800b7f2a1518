// Requests that share one isolate of workerd. There a promise of one request must not be waited for in another, and a
// request that ends takes what it was doing along: so whoever leads a flight may end before it, and the others must get
// their token all the same, within seconds.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startWorker } from "../launch/workerd.js";

/** How long a request may take that has to take over from another: its own answer, and some time to notice. */
const PATIENCE_MS = 5_000;

/** A follower must not wait for longer than this after the answer is there: a machine may be busy, but seconds are too long. */
const PROMPT_MS = 900;

/** What a server takes for an answer, where the test is that nobody waits for it. */
const SLOW_MS = 1_000;

let worker;
let server;
let tokens;
/** What the token endpoint saw, and what it does. */
let seen = [];
let answer;

const delayed = (ms, members = {}) => async (number) => {
  await sleep(ms);
  return [200, { access_token: `canary-${number}`, token_type: "Bearer", expires_in: 3600, ...members }];
};

before(async () => {
  server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const request = { body: new URLSearchParams(body), broken: false };
    seen.push(request);
    outgoing.once("close", () => (request.broken = !outgoing.writableFinished));
    const [status, members] = await answer(seen.length);
    outgoing.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    outgoing.end(JSON.stringify(members));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  tokens = `http://127.0.0.1:${server.address().port}/`;
  worker = await startWorker("../workerd/worker.js", "2026-10-23");
});

after(async () => {
  await worker.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

afterEach(() => {
  seen = [];
});

let clients = 0;

/** Requests to the worker that share one client, which no other test has. */
function sharing(more = {}) {
  clients += 1;
  const client = `client-${clients}`;
  return async (action, { signal, within = PATIENCE_MS, ...own } = {}) => {
    const start = performance.now();
    const late = AbortSignal.timeout(within);
    const query = new URLSearchParams({ client, tokens, ahead: 0, ...more, ...own });
    const response = await fetch(`${worker.address}/${action}?${query}`, {
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    return { ...(await response.json()), took: performance.now() - start };
  };
}

const many = (count, call) => Promise.all(Array.from({ length: count }, call));

const silent = () => assert.doesNotMatch(worker.errors(), /canary|hung|hang|different request|WebAssembly/i, worker.errors());

test("requests side by side make one token request, and each has the token at once", async () => {
  answer = delayed(400);
  const ask = sharing();
  const answers = await many(20, () => ask("token"));
  for (const { token, took } of answers) {
    assert.equal(token, "canary-1");
    assert.ok(took < 400 + PROMPT_MS, `${took} ms`);
  }
  assert.equal(seen.length, 1);
  silent();
});

test("requests that come later join, and a token that is there is shared", async () => {
  answer = delayed(SLOW_MS);
  const ask = sharing();
  const first = ask("token");
  await sleep(200);
  assert.equal((await ask("token")).token, "canary-1");
  assert.equal((await first).token, "canary-1");
  const { token, took } = await ask("token");
  assert.equal(token, "canary-1");
  assert.ok(took < PROMPT_MS, `${took} ms`);
  assert.equal(seen.length, 1);
  silent();
});

test("a request that leads and ends first leaves the others their token", async () => {
  answer = delayed(1_000);
  const ask = sharing();
  const leader = ask("leave");
  await sleep(50);
  const followers = await many(5, () => ask("token"));
  assert.equal((await leader).left, true);
  for (const { token } of followers) assert.match(token ?? "", /^canary-/, JSON.stringify(followers));
  assert.ok(seen.length <= 2, `${seen.length} token requests`);
  silent();
});

test("a request that leads and whose client goes away leaves the others their token", async () => {
  answer = delayed(1_000);
  const ask = sharing();
  const gone = new AbortController();
  const leader = ask("token", { signal: gone.signal }).catch((error) => error.name);
  await sleep(100);
  const followers = many(5, () => ask("token"));
  await sleep(100);
  gone.abort();
  assert.equal(await leader, "AbortError");
  const answers = await followers;
  for (const { token } of answers) assert.match(token ?? "", /^canary-/, JSON.stringify(answers));
  assert.ok(seen.length <= 2, `${seen.length} token requests`);
  silent();
});

test("a request that leads and gives up by its signal leaves the others their token", async () => {
  answer = delayed(600);
  const ask = sharing();
  const leader = ask("abort");
  await sleep(50);
  const followers = await many(5, () => ask("token"));
  assert.equal((await leader).reason, "TimeoutError");
  for (const { token } of followers) assert.match(token ?? "", /^canary-/, JSON.stringify(followers));
  assert.ok(seen.length <= 2, `${seen.length} token requests`);
  silent();
});

test("a request that led and ended hinders nobody who comes later", async () => {
  answer = delayed(1_000);
  const ask = sharing();
  await ask("leave");
  await sleep(1_500);
  const { token } = await ask("token");
  assert.match(token ?? "", /^canary-/);
  assert.ok(seen.length <= 2, `${seen.length} token requests`);
  silent();
});

test("a request that tells the runtime to wait keeps its flight, and its token is shared", async () => {
  answer = delayed(600);
  const ask = sharing();
  await ask("remain");
  const followers = await many(5, () => ask("token"));
  for (const { token } of followers) assert.equal(token, "canary-1");
  assert.equal(seen.length, 1);
  silent();
});

test("a refusal answers every request that waited for it", async () => {
  answer = async () => {
    await sleep(400);
    return [400, { error: "invalid_scope" }];
  };
  const ask = sharing();
  const answers = await many(5, () => ask("token"));
  for (const { error } of answers) assert.deepEqual([error?.kind, error?.code], ["oauth", "invalid_scope"]);
  assert.equal(seen.length, 1);
  silent();
});

test("a request that wanted a fresh token and ended leaves the others one", async () => {
  answer = delayed(0);
  const ask = sharing();
  assert.equal((await ask("token")).token, "canary-1");
  answer = delayed(500);
  await ask("leave", { fresh: true });
  const answers = await many(3, () => ask("token"));
  for (const { token } of answers) assert.match(token ?? "", /^canary-[23]$/, JSON.stringify(answers));
  silent();
});

test("a background refresh that ended with its request is made up for", async () => {
  answer = delayed(0);
  const ask = sharing();
  assert.equal((await ask("token")).token, "canary-1");
  answer = delayed(SLOW_MS);
  // Of an hour's token the last minutes: it is good, and a new one is asked for in the background.
  for (let times = 0; times < 3; times += 1) {
    const { token, took } = await ask("token", { ahead: 2_900_000 });
    assert.equal(token, "canary-1");
    assert.ok(took < PROMPT_MS, `${took} ms`);
  }
  // Its last minute: whoever comes waits for the new one.
  const answers = await many(3, () => ask("token", { ahead: 3_580_000 }));
  for (const { token } of answers) assert.match(token ?? "", /^canary-[2-9]$/, JSON.stringify(answers));
  silent();
});

test("a user's refresh whose request ended is not waited for without end", async () => {
  answer = delayed(1_000, { refresh_token: "canary-next" });
  const { issuedFor } = await sharing()("issuedFor");
  const ask = sharing({ issuedFor });
  await ask("leaveSession");
  const { token, error } = await ask("session", { within: 15_000 });
  // Its refresh token may have been used up: it is sent once more while that is prompt, or the user has to come back.
  assert.ok(token?.startsWith("canary-") || error?.kind === "ambiguous", JSON.stringify({ token, error }));
  assert.ok(seen.length <= 2, `${seen.length} token requests`);
  silent();
});

test("a session is disconnected by one request while another one refreshes it", async () => {
  const { issuedFor } = await sharing()("issuedFor");
  answer = delayed(SLOW_MS, { refresh_token: "canary-next" });
  for (const leads of ["session", "leaveSession"]) {
    const ask = sharing({ issuedFor });
    const leader = ask(leads);
    await sleep(200);
    const { left, error } = await ask("disconnect");
    assert.ok(left, JSON.stringify(error));
    await leader;
  }
  silent();
});
