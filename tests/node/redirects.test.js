// Redirects of an API: followed as `fetch` does, and never with the token to where it may not go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { base, useApi } from "./api.js";
import { failure } from "./setup.js";

const { sent, client } = useApi();

const redirect = (location, status = 302) => new Response(null, { status, headers: { location } });

test("r06 a redirect within the allowed origins is followed, with the token", async () => {
  const api = client(({ url }) => (url.endsWith("/a") ? redirect("b?c#d", 307) : Response.json({})), { allowedOrigins: ["https://files.example.com"] });
  const response = await api.fetch("a");
  // Each step is a request of its own, as the types say.
  assert.deepEqual([response.status, response.redirected], [200, false]);
  const elsewhere = client(({ url }) => (url.startsWith(base) ? redirect("https://files.example.com/b") : Response.json({})), { allowedOrigins: ["https://files.example.com"] });
  assert.equal((await elsewhere.fetch("a")).status, 200);
  assert.deepEqual(sent.requests.map(({ url }) => url.split("#")[0]), [`${base}/a`, `${base}/b?c`, `${base}/a`, "https://files.example.com/b"]);
  for (const { headers } of sent.requests) assert.match(headers.authorization, /^Bearer canary-/);
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
      assert.equal(sent.requests.length, 1);
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
  assert.equal(sent.requests.length, 21);
});

test("a redirect changes method and body as fetch does", async () => {
  const cases = [
    ["POST", 301, "GET", ""], ["POST", 302, "GET", ""], ["POST", 303, "GET", ""], ["PUT", 303, "GET", ""],
    ["PUT", 302, "PUT", "x"], ["POST", 307, "POST", "x"], ["DELETE", 308, "DELETE", "x"], ["post", 302, "GET", ""],
  ];
  for (const [method, status, then, body] of cases) {
    sent.requests = [];
    const api = client(({ url }) => (url.endsWith("/a") ? redirect("b", status) : Response.json({})));
    await api.fetch("a", { method, body: "x", headers: { "content-type": "text/plain", "x-own": "1" } });
    const [, second] = sent.requests;
    assert.deepEqual([second.method, second.body, second.headers["x-own"]], [then, body, "1"], `${method} ${status}`);
    assert.equal(second.headers["content-type"] === "text/plain", body !== "");
  }
  sent.requests = [];
  await client(({ url }) => (url.endsWith("/a") ? redirect("b", 303) : new Response())).fetch("a", { method: "HEAD" });
  assert.equal(sent.requests[1].method, "HEAD");
  // What has no body loses no headers either.
  sent.requests = [];
  await client(({ url }) => (url.endsWith("/a") ? redirect("b", 303) : new Response())).fetch("a", { headers: { "content-language": "de" } });
  assert.deepEqual(sent.requests.map(({ headers }) => headers["content-language"]), ["de", "de"]);
});

test("a redirect of a Request is followed", async () => {
  const api = client(({ url }) => (url.endsWith("/a") ? redirect("b", 302) : Response.json({})));
  const request = new Request(`${base}/a`, { method: "POST", body: "x", headers: { "x-own": "1" } });
  assert.equal((await api.fetch(request)).status, 200);
  assert.deepEqual([sent.requests[1].url, sent.requests[1].method, sent.requests[1].headers["x-own"]], [`${base}/b`, "GET", "1"]);
});

test("a stream is not sent to a second address", async () => {
  const api = client(() => redirect("b", 307));
  const body = new Blob(["x"]).stream();
  // What is told of is the address that asked for it.
  const wanted = failure({ kind: "redirect_refused", status: 307, endpoint: `${base}/a`, message: /v2\/a wants the request's body/ });
  await assert.rejects(api.fetch("a", { method: "POST", body, duplex: "half" }), wanted);
  assert.equal(sent.requests.length, 1);
});

test("what the caller says beside a Request holds after a redirect too", async () => {
  const api = client(({ url }) => (url.endsWith("/a") ? redirect("b", 307) : Response.json({})));
  await api.fetch(new Request(`${base}/a`), { cache: "no-store", keepalive: true });
  assert.deepEqual(sent.requests.map(({ init }) => [init.cache, init.keepalive]), [["no-store", true], ["no-store", true]]);
});
