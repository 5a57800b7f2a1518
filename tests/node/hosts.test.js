// What the caller's own functions may do: whatever they throw or give, it ends in an error or in nothing.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { oauth } from "tokenwell";
import { assertSilent } from "./redaction.js";
import { failure } from "./setup.js";

const good = () => Response.json({ access_token: "canary-access", token_type: "Bearer", expires_in: 3600 });

function client(options) {
  return oauth({
    tokenEndpoint: "https://auth.example.com/token?q=canary",
    apiBase: "https://api.example.com/",
    clientId: "id",
    clientSecret: "canary-secret",
    retries: 0,
    timeout: 2000,
    fetch: async () => good(),
    ...options,
  });
}

test("fetch is called without a this, as workers want it", async () => {
  const seen = [];
  const api = client({
    fetch: function fetch(...args) {
      seen.push([this, args.length]);
      return Promise.resolve(good());
    },
  });
  await api.token();
  await api.fetch("x");
  assert.deepEqual(seen, [[undefined, 2], [undefined, 2]]);
});

test("the caller's functions find the asynchronous context of the call that they work for, also where several clients are asked at once", async () => {
  const current = new AsyncLocalStorage();
  const seen = [];
  const see = (name) => seen.push([name, current.getStore()]);
  const clients = ["one", "two", "three"].map((name) => {
    let attempts = 0;
    return [name, client({
      retries: 1,
      // The second and third wait for a turn.
      maxConcurrentRequests: 1,
      clientSecret: async () => (see(name), "canary-secret"),
      fetch: async (url) => {
        see(name);
        await new Promise((resolve) => setImmediate(resolve));
        see(name);
        return url.endsWith("/x") || attempts++ > 0 ? good() : new Response(null, { status: 503, headers: { "retry-after": "0" } });
      },
      onEvent: () => see(name),
    })];
  });
  await Promise.all(clients.map(([name, api]) => current.run(name, async () => {
    await api.fetch("x");
    see(name);
  })));
  for (const [name, context] of seen) assert.equal(context, name);
  assert.equal(seen.length, 3 * 14);
});

test("fetch may answer without a promise", async () => {
  assert.equal((await client({ fetch: good }).token()).accessToken, "canary-access");
});

test("without the option it is the global fetch as it is at the time of the call", async (t) => {
  const api = client({ fetch: undefined });
  t.mock.method(globalThis, "fetch", async () => good());
  await api.token();
  assert.equal((await api.fetch("x")).status, 200);
  assert.equal(globalThis.fetch.mock.callCount(), 2);
});

const headers = { get: (name) => (name === "content-type" ? "application/json" : null) };
const bytes = (text) => new TextEncoder().encode(text);
const chunks = (...values) => ({ getReader: () => ({ read: async () => (values.length > 0 ? { value: values.shift() } : { done: true }), cancel() {} }) });

const broken = {
  undefined: undefined,
  null: null,
  "a text": "response",
  "a number": 200,
  "an empty object": {},
  "an object without headers": { status: 200, body: null },
  "headers that are a plain object": { status: 200, headers: { "content-type": "application/json" }, body: null },
  "headers that throw": { status: 200, headers: { get() { throw new Error("canary"); } }, body: chunks(bytes('{"access_token":"canary"')) },
  "a status that is a text": { status: "200", headers, body: null },
  "a status that is not a number": { status: NaN, headers, body: null },
  "a status below zero": { status: -1, headers, body: null },
  "a status beyond all": { status: 1e9, headers, body: null },
  "a body without bytes": { status: 200, headers, body: {} },
  "a body that is a text": { status: 200, headers, body: "{}" },
  "a body that is taken": { status: 200, headers, body: { getReader() { throw new TypeError("locked canary"); } } },
  "a reader without read": { status: 200, headers, body: { getReader: () => ({}) } },
  "a reader that gives texts": { status: 200, headers, body: chunks("{}") },
  "a reader that gives nothing": { status: 200, headers, body: { getReader: () => ({ read: async () => undefined }) } },
  "a reader that throws": { status: 200, headers, body: { getReader: () => ({ read() { throw new Error("canary"); } }) } },
  "a reader that rejects": { status: 200, headers, body: { getReader: () => ({ read: () => Promise.reject(new Error("canary")) }) } },
  "an arrayBuffer that is none": { status: 200, headers, arrayBuffer: async () => "text" },
  "an arrayBuffer that is a wrong object": { status: 200, headers, arrayBuffer: async () => ({ length: -1 }) },
  "an arrayBuffer beyond all": { status: 200, headers, arrayBuffer: async () => ({ length: 2 ** 53, byteLength: 2 ** 53 }) },
  "an arrayBuffer that rejects": { status: 200, headers, arrayBuffer: () => Promise.reject("canary") },
  "a proxy that throws": new Proxy({}, { get(_, name) { if (name === "then") return undefined; throw new Error("canary"); } }),
  "an opaque redirect": { status: 0, type: "opaqueredirect", headers },
  "an error response": Response.error(),
};

for (const [what, response] of Object.entries(broken)) {
  test(`a fetch that gives ${what} is an error with a kind`, async () => {
    for (const fetch of [async () => response, () => response]) {
      const api = client({ fetch });
      await assert.rejects(api.token(), (error) => {
        failure({})(error);
        assert.ok(["runtime", "invalid_response", "redirect_refused", "oauth", "network", "response_too_large"].includes(error.kind), error.stack);
        assert.ok(!error.message.includes("bug in Tokenwell"), error.stack);
        if (error.kind === "runtime") assert.equal(error.recovery, "fix_configuration", error.stack);
        assertSilent([error]);
        return true;
      });
    }
    // The instance lives on: other clients share it.
    await client().token();
  });

  test(`an API's fetch that gives ${what} is an error with a kind, or what it gave`, async () => {
    const api = client({ fetch: async (url) => (String(url).startsWith("https://auth.") ? good() : response) });
    try {
      assert.equal(await api.fetch("x"), response);
      assert.equal(typeof response.status, "number");
    } catch (error) {
      failure({})(error);
      assert.ok(["runtime", "network"].includes(error.kind), error.stack);
      assertSilent([error]);
    }
  });
}

test("r05 a fetch that follows redirects all the same gets no token accepted", async () => {
  const response = Object.defineProperty(good(), "redirected", { value: true });
  const api = client({ fetch: async () => response });
  await assert.rejects(api.token(), failure({ kind: "redirect_refused", retryable: false, recovery: "fix_configuration" }));
});

test("a response of the caller's own making is read, with a stream and without", async () => {
  const text = '{"access_token":"canary-access","token_type":"Bearer"}';
  for (const response of [
    { status: 200, headers, body: chunks(bytes(text.slice(0, 9)), new Uint8Array(0), bytes(text.slice(9))) },
    { status: 200, headers, arrayBuffer: async () => bytes(text).buffer },
    { status: 200, headers, body: null, arrayBuffer: async () => bytes(text) },
  ]) {
    assert.equal((await client({ fetch: async () => response }).token()).accessToken, "canary-access");
  }
});

test("bytes of another realm are bytes, as where a vm context was given this one's fetch", async () => {
  const text = '{"access_token":"canary-access","token_type":"Bearer"}';
  const elsewhere = runInNewContext("(list) => Uint8Array.from(list)");
  for (const body of [chunks(elsewhere(bytes(text))), chunks(elsewhere(bytes(text.slice(0, 9))), elsewhere(bytes(text.slice(9))))]) {
    const response = { status: 200, headers, body };
    assert.equal((await client({ fetch: async () => response }).token()).accessToken, "canary-access");
  }
  const authorizationEndpoint = "https://auth.example.com/authorize";
  const key = elsewhere(new Uint8Array(32).fill(7));
  const api = client({ authorizationEndpoint, clientSecret: () => "canary-secret", transactionKey: key });
  assert.match(api.authorize({ redirectUri: "https://app.example/callback" }).url, /^https:\/\/auth\.example\.com\/authorize\?/);
});

for (const [what, thrown] of Object.entries({
  "an Error": new Error("canary in https://user:canary@x"),
  "a text": "canary",
  undefined: undefined,
  null: null,
  "an error with a strange code": Object.assign(new Error("x"), { code: "canary-secret\r\n" }),
  "an error that is its own cause": (() => { const error = new Error("canary"); error.cause = error; return error; })(),
  "an error whose members throw": { get code() { throw new Error("canary"); }, get message() { throw new Error("canary"); } },
  "an AggregateError": new AggregateError([new Error("canary")], "canary"),
  "a proxy that throws": new Proxy({}, { get(_, name) { if (name === "then") return undefined; throw new Error("canary"); } }),
})) {
  test(`a fetch that throws ${what} is a network error that shows nothing of it`, async () => {
    const events = [];
    for (const fetch of [async () => { throw thrown; }, () => { throw thrown; }]) {
      const api = client({ fetch, onEvent: (event) => events.push(event) });
      await assert.rejects(api.token(), (error) => {
        failure({ kind: "network", retryable: true })(error);
        assertSilent([error, ...events]);
        return true;
      });
    }
    const api = client({ fetch: async (url) => { if (String(url).startsWith("https://auth.")) return good(); throw thrown; } });
    await assert.rejects(api.fetch("x"), (error) => (assertSilent([error]), failure({ kind: "network" })(error)));
  });
}

test("a body that cannot be cancelled does not end the process when its time is up", async () => {
  const body = { getReader: () => ({ read: () => new Promise(() => {}), cancel() { throw new Error("canary"); } }) };
  const api = client({ fetch: async () => ({ status: 200, headers, body }), timeout: 50 });
  await assert.rejects(api.token(), failure({ kind: "timeout", retryable: true }));
});

test("a fetch that ignores its signal and never answers ends with the timeout", async () => {
  const api = client({ fetch: () => new Promise(() => {}), timeout: 50 });
  await assert.rejects(api.token(), failure({ kind: "timeout", retryable: true }));
});

test("events tell what happened, in order, and hold no secret", async () => {
  const events = [];
  let calls = 0;
  const api = client({
    retries: 1,
    fetch: async () => {
      calls += 1;
      return calls === 1 ? new Response(null, { status: 503 }) : good();
    },
    onEvent: (event) => events.push(event),
  });
  await api.token();
  assert.deepEqual(events.map(({ type }) => type), ["request", "response", "retry", "request", "response", "deviation"]);
  for (const event of events) {
    assert.equal(event.provider, "oauth");
    assert.equal(event.endpoint, "https://auth.example.com/token");
  }
  assert.equal(events[1].status, 503);
  assert.equal(events[3].attempt, 2);
  assertSilent(events);
});

for (const [what, onEvent] of Object.entries({
  throws: () => { throw new Error("own"); },
  rejects: async () => { throw new Error("own"); },
})) {
  test(`an onEvent that ${what} changes nothing, and disturbs nobody`, async (t) => {
    const unhandled = t.mock.fn();
    process.on("unhandledRejection", unhandled);
    t.after(() => process.off("unhandledRejection", unhandled));
    assert.equal((await client({ onEvent }).token()).accessToken, "canary-access");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(unhandled.mock.callCount(), 0);
  });
}

test("an onEvent that asks for a token gets the one that is on its way", async () => {
  const asked = [];
  const api = client({ onEvent: () => void asked.push(api.token()) });
  const { accessToken } = await api.token();
  assert.ok(asked.length > 0);
  for (const other of await Promise.all(asked)) assert.equal(other.accessToken, accessToken);
});

for (const [what, now] of Object.entries({
  "gives 0": () => 0,
  "gives no number": () => NaN,
  "gives a text": () => "later",
  "gives less than 0": () => -1e15,
  "gives infinity": () => Infinity,
  "gives nothing": () => {},
})) {
  test(`f66 a clock that ${what} breaks nothing`, async () => {
    const api = client({ now });
    for (let times = 0; times < 3; times += 1) assert.equal((await api.token()).accessToken, "canary-access");
  });
}

test("f66 a clock that throws fails the calls that look at it, with what it threw", async () => {
  const own = new Error("own");
  const api = client({ now: () => { throw own; } });
  for (let times = 0; times < 3; times += 1) await assert.rejects(api.token(), (error) => error === own);
});

test("a client_secret function is asked before the first request, and once more after invalid_client", async () => {
  const given = ["canary-old", "canary-new"];
  const sent = [];
  const api = client({
    clientSecret: async () => given[Math.min(sent.length, 1)],
    fetch: async (_url, { body }) => {
      sent.push(new URLSearchParams(body).get("client_secret"));
      return sent.at(-1) === "canary-new" ? good() : Response.json({ error: "invalid_client" }, { status: 401 });
    },
  });
  await api.token();
  assert.deepEqual(sent, given);
});

test("f33 a client_secret function that keeps giving the wrong secret is asked once more, never in a loop", async () => {
  let asked = 0;
  let sent = 0;
  const api = client({
    clientSecret: () => `canary-${(asked += 1)}`,
    fetch: async () => ((sent += 1), Response.json({ error: "invalid_client" }, { status: 401 })),
  });
  await assert.rejects(api.token(), failure({ kind: "oauth", error: "invalid_client" }));
  assert.deepEqual([asked, sent], [2, 2]);
});

for (const [what, clientSecret] of Object.entries({
  throws: () => { throw new Error("canary"); },
  rejects: () => Promise.reject(new Error("canary")),
  "gives a number": () => 7,
  "gives nothing": () => {},
  "gives an empty text": () => "",
  "gives a line feed": () => "canary\n",
})) {
  test(`a client_secret function that ${what} is a configuration error, and nothing is sent`, async () => {
    let sent = 0;
    const api = client({ clientSecret, fetch: async () => ((sent += 1), good()) });
    await assert.rejects(api.token(), (error) => (assertSilent([error]), failure({ kind: "configuration", message: /^clientSecret/ })(error)));
    assert.equal(sent, 0);
  });
}

test("r68 a client_secret function that fails fails no caller while the token is good, and is not asked at each call", async () => {
  let now = 1_700_000_000_000;
  const calls = [];
  const events = [];
  let secret = "canary-first";
  const api = client({
    clientSecret: () => {
      calls.push("asked");
      if (secret === null) throw new Error("canary");
      return secret;
    },
    fetch: async (_url, { body }) => {
      calls.push("sent");
      if (new URLSearchParams(body).get("client_secret") !== secret) return Response.json({ error: "invalid_client" }, { status: 401 });
      return Response.json({ access_token: `canary-${calls.length}`, token_type: "Bearer", expires_in: 3600 });
    },
    now: () => now,
    onEvent: ({ type, errorKind }) => type === "served_stale" && events.push(errorKind),
  });
  const first = await api.token();
  secret = null;
  // A refresh is advised, then it is mandatory.
  for (const ms of [3_000_000, 560_000]) {
    now += ms;
    calls.length = 0;
    for (let times = 0; times < 5; times += 1) {
      assert.equal((await api.token()).accessToken, first.accessToken);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.deepEqual(calls, ["sent", "asked"]);
  }
  assert.deepEqual(events, ["configuration", "configuration"]);
  now += 40_000;
  await assert.rejects(api.token(), failure({ kind: "configuration", message: /^clientSecret/ }));
  secret = "canary-second";
  assert.notEqual((await api.token()).accessToken, first.accessToken, "a secret that is there again works at once");
});

test("f81 a client_secret function that waits for the token that waits for it is an error, and no deadlock", async () => {
  const api = client({ clientSecret: async () => (await api.token()).accessToken, timeout: 100 });
  await assert.rejects(api.token(), failure({ kind: "configuration", message: /^clientSecret/ }));
});

test("f81 a waitUntil that asks for a token gets one", async () => {
  let now = 1_700_000_000_000;
  const asked = [];
  const works = [];
  const api = client({
    now: () => now,
    waitUntil: (work) => {
      works.push(work);
      asked.push(api.token());
    },
  });
  const first = await api.token();
  now += 3_000_000;
  assert.equal((await api.token()).accessToken, first.accessToken);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(works.length, 1);
  await works[0];
  assert.equal((await asked[0]).accessToken, "canary-access");
});

test("f75 waitUntil gets background work only, and it never rejects", async () => {
  let now = 1_700_000_000_000;
  let fail = false;
  const works = [];
  const api = client({
    now: () => now,
    waitUntil: (work) => works.push(work),
    fetch: async () => (fail ? new Response(null, { status: 500 }) : good()),
  });
  await api.token();
  assert.equal(works.length, 0);
  now += 3_000_000;
  fail = true;
  assert.equal((await api.token()).accessToken, "canary-access");
  await new Promise((resolve) => setTimeout(resolve, 20));
  await Promise.all(works);
  assert.equal(works.length, 1);
});

test("without secure random numbers nothing is started, and whoever wrote the program is told", (t) => {
  const api = client({ authorizationEndpoint: "https://auth.example.com/authorize" });
  const random = crypto.getRandomValues;
  // As workers do outside a request.
  crypto.getRandomValues = () => {
    throw new Error("canary");
  };
  t.after(() => {
    delete crypto.getRandomValues;
    assert.equal(crypto.getRandomValues, random);
  });
  const wanted = failure({ kind: "runtime", recovery: "fix_configuration", retryable: false, message: /crypto\.getRandomValues.*inside a request handler$/ });
  for (const now of [0, 1]) {
    assert.throws(() => api.authorize({ redirectUri: `https://app.example.com/${now}` }), (error) => {
      assertSilent([error]);
      return wanted(error) ?? true;
    });
  }
});

test("code that runs while an answer is handed out may ask for a token too", async () => {
  const api = client();
  const token = api.token();
  let asking = false;
  // A promise that settles looks for a `then`, which a program may have put on every object.
  Object.defineProperty(Object.prototype, "then", {
    configurable: true,
    get() {
      if (asking) return;
      asking = true;
      api.token().catch(() => {});
      asking = false;
    },
  });
  try {
    assert.equal((await token).accessToken, "canary-access");
  } finally {
    delete Object.prototype.then;
  }
});

test("where there are window and document no client is made, since it would be a browser's", (t) => {
  globalThis.window = {};
  client();
  globalThis.document = {};
  t.after(() => {
    delete globalThis.window;
    delete globalThis.document;
  });
  assert.throws(() => client(), failure({ kind: "runtime", recovery: "fix_configuration", message: /browser.*in a test, choose the environment node/ }));
  delete globalThis.window;
  client();
});
