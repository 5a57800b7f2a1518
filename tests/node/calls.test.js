// The calls that the providers' own pages describe: what they give, and that they end by themselves.

import assert from "node:assert/strict";
import { test } from "node:test";
import { luminary, lumoauth } from "tokenwell";
import { failure, useEmulator } from "./setup.js";

const world = useEmulator();

test("what the providers' own pages call gives JSON, or an error of kind api", async () => {
  const households = await world.client("luminary").households({ limit: 2 });
  assert.equal(households.data.length, 2);
  assert.equal((await world.client("luminary").households()).data.length, 50);
  assert.equal((await world.client("luminary").households({ limit: undefined })).data.length, 50);
  const payable = { workspaceId: "workspace-of-the-platform", payeeEmail: "a@people.example", amount: 100, description: "x" };
  assert.equal((await world.client("lumanu").createPayable(payable)).status, "pending");
  assert.deepEqual(await world.client("lumoauth").check("document.view"), { allowed: true, permission: "document.view" });
  assert.equal((await world.client("lumoauth").check("document.edit", { owner: "a" })).allowed, false);

  await assert.rejects(world.client("luminary").households({ limit: 0 }), failure({ kind: "api", status: 400, error: "invalid_parameter" }));
  await assert.rejects(world.client("lumanu").createPayable({ ...payable, amount: -1 }), failure({ kind: "api", status: 400, error: "validation_error" }));
  await assert.rejects(world.client("lumanu").createPayable({ ...payable, workspaceId: "x" }), failure({ kind: "api", status: 403 }));
  for (const nothing of [undefined, {}]) {
    await assert.rejects(world.client("lumanu").createPayable(nothing), failure({ kind: "api", status: 400 }));
  }
  await assert.rejects(world.client("lumoauth").check(""), failure({ kind: "api", status: 400 }));
});

test("what JSON cannot hold is refused by the name of its option, before anything is sent", async () => {
  const circular = {};
  circular.circular = circular;
  for (const [name, calling] of [
    ["amount", () => world.client("lumanu").createPayable({ workspaceId: "w", payeeEmail: "a@b.example", amount: 10n, description: "x" })],
    ["workspaceId", () => world.client("lumanu").createPayable({ workspaceId: 10n })],
    ["context", () => world.client("lumoauth").check("document.view", circular)],
    ["permission", () => world.client("lumoauth").check(10n)],
  ]) {
    await assert.rejects(calling, failure({ kind: "configuration", recovery: "fix_configuration", message: new RegExp(`^${name} `) }));
  }
  assert.deepEqual([...world.sent("token"), ...world.sent("api")], []);
});

test("a provider's answer that is no JSON, or breaks off, is an error with a kind", async () => {
  world.emulator.fail({ endpoint: "api", status: 200, body: "<html>", headers: { "content-type": "text/html" } });
  await assert.rejects(world.client("luminary").households(), failure({ kind: "api", status: 200 }));
  const { fetch } = world.emulator;
  const breaking = (status) => world.client("luminary", {
    fetch: (input, init) => {
      if (String(input).includes("/oauth2/")) return fetch(input, init);
      const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError("terminated")) });
      return new Response(body, { status });
    },
  });
  await assert.rejects(breaking(200).households(), failure({ kind: "network" }));
  await assert.rejects(breaking(400).households(), failure({ kind: "network" }));
});

test("a provider's call that gets no answer ends with its timeout", async () => {
  const { fetch } = world.emulator;
  const hanging = (url, init) => {
    if (String(url).includes("oauth2/token")) return fetch(url, init);
    return new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
  };
  const message = /acme\.luminary\.com\/v1\/households did not answer in time/;
  const api = world.client("luminary", { fetch: hanging, timeout: 50 });
  await assert.rejects(api.households(), failure({ kind: "timeout", retryable: true, message }));
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

test("a payable's misspelt member is refused by name, and nothing is sent", async () => {
  const api = world.client("lumanu");
  const refusal = (message) => failure({ kind: "configuration", recovery: "fix_configuration", message });
  await assert.rejects(api.createPayable({ workspace_id: "w", amount: 1 }), refusal(/^workspace_id is not an option: /));
  await assert.rejects(api.createPayable(null), refusal(/^options must be an object/));
  assert.deepEqual([...world.sent("token"), ...world.sent("api")], []);
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
