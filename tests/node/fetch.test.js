// The authenticated fetch: where the token goes, and where it never does.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, test } from "node:test";
import { oauth } from "tokenwell";
import { failure, useEmulator } from "./setup.js";

const world = useEmulator();
const base = "https://api.example.com/v2";

let requests;
let tokenRequests;
beforeEach(() => {
  requests = [];
  tokenRequests = 0;
});

/** No test sends a token anywhere but to https origins of example.com's API. */
afterEach(() => {
  for (const { url, headers, redirect } of requests) {
    // A fetch that follows by itself would take the token anywhere.
    assert.equal(redirect ?? "manual", "manual");
    if (headers.authorization !== undefined) assert.match(url, /^https:\/\/(api|files)\.example\.com(:8443)?\//);
    assert.ok(!url.includes("canary"), "a token is in a URL");
  }
});

/** A client of an API that is a function from a noted request to a Response. */
function client(api = () => Response.json({ ok: true }), options = {}) {
  const fetch = async (input, init) => {
    if (input === "https://auth.example.com/token") {
      tokenRequests += 1;
      return Response.json({ access_token: `canary-${tokenRequests}`, token_type: "Bearer", expires_in: 3600 });
    }
    const request = new Request(input, init);
    const { url, method, headers, redirect } = request;
    const noted = { url, method, headers: Object.fromEntries(headers), redirect, init, body: await request.text() };
    requests.push(noted);
    return api(noted, requests.length);
  };
  return oauth({
    tokenEndpoint: "https://auth.example.com/token",
    apiBase: base,
    clientId: "id",
    clientSecret: "canary-secret",
    fetch,
    ...options,
  });
}

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
  "a:b/c": null,
  "a#fragment": `${base}/a`,
  "ä/日本": `${base}/%C3%A4/%E6%97%A5%E6%9C%AC`,
  "a%2Fb": `${base}/a%2Fb`,
};
for (const [reference, url] of Object.entries(resolved)) {
  if (url === null) continue;
  test(`${JSON.stringify(reference)} is resolved like a link`, async () => {
    await client().fetch(reference);
    assert.equal(requests[0].url.split("#")[0], url);
    assert.equal(requests[0].headers.authorization, bearer(1));
  });
}

test("a URL object and a Request are taken as fetch takes them", async () => {
  const api = client();
  await api.fetch(new URL(`${base}/u`));
  await api.fetch(new Request(`${base}/r`, { method: "PUT", body: "text", headers: { "x-own": "1" } }));
  await api.fetch(new Request(`${base}/r`, { method: "PUT", headers: { "x-own": "1" } }), { method: "DELETE", headers: { "x-own": "2" } });
  await api.fetch(new String("s"));
  const seen = requests.map(({ url, method, body, headers }) => [url, method, body, headers["x-own"]]);
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
  const seen = requests.map(({ url, method, body }) => [url, method, body]);
  assert.deepEqual(seen, Array.from({ length: 4 }, () => [`${base}/x`, "PUT", "text"]));
  assert.deepEqual(requests.map(({ headers }) => headers["x-own"]), ["1", "1", "1", undefined]);
  // What is not said stays unsaid: a fetch of the caller's own may look.
  await client().fetch("x", {});
  assert.deepEqual(Object.keys(requests[4].init).sort(), ["headers", "redirect", "signal"]);
});

test("what is no address is refused before anything is sent, and so is an init that is none", async () => {
  const api = client();
  for (const input of [undefined, null, 5, true, Symbol("x"), {}, [{}], Object.create(null), () => {}]) {
    await assert.rejects(api.fetch(input), failure({ kind: "configuration", message: /^input must be a URL/ }));
  }
  for (const init of ["POST", 5, () => {}]) {
    await assert.rejects(api.fetch("x", init), failure({ kind: "configuration", message: /^init must be an object/ }));
  }
  await api.fetch("x", null);
  assert.equal(tokenRequests, 1);
  assert.equal(requests.length, 1);
});

test("a Request that the fetch cannot read is the caller's to correct, and no broken connection", async () => {
  const request = { url: `${base}/x`, method: "GET", headers: [], [Symbol.toStringTag]: "Request" };
  const wanted = failure({ kind: "configuration", message: /^input is a Request of another library .*: pass its url, and the Request as init$/ });
  await assert.rejects(client().fetch(request), wanted);
  // What node-fetch throws.
  const itself = client(undefined, {
    fetch: async (input) => {
      if (input === request) throw Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL" });
      return Response.json({ access_token: "canary-1", token_type: "Bearer" });
    },
  });
  await assert.rejects(itself.fetch(request), wanted);
  // As the message says.
  assert.equal((await client().fetch(request.url, request)).status, 200);
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
    assert.equal(tokenRequests, 0);
    assert.deepEqual(requests, []);
  });
}

test("r97 further origins are those of allowedOrigins", async () => {
  const api = client(undefined, { allowedOrigins: ["https://files.example.com", "https://api.example.com:8443"] });
  await api.fetch("https://files.example.com/a");
  await api.fetch("https://api.example.com:8443/b");
  await assert.rejects(api.fetch("https://other.example.com/"), failure({ kind: "configuration", message: /allowedOrigins/ }));
  assert.equal(requests.length, 2);
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
  const [{ method, body, headers: seen }] = requests;
  assert.deepEqual([method, body, seen["content-type"], seen.accept], ["POST", "a,b", "text/plain", "text/csv"]);
  assert.equal(headers.has("authorization"), false);
});

test("headers are taken in every form", async () => {
  const api = client();
  for (const headers of [{ "X-Own": "1" }, [["x-own", "1"]], new Headers({ "x-own": "1" })]) await api.fetch("x", { headers });
  for (const { headers } of requests) assert.equal(headers["x-own"], "1");
});

test("what other libraries add to all objects becomes no header", async (t) => {
  t.after(() => delete Object.prototype.extend);
  Object.prototype.extend = () => {};
  await client().fetch("x", { headers: { "x-own": "1" } });
  delete Object.prototype.extend;
  assert.deepEqual(Object.keys(requests[0].headers).sort(), ["authorization", "x-own"]);
});

test("r96 an Authorization of the caller's own is refused before anything is sent", async () => {
  const api = client();
  const wanted = failure({ kind: "configuration", message: /Authorization/ });
  for (const headers of [{ Authorization: "Basic x" }, [["AUTHORIZATION", ""]], new Headers({ authorization: "x" })]) {
    await assert.rejects(api.fetch("x", { headers }), wanted);
    await assert.rejects(api.fetch(new Request(`${base}/x`, { headers })), wanted);
  }
  assert.equal(tokenRequests, 0);
});

test("a header that HTTP does not allow is refused before anything is sent, and not shown", async () => {
  const api = client();
  for (const headers of [{ "canary name": "1" }, { "x-own": "canary\n" + "\u20ac" }]) {
    const error = await api.fetch("x", { headers }).then(assert.fail, (error) => error);
    failure({ kind: "configuration", recovery: "fix_configuration", message: /^headers has a name or a value/ })(error);
    assert.doesNotMatch(`${error.stack}${error.cause}`, /canary/);
  }
  assert.equal(tokenRequests, 0);
});

test("what no request can be made of is the caller's to correct, and no broken connection", async () => {
  const api = client();
  const wanted = failure({
    kind: "configuration",
    recovery: "fix_configuration",
    retryable: false,
    message: /^init cannot be sent to https:\/\/api\.example\.com\/v2\/x: /,
  });
  const withoutDuplex = { method: "POST", body: new Blob(["once"]).stream() };
  const wrong = [{ method: "A B" }, { method: "CONNECT" }, { mode: "navigate" }, { cache: "only-if-cached" }];
  for (const init of [{ body: "text" }, { method: "HEAD", body: "text" }, ...wrong, withoutDuplex]) {
    await assert.rejects(api.fetch("x", init), wanted);
  }
  assert.deepEqual(requests, []);
  // Older workers throw no TypeError for a cache that they do not know.
  const other = client(undefined, {
    fetch: async (input) => {
      if (input.startsWith(base)) throw new Error("not implemented");
      return Response.json({ access_token: "canary-1", token_type: "Bearer" });
    },
  });
  await assert.rejects(other.fetch("x", { cache: "only-if-cached" }), wanted);
  await assert.rejects(other.fetch("x"), failure({ kind: "network" }));
  // A header of the connection's own, such as one that a proxy passes on; a body of another length; a GET with a body in Bun.
  for (const code of ["UND_ERR_INVALID_ARG", "UND_ERR_NOT_SUPPORTED", "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH", "ERR_INVALID_ARG_VALUE"]) {
    const thrown = Object.assign(new TypeError("wrong"), { code });
    for (const error of [thrown, new TypeError("fetch failed", { cause: thrown })]) {
      await assert.rejects(client(() => Promise.reject(error)).fetch("x"), wanted);
    }
  }
});

test("a body that was read before is the caller's to correct, and nothing is sent", async () => {
  const api = client();
  const used = new Request(`${base}/x`, { method: "POST", body: "once" });
  await api.fetch(used);
  const locked = new Blob(["once"]).stream();
  locked.getReader();
  requests = [];
  const wanted = failure({ kind: "configuration", retryable: false, message: /^body was read before/ });
  await assert.rejects(api.fetch(used), wanted);
  await assert.rejects(api.fetch("x", used), wanted);
  await assert.rejects(api.fetch("x", { method: "POST", body: locked, duplex: "half" }), wanted);
  assert.deepEqual(requests, []);
  // As with fetch, another body makes up for it.
  await api.fetch(used, { body: "another" });
  assert.equal(requests[0].body, "another");
});

test("a connection that breaks is no mistake of the caller's, even if a stream was read already", async () => {
  const api = client(() => {
    throw new TypeError("broken");
  });
  const broken = failure({ kind: "network", retryable: true });
  await assert.rejects(api.fetch("x"), broken);
  await assert.rejects(api.fetch("x", { method: "POST", body: new Blob(["once"]).stream(), duplex: "half" }), broken);
  await assert.rejects(api.fetch(new Request(`${base}/x`, { method: "POST", body: "once" })), broken);
  assert.equal(requests.length, 3);
});

test("every status is given back, and 403 and 5xx are not tried again", async () => {
  for (const status of [200, 201, 204, 304, 400, 403, 404, 409, 418, 429, 500, 503]) {
    requests = [];
    const response = await client(() => new Response(null, { status })).fetch("x");
    assert.equal(response.status, status);
    assert.equal(requests.length, 1);
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
  assert.deepEqual(requests.map(({ body, headers }) => [body, headers.authorization]), [["again", bearer(1)], ["again", bearer(2)]]);
});

test("f36 an API that refuses every token gets one more try, and the caller its 401", async () => {
  const api = client(() => new Response("no", { status: 401 }));
  for (let times = 0; times < 5; times += 1) assert.equal((await api.fetch("x")).status, 401);
  assert.equal(tokenRequests, 2);
  assert.equal(requests.length, 6);
});

test("a 401 with insufficient_scope is given back as it is", async () => {
  const headers = { "www-authenticate": 'Bearer realm="a", error="insufficient_scope", scope="b"' };
  const response = await client(() => new Response(null, { status: 401, headers })).fetch("x");
  assert.equal(response.status, 401);
  assert.deepEqual([requests.length, tokenRequests], [1, 1]);
});

test("a 401 stays what the caller sees when no other token can be had", async () => {
  const api = client(() => new Response("no", { status: 401 }), { retries: 0 });
  await api.token();
  const { fetch } = globalThis;
  let broken = false;
  const failing = client((request) => {
    broken = true;
    return new Response("no", { status: 401, headers: { url: request.url } });
  }, {
    retries: 0,
    fetch: async (input, init) => {
      if (String(input).startsWith("https://auth.")) {
        if (broken) return new Response(null, { status: 500 });
        return Response.json({ access_token: "canary-1", token_type: "Bearer", expires_in: 3600 });
      }
      requests.push({ url: String(input), headers: Object.fromEntries(init.headers) });
      broken = true;
      return new Response("no", { status: 401 });
    },
  });
  const response = await failing.fetch("x");
  assert.equal(response.status, 401);
  assert.equal(await response.text(), "no");
  assert.equal(requests.length, 1);
  assert.equal(globalThis.fetch, fetch);
});

for (const [what, body] of Object.entries({
  "a stream": () => new Blob(["once"]).stream(),
  "an asynchronous generator": () => (async function* () { yield Buffer.from("once"); })(),
})) {
  test(`${what} is not sent twice`, async () => {
    const api = client(() => new Response(null, { status: 401 }));
    const response = await api.fetch("x", { method: "POST", body: body(), duplex: "half" });
    assert.equal(response.status, 401);
    assert.deepEqual(requests.map((request) => request.body), ["once"]);
    await api.token();
    assert.equal(tokenRequests, 2);
  });
}

test("the body of a Request is a stream, and is not sent twice", async () => {
  const api = client(() => new Response(null, { status: 401 }));
  assert.equal((await api.fetch(new Request(`${base}/x`, { method: "POST", body: "once" }))).status, 401);
  assert.equal(requests.length, 1);
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
    assert.deepEqual(requests.map((request) => request.body), [text, text]);
  });
}

const redirect = (location, status = 302) => new Response(null, { status, headers: { location } });

test("r06 a redirect within the allowed origins is followed, with the token", async () => {
  const api = client(({ url }) => (url.endsWith("/a") ? redirect("b?c#d", 307) : Response.json({})), { allowedOrigins: ["https://files.example.com"] });
  const response = await api.fetch("a");
  // Each step is a request of its own, as the types say.
  assert.deepEqual([response.status, response.redirected], [200, false]);
  const elsewhere = client(({ url }) => (url.startsWith(base) ? redirect("https://files.example.com/b") : Response.json({})), { allowedOrigins: ["https://files.example.com"] });
  assert.equal((await elsewhere.fetch("a")).status, 200);
  assert.deepEqual(requests.map(({ url }) => url.split("#")[0]), [`${base}/a`, `${base}/b?c`, `${base}/a`, "https://files.example.com/b"]);
  for (const { headers } of requests) assert.match(headers.authorization, /^Bearer canary-/);
});

for (const location of [
  "https://evil.example/?a=1",
  "//evil.example/",
  "http://api.example.com/",
  "https://user:pass@api.example.com/",
  "https://api.example.com:444/",
  "javascript:alert(1)",
  "\\\\evil.example",
  "data:,x",
]) {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`r06 a ${status} to ${location} is refused, and nobody else gets the token`, async () => {
      const api = client(() => redirect(location, status));
      await assert.rejects(api.fetch("a?secret=x"), (error) => {
        failure({ kind: "redirect_refused", endpoint: `${base}/a`, status })(error);
        return !error.message.includes("pass") && !error.message.includes("a=1") && !error.message.includes("secret");
      });
      assert.equal(requests.length, 1);
    });
  }
}

test("redirect: manual and error are the caller's choice", async () => {
  const api = client(() => redirect("https://evil.example/"));
  assert.equal((await api.fetch("a", { redirect: "manual" })).status, 302);
  await assert.rejects(api.fetch("a", { redirect: "error" }), failure({ kind: "redirect_refused" }));
  assert.equal((await api.fetch(new Request(`${base}/a`, { redirect: "manual" }))).status, 302);
});

test("redirects in a circle come to an end", async () => {
  await assert.rejects(client(() => redirect("a")).fetch("a"), failure({ kind: "redirect_refused" }));
  assert.equal(requests.length, 21);
});

test("a redirect changes method and body as fetch does", async () => {
  const cases = [
    ["POST", 301, "GET", ""], ["POST", 302, "GET", ""], ["POST", 303, "GET", ""], ["PUT", 303, "GET", ""],
    ["PUT", 302, "PUT", "x"], ["POST", 307, "POST", "x"], ["DELETE", 308, "DELETE", "x"], ["post", 302, "GET", ""],
  ];
  for (const [method, status, then, body] of cases) {
    requests = [];
    const api = client(({ url }) => (url.endsWith("/a") ? redirect("b", status) : Response.json({})));
    await api.fetch("a", { method, body: "x", headers: { "content-type": "text/plain", "x-own": "1" } });
    const [, second] = requests;
    assert.deepEqual([second.method, second.body, second.headers["x-own"]], [then, body, "1"], `${method} ${status}`);
    assert.equal(second.headers["content-type"] === "text/plain", body !== "");
  }
  requests = [];
  await client(({ url }) => (url.endsWith("/a") ? redirect("b", 303) : new Response())).fetch("a", { method: "HEAD" });
  assert.equal(requests[1].method, "HEAD");
});

test("a redirect of a Request is followed", async () => {
  const api = client(({ url }) => (url.endsWith("/a") ? redirect("b", 302) : Response.json({})));
  const request = new Request(`${base}/a`, { method: "POST", body: "x", headers: { "x-own": "1" } });
  assert.equal((await api.fetch(request)).status, 200);
  assert.deepEqual([requests[1].url, requests[1].method, requests[1].headers["x-own"]], [`${base}/b`, "GET", "1"]);
});

test("a stream is not sent to a second address", async () => {
  const api = client(() => redirect("b", 307));
  const body = new Blob(["x"]).stream();
  await assert.rejects(api.fetch("a", { method: "POST", body, duplex: "half" }), failure({ kind: "redirect_refused" }));
  assert.equal(requests.length, 1);
});

test("a caller who gives up is told so at once, also where fetch does not heed the signal", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const api = client(() => {
    queueMicrotask(() => controller.abort(reason));
    return new Promise(() => {});
  });
  await assert.rejects(api.fetch("x", { signal: controller.signal }), (error) => error === reason);
});

test("a caller who gives up is told with the reason of the signal, at every moment", async () => {
  const reason = new Error("enough");
  await assert.rejects(client().fetch("x", { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  assert.equal(tokenRequests, 0);
  const controller = new AbortController();
  const hanging = client((_request) => {
    queueMicrotask(() => controller.abort(reason));
    return new Promise((_, reject) => controller.signal.addEventListener("abort", () => reject(new Error("aborted"))));
  });
  await assert.rejects(hanging.fetch("x", { signal: controller.signal }), (error) => error === reason);
  const ofRequest = new AbortController();
  ofRequest.abort(reason);
  await assert.rejects(client().fetch(new Request(`${base}/x`, { signal: ofRequest.signal })), (error) => error === reason);
});

test("one signal for many requests is listened to once, and no longer than they take", async (t) => {
  const warnings = [];
  const note = (warning) => warnings.push(warning.name);
  process.on("warning", note);
  t.after(() => process.off("warning", note));
  // Warned of is an eleventh listener, not what undici does for its own.
  const { signal } = new AbortController();
  const api = client(undefined, {
    fetch: async () => Response.json({ access_token: "canary-1", token_type: "Bearer", expires_in: 3600 }),
  });
  const all = Promise.all(Array.from({ length: 30 }, () => api.fetch("x", { signal })));
  assert.equal(getEventListeners(signal, "abort").length, 1);
  await all;
  assert.equal(getEventListeners(signal, "abort").length, 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test("many who wait with one signal are all told", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  const api = client(undefined, { fetch: () => new Promise(() => {}) });
  const waiting = Array.from({ length: 20 }, () => api.fetch("x", { signal }).catch((error) => error));
  waiting.push(api.token({ signal }).catch((error) => error));
  controller.abort(reason);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([reason]));
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("an API that cannot be reached is a network error", async () => {
  const refused = Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) });
  await assert.rejects(client(() => Promise.reject(refused)).fetch("x?a=1"), (error) =>
    failure({ kind: "network", retryable: true, endpoint: `${base}/x`, message: /ECONNREFUSED/ })(error));
});

test("r57 no header can be smuggled in through a token", async () => {
  const api = client(undefined, {
    fetch: async (input) => {
      requests.push({ url: String(input), headers: {} });
      return Response.json({ access_token: "a\r\nx-evil: 1", token_type: "Bearer" });
    },
  });
  await assert.rejects(api.fetch("x"), failure({ kind: "invalid_response" }));
  assert.equal(requests.length, 1);
});

test("a revoked token is replaced at the provider's own API", async () => {
  const lucca = world.client("lucca");
  const { accessToken } = await lucca.token();
  world.emulator.revoke(accessToken);
  assert.equal((await lucca.fetch("employees")).status, 200);
  assert.equal(world.sent("token").length, 2);
  assert.deepEqual(world.sent("api").map(({ status }) => status), [401, 200]);
});

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
  await assert.rejects(world.client("lumanu").createPayable(), failure({ kind: "api", status: 400 }));
  await assert.rejects(world.client("lumoauth").check(""), failure({ kind: "api", status: 400 }));
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
