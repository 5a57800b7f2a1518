import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { oauth } from "tokenwell";
import { assertSilent } from "./redaction.js";
import { failure, useEmulator } from "./setup.js";

const world = useEmulator();
const seen = [];
afterEach(() => {
  assertSilent(seen);
  seen.length = 0;
});

/** What a client makes of one answer of its token endpoint; the body's text holds a canary where the test says so. */
async function answerTo(body, { status = 200, headers = { "content-type": "application/json", "cache-control": "no-store" }, ...options } = {}) {
  const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const empty = [204, 205, 304].includes(status);
  const client = oauth({
    tokenEndpoint: "https://auth.example.com/token?tenant=canary-in-the-query",
    clientId: "id",
    clientSecret: "canary-secret",
    retries: 0,
    fetch: async () => new Response(empty ? null : text, { status, headers }),
    onEvent: (event) => seen.push(event),
    ...options,
  });
  try {
    const token = await client.token();
    seen.push(token);
    return token;
  } catch (error) {
    seen.push(error);
    throw error;
  }
}

const good = { access_token: "canary-access", token_type: "Bearer", expires_in: 3600 };

test("an error names what happened, where, and what to do; the server's words are members", async () => {
  const body = { error: "invalid_client", error_description: "No such client", secret: "canary" };
  const headers = { "content-type": "application/json", "x-request-id": "request-7" };
  await assert.rejects(answerTo(body, { status: 401, headers }), (error) => {
    failure({
      kind: "oauth",
      error: "invalid_client",
      description: "No such client",
      status: 401,
      endpoint: "https://auth.example.com/token",
      retryable: false,
      retryAfter: null,
      recovery: "fix_configuration",
      requestId: "request-7",
    })(error);
    for (const word of ["auth.example.com", "invalid_client", "401", "clientSecret"]) assert.ok(error.message.includes(word), error.message);
    assert.ok(error instanceof Error);
    assert.equal(error.cause, undefined);
    return true;
  });
});

test("the providers' own refusals", async () => {
  const wrong = { clientSecret: "canary-wrong" };
  await assert.rejects(world.client("luminary", wrong).token(), failure({ kind: "oauth", error: "invalid_client", status: 401 }));
  await assert.rejects(world.client("lumanu", wrong).token(), failure({ kind: "oauth", error: "access_denied", status: 401, recovery: "fix_configuration" }));
  await assert.rejects(world.client("lumoauth", wrong).token(), failure({ kind: "oauth", error: "invalid_client", status: 401 }));
  await assert.rejects(world.client("lucca", wrong).token(), failure({ kind: "oauth", error: "invalid_client", status: 400 }));
  await assert.rejects(world.client("lucca", { scope: "nobody.knows" }).token(), failure({ kind: "oauth", error: "invalid_scope" }));
});

for (const status of [200, 400, 401, 403, 422, 500, 503]) {
  test(`r84 an error of the server's with status ${status} is reported with its code`, async () => {
    const body = { error: "own_code", error_description: "why", error_uri: "https://auth.example.com/canary", trace: "canary" };
    await assert.rejects(answerTo(body, { status }), failure({ kind: "oauth", error: "own_code", description: "why", status, retryable: status >= 500 }));
  });
}

for (const [what, error] of Object.entries({ object: { code: "own_code", message: "why" }, true: true, number: 7, array: ["a"], "empty string": "" })) {
  test(`f28 an error inside a 200 that is ${what} is never a token`, async () => {
    await assert.rejects(answerTo({ ...good, error }), failure({ kind: "oauth", status: 200 }));
  });
}

const invalid = {
  "no access_token": { token_type: "Bearer", secret: "canary" },
  "an access_token that is a number": { ...good, access_token: 7 },
  "an access_token that is null": { ...good, access_token: null },
  "an access_token that is an object": { ...good, access_token: { canary: "canary" } },
  "an access_token that is an array": { ...good, access_token: ["canary"] },
  "an empty access_token": { ...good, access_token: "" },
  "an access_token with a space": { ...good, access_token: "canary access" },
  "an access_token with a line feed": { ...good, access_token: "canary\nx-evil: 1" },
  "an access_token outside ASCII": { ...good, access_token: "canäry" },
  "another token_type": { ...good, token_type: "mac" },
  "a token_type that is a number": { ...good, token_type: 1 },
  "an array": '["canary"]',
  "a string": '"canary"',
  "a number": "7",
  null: "null",
  "no JSON": "canary=1",
  "two objects": '{"access_token":"canary"}{}',
  "a truncated object": '{"access_token":"canary"',
  nothing: "",
  "only spaces": "  \n",
  "a member twice": '{"access_token":"canary-1","access_token":"canary-2"}',
  "a byte that is no UTF-8": new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
};
for (const [what, body] of Object.entries(invalid)) {
  test(`a 200 with ${what} is an invalid response, and its body is not shown`, async () => {
    await assert.rejects(answerTo(body), failure({ kind: "invalid_response", status: 200, endpoint: "https://auth.example.com/token" }));
  });
}

for (const [type, kind] of Object.entries({
  "text/html": "invalid_response",
  "application/xml": "invalid_response",
  "application/octet-stream": "invalid_response",
  "application/x-www-form-urlencoded": "invalid_response",
})) {
  test(`r80 ${type} is not read as a token`, async () => {
    await assert.rejects(answerTo(good, { headers: { "content-type": type } }), failure({ kind }));
  });
}
for (const type of ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/vnd.example+json", "text/plain", ""]) {
  test(`r80 ${type || "no content type"} is read as JSON`, async () => {
    const token = await answerTo(good, { headers: type === "" ? {} : { "content-type": type } });
    assert.equal(token.accessToken, "canary-access");
    assert.equal(token.deviations.includes("content_type"), type === "" || type === "text/plain");
  });
}

for (const status of [204, 205, 206, 202, 299]) {
  test(`f29 status ${status} is an invalid response`, async () => {
    await assert.rejects(answerTo(good, { status }), failure({ kind: "invalid_response", status }));
  });
}

test("r85 what a server says is cleaned and cut", async () => {
  const body = { error: "own\u0000\r\ncode\u2028", error_description: `"a\\b\u001b[31m${"x".repeat(2000)}` };
  await assert.rejects(answerTo(body, { status: 400 }), (error) => {
    assert.match(error.error, /^[\x20-\x7e]+$/);
    assert.match(error.description, /^[\x20-\x7e]{1,1024}$/);
    assert.match(error.message, /^[\x20-\x7e]+$/);
    return error.kind === "oauth";
  });
});

test("r90 a server that repeats what it was sent shows nothing of it", async () => {
  const secret = "canary-secret&+=";
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const base64 = Buffer.from(`id:${secret}`).toString("base64");
  for (const echo of [secret, form, encodeURIComponent(secret), base64, Buffer.from(secret).toString("base64url"), `https://x/?client_secret=${form}`]) {
    const body = { error: `bad ${echo}`, error_description: `You sent ${echo} to us` };
    await assert.rejects(answerTo(body, { status: 400, clientSecret: secret }), failure({ kind: "oauth" }));
    const headers = { "content-type": "application/json", "x-request-id": echo };
    await assert.rejects(answerTo(body, { status: 400, clientSecret: secret, headers }), failure({ kind: "oauth" }));
  }
});

test("strict refuses every deviation, and says which", async () => {
  const strict = { strict: true };
  await answerTo(good, strict);
  const deviating = {
    expires_in_string: [{ ...good, expires_in: "3600" }],
    token_type_missing: [{ access_token: "canary-access", expires_in: 3600 }],
    scope_array: [{ ...good, scope: ["a"] }],
    cache_control_missing: [good, { headers: { "content-type": "application/json" } }],
    status_201: [good, { status: 201 }],
  };
  for (const [deviation, [body, options]] of Object.entries(deviating)) {
    assert.ok((await answerTo(body, options)).deviations.includes(deviation));
    await assert.rejects(answerTo(body, { ...options, ...strict }), failure({ kind: "invalid_response", message: new RegExp(deviation) }));
  }
});

test("r76 members that the RFCs don't know are kept out of sight, and can be read", async () => {
  const token = await answerTo({ ...good, instance_url: "https://canary.example", __proto__x: 1, constructor: { a: 1 } });
  assert.equal(token.extra.instance_url, "https://canary.example");
  assert.deepEqual(token.extra.constructor, { a: 1 });
  assert.ok(Object.isFrozen(token.extra));
});
