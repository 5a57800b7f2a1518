// The calls that the providers' own pages describe end by themselves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmulator } from "../emulators/index.js";
import { lumanu, luminary, lumoauth } from "tokenwell";

test("a provider's call that gets no answer ends with its timeout", async () => {
  const emulator = await createEmulator();
  try {
    const { clientId, clientSecret } = emulator.clients.luminary;
    const hanging = (url, init) => {
      if (String(url).includes("oauth2/token")) return emulator.fetch(url, init);
      return new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
    };
    const api = luminary({ subdomain: "example", clientId, clientSecret, fetch: hanging, timeout: 50 });
    await assert.rejects(api.households(), (error) => {
      assert.equal(error.kind, "timeout");
      assert.equal(error.retryable, true);
      assert.match(error.message, /example\.luminary\.com\/v1\/households did not answer in time/);
      return true;
    });
  } finally {
    await emulator.close();
  }
});

const hangs = {
  "ignores its signal": () => new Promise(() => {}),
  "never ends its body": async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })),
};
for (const [what, answer] of Object.entries(hangs)) {
  test(`a provider's call ends with its timeout where fetch ${what}, and the process waits for that`, async () => {
    const token = async () => Response.json({ access_token: "canary-access", token_type: "Bearer" });
    const fetch = (url, init) => (String(url).includes("oauth2/token") ? token() : answer(url, init));
    const api = luminary({ subdomain: "example", clientId: "id", clientSecret: "secret", fetch, timeout: 50 });
    await assert.rejects(api.households(), { kind: "timeout", retryable: true, recovery: "retry" });
  });
}

test("options that are no object are refused by name", async () => {
  const api = luminary({ subdomain: "example", clientId: "id", clientSecret: "secret" });
  const isRefusal = { kind: "configuration", message: /options must be an object/ };
  await assert.rejects(api.callback("https://app.example/callback?code=1", "transaction", null), isRefusal);
  await assert.rejects(api.revoke("token", null), isRefusal);
  await assert.rejects(api.introspect("token", null), isRefusal);
  assert.throws(() => api.session({}, null), isRefusal);
});

test("a revocation's and an introspection's own options are refused by name", async () => {
  let sent = 0;
  const api = lumoauth({ tenant: "acme", clientId: "id", clientSecret: "secret", fetch: async () => void sent++ });
  for (const call of ["revoke", "introspect"]) {
    const isRefusal = (name) => ({ kind: "configuration", message: new RegExp(`^${name} `) });
    await assert.rejects(api[call]("token", { signal: {} }), isRefusal("signal"));
    await assert.rejects(api[call]("token", { tokenTypeHint: "access_token" }), isRefusal("tokenTypeHint"));
  }
  assert.equal(sent, 0);
});

test("a payable's misspelt member is refused by name, and what JSON cannot say too: nothing is sent", async () => {
  let sent = 0;
  const fetch = async (url) => {
    if (String(url).startsWith("https://auth-")) return Response.json({ access_token: "canary-access", token_type: "Bearer" });
    sent += 1;
    return Response.json({});
  };
  const api = lumanu({ environment: "sandbox", clientId: "id", clientSecret: "secret", fetch });
  const refusal = (message) => ({ name: "TokenwellError", kind: "configuration", recovery: "fix_configuration", message });
  await assert.rejects(api.createPayable({ workspace_id: "w", amount: 1 }), refusal(/^workspace_id is not an option: /));
  await assert.rejects(api.createPayable(null), refusal(/^options must be an object/));
  await assert.rejects(api.createPayable({ amount: 12_500n }), refusal(/^the argument holds what JSON cannot say/));
  const circle = {};
  circle.circle = circle;
  const checking = lumoauth({ tenant: "acme", clientId: "id", clientSecret: "secret", fetch });
  await assert.rejects(checking.check("document.view", circle), refusal(/^the argument holds what JSON cannot say/));
  assert.equal(sent, 0);
});

test("a response that the caller's own fetch has read is that fetch's fault, and no broken connection", async () => {
  const options = { subdomain: "example", clientId: "id", clientSecret: "secret", retries: 0 };
  const token = () => Response.json({ access_token: "canary-access", token_type: "Bearer" });
  const reads = {
    "with its methods": async (response) => void (await response.text()),
    "with a reader of its own": (response) => void response.body.getReader(),
  };
  for (const [how, read] of Object.entries(reads)) {
    for (const [where, asks] of [["oauth2/token", (api) => api.token()], ["households", (api) => api.households()]]) {
      const fetch = async (url) => {
        const response = url.includes("oauth2/token") ? token() : Response.json({});
        if (url.includes(where)) await read(response);
        return response;
      };
      const wanted = { kind: "runtime", retryable: false, message: /read .*before.*: check the .*fetch/ };
      await assert.rejects(asks(luminary({ ...options, fetch })), wanted, `${where} ${how}`);
    }
  }
});

test("an API's error says how long to wait, and under which id its operators find the exchange", async () => {
  const headers = { "retry-after": "7", "x-request-id": "request-7 canary-access" };
  const fetch = async (url) => String(url).includes("oauth2/token")
    ? Response.json({ access_token: "canary-access", token_type: "Bearer" })
    : Response.json({ code: "busy" }, { status: 429, headers });
  const api = luminary({ subdomain: "example", clientId: "id", clientSecret: "secret", fetch });
  await assert.rejects(api.households(), {
    kind: "api", status: 429, error: "busy", retryAfter: 7000, requestId: "request-7 [redacted]", recovery: "retry",
  });
});

const unreadable = {
  "headers that throw": ["api", { headers: { get() { throw new Error("canary"); } }, text: async () => "{}" }],
  "a text that is none": ["network", { headers: new Headers(), text: async () => Symbol("canary") }],
};
for (const [what, [kind, members]] of Object.entries(unreadable)) {
  test(`an API's error with ${what} fails its own call alone`, async () => {
    const token = async () => Response.json({ access_token: "canary-access", token_type: "Bearer" });
    let answered;
    const others = new Promise((resolve) => (answered = resolve));
    const fetch = (url) => (String(url).includes("oauth2/token") ? token() : { status: 500, ok: false, ...members });
    const options = { subdomain: "example", clientId: "id", clientSecret: "secret" };
    const waiting = luminary({ ...options, fetch: () => others.then(token) }).token();
    await assert.rejects(luminary({ ...options, fetch }).households(), (error) => {
      assert.equal(error.kind, kind);
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });
    answered();
    assert.equal((await waiting).accessToken, "canary-access");
  });
}

test("a 403 is of kind api, and lacks a scope only where it says so", async () => {
  let answer;
  const fetch = async (url) => String(url).includes("oauth2/token")
    ? Response.json({ access_token: "canary-access", token_type: "Bearer" })
    : Response.json({ code: answer.code }, { status: 403, headers: answer.headers });
  const api = luminary({ subdomain: "example", clientId: "id", clientSecret: "secret", fetch });
  for (const [kind, code, headers] of [
    ["api", "forbidden", {}],
    ["api", "forbidden", { "www-authenticate": "Bearer" }],
    ["insufficient_scope", "forbidden", { "www-authenticate": 'Bearer error="insufficient_scope"' }],
    ["insufficient_scope", "insufficient_scope", {}],
  ]) {
    answer = { code, headers };
    await assert.rejects(api.households(), { kind, status: 403, error: code, recovery: "fix_configuration", retryable: false });
  }
});
