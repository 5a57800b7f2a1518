// Requests that cannot be sent: refused as the caller's to correct, and told from those that the network lost.

import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { test } from "node:test";
import { inspect } from "node:util";
import { base, useApi } from "./api.js";
import { failure } from "./setup.js";

const { sent, client } = useApi();

test("what is no address is refused before anything is sent, and so is an init that is none", async () => {
  const api = client();
  for (const input of [undefined, null, 5, true, Symbol("x"), {}, [{}], Object.create(null), () => {}]) {
    await assert.rejects(api.fetch(input), failure({ kind: "configuration", message: /^input must be a URL/ }));
  }
  for (const init of ["POST", 5, () => {}]) {
    await assert.rejects(api.fetch("x", init), failure({ kind: "configuration", message: /^init must be an object/ }));
  }
  await api.fetch("x", null);
  assert.equal(sent.tokenRequests, 1);
  assert.equal(sent.requests.length, 1);
});

test("a redirect mode that fetch does not have is refused by its name", async () => {
  for (const redirect of ["foo", "", "Follow", 1, {}]) {
    await assert.rejects(client().fetch("x", { redirect }), failure({ kind: "configuration", message: /^redirect must be follow, manual or error$/ }));
  }
  assert.equal(sent.tokenRequests, 0);
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

test("a header that HTTP does not allow is refused before anything is sent, and not shown", async () => {
  const api = client();
  for (const headers of [{ "canary name": "1" }, { "x-own": "canary\n" + "\u20ac" }]) {
    const error = await api.fetch("x", { headers }).then(assert.fail, (error) => error);
    failure({ kind: "configuration", recovery: "fix_configuration", message: /^headers has a name or a value/ })(error);
    assert.doesNotMatch(`${error.stack}${error.cause}`, /canary/);
  }
  assert.equal(sent.tokenRequests, 0);
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
  assert.deepEqual(sent.requests, []);
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
  sent.requests = [];
  const wanted = failure({ kind: "configuration", retryable: false, message: /^body was read before/ });
  await assert.rejects(api.fetch(used), wanted);
  await assert.rejects(api.fetch("x", used), wanted);
  await assert.rejects(api.fetch("x", { method: "POST", body: locked, duplex: "half" }), wanted);
  assert.deepEqual(sent.requests, []);
  // As with fetch, another body makes up for it.
  await api.fetch(used, { body: "another" });
  assert.equal(sent.requests[0].body, "another");
});

test("a connection that breaks is no mistake of the caller's, even if a stream was read already", async () => {
  const api = client(() => {
    throw new TypeError("broken");
  });
  const broken = failure({ kind: "network", retryable: true });
  await assert.rejects(api.fetch("x"), broken);
  await assert.rejects(api.fetch("x", { method: "POST", body: new Blob(["once"]).stream(), duplex: "half" }), broken);
  await assert.rejects(api.fetch(new Request(`${base}/x`, { method: "POST", body: "once" })), broken);
  assert.equal(sent.requests.length, 3);
});

test("a stream that fails by itself is no broken connection, and is not to be sent again", async () => {
  const server = createServer((request, response) => request.resume().on("error", () => {}).on("end", () => response.end()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const apiBase = `http://127.0.0.1:${server.address().port}`;
    const token = () => Response.json({ access_token: "canary-1", token_type: "Bearer" });
    const api = client(undefined, {
      apiBase,
      allowInsecureLoopback: true,
      fetch: async (input, init) => (input.startsWith(apiBase) ? fetch(input, init) : token()),
    });
    const own = new Error("canary of the caller's");
    async function* chunks() {
      yield new TextEncoder().encode("first");
      throw own;
    }
    const parts = chunks();
    const streams = [
      createReadStream(import.meta.dirname ?? "."), // a directory cannot be read
      new Readable({ read() { this.destroy(own); } }),
      new ReadableStream({ pull: (controller) => controller.error(own) }),
      new ReadableStream({
        async pull(controller) {
          const { value } = await parts.next();
          controller.enqueue(value);
        },
      }),
      new ReadableStream({ start: (controller) => controller.error(own) }).pipeThrough(new TransformStream()),
      chunks(),
      { [Symbol.asyncIterator]: chunks },
    ];
    for (const body of streams) {
      await assert.rejects(api.fetch("x", { method: "POST", body, duplex: "half" }), (error) => {
        failure({ kind: "aborted", retryable: false, recovery: "none", endpoint: `${apiBase}/x`, message: /its body failed while it was read/ })(error);
        return !inspect(error).includes("canary");
      });
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("a stream that the network does not take to its end has not failed by itself", async () => {
  const server = createServer((request) => request.once("data", () => request.socket.destroy()));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const apiBase = `http://127.0.0.1:${server.address().port}`;
    const token = () => Response.json({ access_token: "canary-1", token_type: "Bearer" });
    const api = client(undefined, {
      apiBase,
      allowInsecureLoopback: true,
      fetch: async (input, init) => (input.startsWith(apiBase) ? fetch(input, init) : token()),
    });
    async function* endless() {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        yield new Uint8Array(10_000);
      }
    }
    const streams = [
      Readable.from(endless()),
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setImmediate(resolve));
          controller.enqueue(new Uint8Array(10_000));
        },
      }),
      endless(),
    ];
    for (const body of streams) {
      await assert.rejects(api.fetch("x", { method: "POST", body, duplex: "half" }), failure({ kind: "network", retryable: true }));
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("what a network or a server did wrong is not put on the request, whatever else the request holds", async () => {
  // As other libraries' fetch takes them: a stream without duplex, and a signal that is not the runtime's.
  const init = { method: "POST", body: new Blob(["once"]).stream(), signal: Object.assign(new EventTarget(), { aborted: false, throwIfAborted() {} }) };
  const thrown = (code) => Object.assign(new Error("failed"), { code });
  for (const code of ["ECONNREFUSED", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"]) {
    const api = client(undefined, {
      fetch: async (input) => {
        if (input.startsWith(base)) throw thrown(code);
        return Response.json({ access_token: "canary-1", token_type: "Bearer" });
      },
    });
    await assert.rejects(api.fetch("x", init), failure({ kind: "network", retryable: true }));
  }
});
