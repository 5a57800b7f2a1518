// The authenticated fetch: where the token goes, and where it never does.

import assert from "node:assert/strict";
import { Stream } from "node:stream";
import { test } from "node:test";
import { base, useApi } from "./api.js";
import { failure, useEmulator } from "./setup.js";

const world = useEmulator();
const { sent, client } = useApi();
const bearer = (number) => `Bearer canary-${number}`;

const resolved = {
  employees: `${base}/employees`,
  "employees?limit=10&after=a b": `${base}/employees?limit=10&after=a%20b`,
  "/x": "https://api.example.com/x",
  "": `${base}/`,
  "?q": `${base}/?q`,
  "./a/../b": `${base}/b`,
  "../v3/a": "https://api.example.com/v3/a",
  "//api.example.com/y": "https://api.example.com/y",
  "https://api.example.com/z": "https://api.example.com/z",
  "HTTPS://API.EXAMPLE.COM:443/z": "https://api.example.com/z",
  "a#fragment": `${base}/a`,
  "ä/日本": `${base}/%C3%A4/%E6%97%A5%E6%9C%AC`,
  "a%2Fb": `${base}/a%2Fb`,
};
for (const [reference, url] of Object.entries(resolved)) {
  test(`${JSON.stringify(reference)} is resolved like a link`, async () => {
    await client().fetch(reference);
    assert.equal(sent.requests[0].url.split("#")[0], url);
    assert.equal(sent.requests[0].headers.authorization, bearer(1));
  });
}

test("a URL object and a Request are taken as fetch takes them", async () => {
  const api = client();
  await api.fetch(new URL(`${base}/u`));
  await api.fetch(new Request(`${base}/r`, { method: "PUT", body: "text", headers: { "x-own": "1" } }));
  await api.fetch(new Request(`${base}/r`, { method: "PUT", headers: { "x-own": "1" } }), { method: "DELETE", headers: { "x-own": "2" } });
  await api.fetch(new String("s"));
  const seen = sent.requests.map(({ url, method, body, headers }) => [url, method, body, headers["x-own"]]);
  assert.deepEqual(seen, [
    [`${base}/u`, "GET", "", undefined],
    [`${base}/r`, "PUT", "text", "1"],
    [`${base}/r`, "DELETE", "", "2"],
    [`${base}/s`, "GET", "", undefined],
  ]);
});

test("an init may be a Request, of whichever library, or inherit its members, as with fetch", async () => {
  class Init {
    get method() {
      return "PUT";
    }
    get body() {
      return "text";
    }
  }
  const inherited = Object.create({ method: "PUT", body: "text", headers: { "x-own": "1" } });
  const request = new Request("https://elsewhere.example/", { method: "PUT", body: "text", headers: { "x-own": "1" } });
  // As another library's: it has the same members, and its class is another one.
  const another = Object.create(Object.defineProperties({}, Object.getOwnPropertyDescriptors({
    get url() {
      return "https://elsewhere.example/";
    },
    get method() {
      return "PUT";
    },
    get headers() {
      return [["x-own", "1"]];
    },
    get body() {
      return new Blob(["text"]).stream();
    },
    get duplex() {
      return "half";
    },
  })));
  for (const init of [request, another, inherited, new Init()]) await client().fetch("x", init);
  const seen = sent.requests.map(({ url, method, body }) => [url, method, body]);
  assert.deepEqual(seen, Array.from({ length: 4 }, () => [`${base}/x`, "PUT", "text"]));
  assert.deepEqual(sent.requests.map(({ headers }) => headers["x-own"]), ["1", "1", "1", undefined]);
  // What is not said stays unsaid: a fetch of the caller's own may look.
  await client().fetch("x", {});
  assert.deepEqual(Object.keys(sent.requests[4].init).sort(), ["headers", "redirect", "signal"]);
});

const foreign = [
  "https://evil.example/",
  "//evil.example/",
  "///evil.example/",
  "https://api.example.com.evil.example/",
  "https://api.example.com:8443/",
  "https://api.example.com@evil.example/",
  "https://user:pass@api.example.com/",
  "https://api.example.com./",
  "https:evil.example",
  "http://api.example.com/",
  "http://127.0.0.1:1/",
  "ftp://api.example.com/",
  "javascript:alert(1)",
  "data:text/plain,x",
  "file:///etc/passwd",
  "\\\\evil.example\\x",
  "/\\evil.example/",
  "a\tb",
  "a\nb",
  "\n//evil.example/",
  " //evil.example/",
  "https:/evil.example/",
  "https://evil.example%2f@api.example.com/",
];
for (const reference of foreign) {
  test(`r97 ${JSON.stringify(reference)} is refused before anything is sent`, async () => {
    const api = client();
    await assert.rejects(api.fetch(reference), failure({ kind: "configuration", recovery: "fix_configuration" }));
    if (URL.canParse(reference)) await assert.rejects(api.fetch(new URL(reference)), failure({ kind: "configuration" }));
    assert.equal(sent.tokenRequests, 0);
    assert.deepEqual(sent.requests, []);
  });
}

test("r97 further origins are those of allowedOrigins", async () => {
  const api = client(undefined, { allowedOrigins: ["https://files.example.com", "https://api.example.com:8443"] });
  await api.fetch("https://files.example.com/a");
  await api.fetch("https://api.example.com:8443/b");
  await assert.rejects(api.fetch("https://other.example.com/"), failure({ kind: "configuration", message: /allowedOrigins/ }));
  assert.equal(sent.requests.length, 2);
});

test("without an API base only whole URLs of allowedOrigins can be fetched", async () => {
  const api = client(undefined, { apiBase: undefined, allowedOrigins: ["https://api.example.com"] });
  await api.fetch("https://api.example.com/a");
  await assert.rejects(api.fetch("a"), failure({ kind: "configuration", message: /apiBase/ }));
});

test("the caller's headers, method and body arrive, and the options are not changed", async () => {
  const headers = new Headers({ "content-type": "text/plain", accept: "text/csv" });
  const init = Object.freeze({ method: "POST", headers, body: "a,b" });
  await client().fetch("x", init);
  const [{ method, body, headers: seen }] = sent.requests;
  assert.deepEqual([method, body, seen["content-type"], seen.accept], ["POST", "a,b", "text/plain", "text/csv"]);
  assert.equal(headers.has("authorization"), false);
});

test("headers are taken in every form", async () => {
  const api = client();
  for (const headers of [{ "X-Own": "1" }, [["x-own", "1"]], new Headers({ "x-own": "1" })]) await api.fetch("x", { headers });
  for (const { headers } of sent.requests) assert.equal(headers["x-own"], "1");
});

test("what other libraries add to all objects becomes no header", async (t) => {
  t.after(() => delete Object.prototype.extend);
  Object.prototype.extend = () => {};
  await client().fetch("x", { headers: { "x-own": "1" } });
  delete Object.prototype.extend;
  assert.deepEqual(Object.keys(sent.requests[0].headers).sort(), ["authorization", "x-own"]);
});

test("r96 an Authorization of the caller's own is refused before anything is sent", async () => {
  const api = client();
  const wanted = failure({ kind: "configuration", message: /Authorization/ });
  for (const headers of [{ Authorization: "Basic x" }, [["AUTHORIZATION", ""]], new Headers({ authorization: "x" })]) {
    await assert.rejects(api.fetch("x", { headers }), wanted);
    await assert.rejects(api.fetch(new Request(`${base}/x`, { headers })), wanted);
  }
  assert.equal(sent.tokenRequests, 0);
});

test("every status is given back, and 403 and 5xx are not tried again", async () => {
  for (const status of [200, 201, 204, 304, 400, 403, 404, 409, 418, 429, 500, 503]) {
    sent.requests = [];
    const response = await client(() => new Response(null, { status })).fetch("x");
    assert.equal(response.status, status);
    assert.equal(sent.requests.length, 1);
  }
});

test("the body of an answer is the caller's to read", async () => {
  const response = await client(() => new Response("text", { status: 403 })).fetch("x");
  assert.equal(await response.text(), "text");
});

test("one 401 gets one new token and one more try", async () => {
  const api = client((_request, number) => new Response(null, { status: number === 1 ? 401 : 200 }));
  const response = await api.fetch("x", { method: "POST", body: "again" });
  assert.equal(response.status, 200);
  assert.deepEqual(sent.requests.map(({ body, headers }) => [body, headers.authorization]), [["again", bearer(1)], ["again", bearer(2)]]);
});

test("f36 an API that refuses every token gets one more try, and the caller its 401", async () => {
  const api = client(() => new Response("no", { status: 401 }));
  for (let times = 0; times < 5; times += 1) assert.equal((await api.fetch("x")).status, 401);
  assert.equal(sent.tokenRequests, 2);
  assert.equal(sent.requests.length, 6);
});

test("a 401 with insufficient_scope is given back as it is", async () => {
  const headers = { "www-authenticate": 'Bearer realm="a", error="insufficient_scope", scope="b"' };
  const response = await client(() => new Response(null, { status: 401, headers })).fetch("x");
  assert.equal(response.status, 401);
  assert.deepEqual([sent.requests.length, sent.tokenRequests], [1, 1]);
});

test("a 401 stays what the caller sees when no other token can be had", async () => {
  const api = client(() => {
    sent.tokens = () => new Response(null, { status: 500 });
    return new Response("no", { status: 401 });
  }, { retries: 0 });
  const response = await api.fetch("x");
  assert.equal(response.status, 401);
  assert.equal(await response.text(), "no");
  assert.equal(sent.requests.length, 1);
});

for (const [what, body] of Object.entries({
  "a stream": () => new Blob(["once"]).stream(),
  "an asynchronous generator": () => (async function* () { yield Buffer.from("once"); })(),
})) {
  test(`${what} is not sent twice`, async () => {
    const api = client(() => new Response(null, { status: 401 }));
    const response = await api.fetch("x", { method: "POST", body: body(), duplex: "half" });
    assert.equal(response.status, 401);
    assert.deepEqual(sent.requests.map((request) => request.body), ["once"]);
    await api.token();
    assert.equal(sent.tokenRequests, 2);
  });
}

test("a stream that can only be piped, as form-data makes for other libraries' fetch, is not sent twice", async () => {
  const api = client((_request, number) => new Response(null, { status: number === 1 ? 401 : 200 }));
  assert.equal((await api.fetch("x", { method: "POST", body: new Stream() })).status, 401);
  assert.equal(sent.requests.length, 1);
});

test("the body of a Request is a stream, and is not sent twice", async () => {
  const api = client(() => new Response(null, { status: 401 }));
  assert.equal((await api.fetch(new Request(`${base}/x`, { method: "POST", body: "once" }))).status, 401);
  assert.equal(sent.requests.length, 1);
});

for (const [what, body, text] of [
  ["a text", "a", "a"],
  ["bytes", new Uint8Array([97]), "a"],
  ["URLSearchParams", new URLSearchParams({ a: "1" }), "a=1"],
  ["a Blob", new Blob(["a"]), "a"],
]) {
  test(`${what} is sent again after a 401`, async () => {
    const api = client((_request, number) => new Response(null, { status: number === 1 ? 401 : 200 }));
    await api.fetch("x", { method: "POST", body });
    assert.deepEqual(sent.requests.map((request) => request.body), [text, text]);
  });
}

test("an API that cannot be reached is a network error", async () => {
  const refused = Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) });
  await assert.rejects(client(() => Promise.reject(refused)).fetch("x?a=1"), (error) =>
    failure({ kind: "network", retryable: true, endpoint: `${base}/x`, message: /ECONNREFUSED/ })(error));
});

test("r57 no header can be smuggled in through a token", async () => {
  const api = client(undefined, {
    fetch: async (input) => {
      sent.requests.push({ url: String(input), headers: {} });
      return Response.json({ access_token: "a\r\nx-evil: 1", token_type: "Bearer" });
    },
  });
  await assert.rejects(api.fetch("x"), failure({ kind: "invalid_response" }));
  assert.equal(sent.requests.length, 1);
});

test("a revoked token is replaced at the provider's own API", async () => {
  const lucca = world.client("lucca");
  const { accessToken } = await lucca.token();
  world.emulator.revoke(accessToken);
  assert.equal((await lucca.fetch("employees")).status, 200);
  assert.equal(world.sent("token").length, 2);
  assert.deepEqual(world.sent("api").map(({ status }) => status), [401, 200]);
});
