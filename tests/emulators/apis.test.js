import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { accessToken, apiCalls, callApi, clientCredentials, send } from "./by-hand.js";
import { createEmulator } from "./index.js";

let emulator;
before(async () => {
  emulator = await createEmulator();
});
afterEach(() => emulator.reset());
after(() => emulator.close());

/** The provider's own error shape, which every refusal of its API has. */
const assertShape = {
  luminary(body, { code }) {
    assert.equal(body.code, code);
    assert.equal(typeof body.message, "string");
  },
  lumanu(body, { code }) {
    assert.deepEqual(Object.keys(body), ["error"]);
    assert.equal(body.error.code, code);
    assert.equal(typeof body.error.message, "string");
    assert.match(body.error.request_id, /^[0-9a-f-]{36}$/);
  },
  lumoauth(body, { code, status }) {
    assert.equal(typeof body.message, "string");
    assert.equal(body.status, status);
    if (body.error === true) assert.equal(body.code, code);
    else assert.deepEqual([body.error, typeof body.details], [code, "object"]);
  },
  lucca(body, { code, status }, response) {
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(body.status, status);
    assert.equal(body.type, `https://problems.example/${code}`);
    assert.equal(typeof body.detail, "string");
  },
};

async function assertRefused(provider, response, status, code) {
  assert.equal(response.status, status);
  assertShape[provider](await response.json(), { status, code }, response);
}

for (const provider of Object.keys(apiCalls)) {
  test(`${provider} refuses in its own shape: no token, a bad token, http, a wrong method, a wrong path`, async () => {
    const { url, ...init } = apiCalls[provider];
    await assertRefused(provider, await emulator.fetch(url, init), 401, "unauthenticated");
    await assertRefused(provider, await callApi(emulator, provider, "invented"), 401, "invalid_token");
    const http = await callApi(emulator, provider, "invented", { url: url.replace("https:", "http:") });
    await assertRefused(provider, http, 403, "https_required");
    const wrongMethod = await callApi(emulator, provider, "invented", { method: "DELETE", body: undefined });
    await assertRefused(provider, wrongMethod, 405, "method_not_allowed");
    const wrongPath = await callApi(emulator, provider, "invented", { url: `${url}x` });
    await assertRefused(provider, wrongPath, 404, "not_found");
    const query = await callApi(emulator, provider, "invented", { url: `${url}?access_token=x` });
    await assertRefused(provider, query, 400, "invalid_request");
  });
}

for (const [provider, url] of [
  ["luminary", "https://auth.withluminary.com/oauth/token"],
  ["luminary", "https://other.luminary.com/v1/households"],
  ["luminary", "https://acme.withluminary.com/v1/households"],
  ["lumanu", "https://auth-staging.lumanu.com/oauth2/token"],
  ["lumanu", "https://auth-staging.lumanu.com/api/rest/payable"],
  ["lumanu", "https://api.demo.lumanu.link/oauth/token"],
  ["lumoauth", "https://app.lumoauth.dev/api/v1/oauth/token"],
  ["lumoauth", "https://app.lumoauth.dev/t/other/api/v1/oauth/token"],
  ["lumoauth", "https://app.lumoauth.dev/t/acme/api/v1/authz/check"],
  ["lucca", "https://example.ilucca.net/connect/token"],
  ["lucca", "https://other.ilucca.net/lucca-api/employees"],
  ["lucca", "https://accounts.world.luccasoftware.com/oauth/token"],
]) {
  test(`${provider} has nothing at ${url}`, async () => {
    const response = await emulator.fetch(url, { method: "POST" });
    await assertRefused(provider, response, 404, "not_found");
  });
}

test("Luminary lists households forwards and backwards", async () => {
  const token = await accessToken(emulator, "luminary");
  const list = async (query) => {
    const url = `${apiCalls.luminary.url}?${new URLSearchParams(query)}`;
    return (await callApi(emulator, "luminary", token, { url })).json();
  };
  const first = await list({});
  assert.deepEqual(Object.keys(first), ["data", "page_info", "total_count"]);
  assert.equal(first.data.length, 50);
  assert.equal(first.page_info.has_previous_page, false);
  const rest = await list({ limit: 1000, after: first.page_info.end_cursor });
  assert.equal(first.data.length + rest.data.length, first.total_count);
  assert.equal(rest.page_info.has_next_page, false);
  const back = await list({ before: rest.page_info.start_cursor });
  assert.deepEqual(back.data, first.data);
});

test("Luminary refuses a limit, a cursor and a parameter that it doesn't know", async () => {
  const token = await accessToken(emulator, "luminary");
  for (const query of ["limit=0", "limit=1001", "limit=ten", "after=nowhere", "after=a&before=b", "offset=1", "limit=1&limit=2"]) {
    const response = await callApi(emulator, "luminary", token, { url: `${apiCalls.luminary.url}?${query}` });
    await assertRefused("luminary", response, 400, "invalid_parameter");
  }
});

test("Luminary answers at the base of its own SDKs too", async () => {
  const token = await accessToken(emulator, "luminary");
  const url = "https://acme.withluminary.com/api/public/v1/households";
  assert.equal((await callApi(emulator, "luminary", token, { url })).status, 200);
});

test("Luminary's metadata leaves out client_credentials, though it works", async () => {
  const response = await emulator.fetch("https://auth.withluminary.com/.well-known/oauth-authorization-server");
  const metadata = await response.json();
  assert.equal(metadata.issuer, "https://auth.withluminary.com");
  assert.equal(metadata.grant_types_supported.includes("client_credentials"), false);
  assert.equal((await send(emulator, "luminary", clientCredentials(emulator, "luminary"))).status, 200);
});

test("Lumanu refuses a payable that is not one", async () => {
  const token = await accessToken(emulator, "lumanu");
  const right = JSON.parse(apiCalls.lumanu.body);
  const wrong = [
    { ...right, amount: "12500" },
    { ...right, amount: 125.5 },
    { ...right, amount: 0 },
    { ...right, payee_email: "nobody" },
    { ...right, description: undefined },
    { ...right, workspaceId: "x" },
  ];
  for (const body of wrong) {
    const response = await callApi(emulator, "lumanu", token, { body: JSON.stringify(body) });
    await assertRefused("lumanu", response, 400, "validation_error");
  }
  await assertRefused("lumanu", await callApi(emulator, "lumanu", token, { body: "[1]" }), 400, "invalid_json");
  const text = await callApi(emulator, "lumanu", token, { headers: { "content-type": "text/plain" } });
  await assertRefused("lumanu", text, 415, "unsupported_media_type");
  const other = JSON.stringify({ ...right, workspace_id: "workspace-of-ada" });
  await assertRefused("lumanu", await callApi(emulator, "lumanu", token, { body: other }), 403, "forbidden");
});

test("Lumanu refuses client-credentials tokens where only users are answered", async () => {
  const token = await accessToken(emulator, "lumanu");
  for (const path of ["user/current", "user/current/workspaces"]) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await emulator.fetch(`https://api.demo.lumanu.link/api/rest/${path}`, { headers });
    await assertRefused("lumanu", response, 403, "user_token_required");
  }
});

test("LumoAuth says whether a permission is held", async () => {
  const token = await accessToken(emulator, "lumoauth");
  const check = async (body) => (await callApi(emulator, "lumoauth", token, { body: JSON.stringify(body) })).json();
  assert.deepEqual(await check({ permission: "document.view" }), { allowed: true, permission: "document.view" });
  assert.deepEqual(await check({ permission: "document.delete", context: { owner: "ada" } }), {
    allowed: false,
    permission: "document.delete",
  });
});

test("LumoAuth refuses a check that is not one, in the second of its shapes", async () => {
  const token = await accessToken(emulator, "lumoauth");
  for (const body of ["{}", '{"permission":1}', '{"permission":"a","context":[]}', '{"permission":"a","resource":"b"}', '{"permission":"a","permission":"b"}']) {
    await assertRefused("lumoauth", await callApi(emulator, "lumoauth", token, { body }), 400, "validation_error");
  }
  await assertRefused("lumoauth", await callApi(emulator, "lumoauth", token, { body: "permission=a" }), 400, "invalid_json");
  const form = await callApi(emulator, "lumoauth", token, { headers: { "content-type": "application/x-www-form-urlencoded" } });
  await assertRefused("lumoauth", form, 415, "unsupported_media_type");
});

test("Lucca insists on a version of its API that it knows", async () => {
  const token = await accessToken(emulator, "lucca");
  await assertRefused("lucca", await callApi(emulator, "lucca", token, { headers: {} }), 400, "api_version_missing");
  const unknown = await callApi(emulator, "lucca", token, { headers: { "api-version": "2023-01-01" } });
  await assertRefused("lucca", unknown, 400, "api_version_unknown");
});

test("Lucca refuses a token without the scope, under the title that a bad token has too", async () => {
  const token = await accessToken(emulator, "lucca", { scope: "departments.readwrite" });
  const response = await callApi(emulator, "lucca", token);
  assert.match(response.headers.get("www-authenticate"), /error="insufficient_scope", scope="employees.readonly"/);
  assert.equal((await response.clone().json()).title, "Unauthorized");
  await assertRefused("lucca", response, 403, "insufficient_scope");
});

test("Lucca pages by cursor to the end", async () => {
  const token = await accessToken(emulator, "lucca");
  const seen = new Set();
  let pages = 0;
  let url = `${apiCalls.lucca.url}?limit=100&include=links`;
  for (; url; pages += 1) {
    const { items, links } = await (await callApi(emulator, "lucca", token, { url })).json();
    for (const item of items) seen.add(item.id);
    url = links.next?.href;
  }
  assert.deepEqual([pages, seen.size], [3, 230]);
  const plain = await (await callApi(emulator, "lucca", token)).json();
  assert.equal("links" in plain, false);
});

test("Lucca refuses a limit, a page and a parameter that it doesn't know", async () => {
  const token = await accessToken(emulator, "lucca");
  for (const query of ["limit=0", "limit=101", "page=2", "include=everything", "offset=1", "limit=1&limit=2"]) {
    const response = await callApi(emulator, "lucca", token, { url: `${apiCalls.lucca.url}?${query}` });
    await assertRefused("lucca", response, 400, "invalid_query");
  }
});

test("Lucca's other hosts and sandboxes answer for the account", async () => {
  const token = await accessToken(emulator, "lucca");
  for (const host of ["example.ilucca.ch", "example.ilucca-demo.net", "example-trial.sandbox.eu1.luccasoftware.com"]) {
    const url = `https://${host}/lucca-api/employees`;
    assert.equal((await callApi(emulator, "lucca", token, { url })).status, 200, host);
  }
});

test("Lucca refuses a token of another account's application", async () => {
  emulator.clients.neighbour = { ...emulator.clients.lucca, clientId: "neighbour", accounts: ["neighbour"] };
  const token = await accessToken(emulator, "lucca", { client_id: "neighbour" });
  await assertRefused("lucca", await callApi(emulator, "lucca", token), 401, "invalid_token");
  const own = { url: "https://neighbour.ilucca.net/lucca-api/employees" };
  assert.equal((await callApi(emulator, "lucca", token, own)).status, 200);
});
