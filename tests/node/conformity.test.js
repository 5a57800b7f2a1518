// Each refusal that the emulated providers make, turned round: what the package sends is right.

import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, providers, useEmulator } from "./setup.js";

const world = useEmulator();

/** The token request that a client sends. */
async function tokenRequest(provider, options, request) {
  await world.client(provider, options).token(request);
  return world.sent("token").at(-1);
}

for (const provider of Object.keys(providers)) {
  const isJson = provider === "lumanu";

  test(`r03 r09 ${provider} gets a POST in its own format, and is asked for JSON`, async () => {
    const request = await tokenRequest(provider);
    assert.equal(request.method, "POST");
    assert.equal(request.protocol, "https");
    assert.equal(request.headers["content-type"], isJson ? "application/json" : "application/x-www-form-urlencoded");
    assert.equal(request.headers.accept, "application/json");
    assert.equal(request.status, 200);
  });

  test(`r61 ${provider} gets the credentials in one place only`, async () => {
    const { clientId, clientSecret } = world.emulator.clients[provider];
    const request = await tokenRequest(provider);
    assert.equal(request.headers.authorization, undefined);
    assert.equal(request.body.client_id, clientId);
    assert.equal(request.body.client_secret, clientSecret);
    assert.equal(request.body.grant_type, "client_credentials");
  });

  test(`r10 ${provider} sees no parameter in the query of a token request, and no token in the query of an API request`, async () => {
    const client = world.client(provider);
    await client.fetch(...providers[provider].call);
    assert.deepEqual(world.sent("token")[0].query, {});
    const { accessToken } = await client.token();
    for (const { query } of world.emulator.requests) assert.ok(!Object.values(query).includes(accessToken));
  });

  test(`r34 ${provider} gets no empty parameter`, async () => {
    const request = await tokenRequest(provider, { scope: "", resource: [], parameters: { nothing: "" } });
    const expected = ["client_id", "client_secret", "grant_type", ...(isJson ? ["audience"] : [])];
    assert.deepEqual(Object.keys(request.body).sort(), expected.sort());
  });

  test(`r33 ${provider} gets each parameter once, and further ones as they are`, async () => {
    const request = await tokenRequest(provider, { parameters: { note: "ä & = +%", "x-trace": "1" } });
    assert.equal(request.body.note, "ä & = +%");
    assert.equal(request.body["x-trace"], "1");
    for (const value of Object.values(request.body)) assert.equal(typeof value, "string");
  });

  test(`r11 ${provider} gets neither cookies nor cache directives of ours`, async () => {
    const seen = [];
    const { fetch } = world.emulator;
    await world.client(provider, { fetch: (url, init) => (seen.push(init), fetch(url, init)) }).token();
    assert.deepEqual(Object.keys(seen[0]).sort(), ["body", "headers", "method", "redirect", "signal"]);
    assert.equal(seen[0].redirect, "manual");
  });
}

test("Lumanu gets the audience of its environment", async () => {
  const request = await tokenRequest("lumanu");
  assert.equal(request.body.audience, "https://lumanu-demo.hasura.app/v1/graphql");
  const { clientId, clientSecret } = world.emulator.clients.lumanuProduction;
  const production = await tokenRequest("lumanu", { environment: "production", clientId, clientSecret });
  assert.equal(production.body.audience, "https://lumanu-prod.hasura.app/v1/graphql");
});

test("an audience that Lumanu does not know is refused with its own words", async () => {
  const asked = world.client("lumanu").token({ audience: "https://other.example" });
  await assert.rejects(asked, failure({ kind: "oauth", error: "access_denied", status: 403 }));
});

test("Lucca's API gets the version that its pages name, or the caller's own", async () => {
  await world.client("lucca").fetch("employees");
  assert.equal(world.sent("api")[0].headers["api-version"], "2024-11-01");
  const wrong = await world.client("lucca", { apiVersion: "1999-01-01" }).fetch("employees");
  assert.equal(wrong.status, 400);
  const once = await world.client("lucca").fetch("employees", { headers: { "API-Version": "1999-01-01" } });
  assert.equal(once.status, 400);
});

test("LumoAuth and Luminary take Basic too", async () => {
  for (const provider of ["lumoauth", "luminary"]) {
    const request = await tokenRequest(provider, { clientAuth: "client_secret_basic" });
    const { clientId, clientSecret } = world.emulator.clients[provider];
    const [kind, credentials] = request.headers.authorization.split(" ");
    assert.equal(kind, "Basic");
    const text = Buffer.from(credentials, "base64").toString();
    const [id, secret] = text.split(":").map((part) => decodeURIComponent(part.replaceAll("+", " ")));
    assert.deepEqual([id, secret], [clientId, clientSecret]);
    assert.ok(!("client_id" in request.body) && !("client_secret" in request.body));
  }
});

test("scopes are asked for with single spaces, as an array or as one text", async () => {
  for (const scope of [["employees.readonly", "departments.readwrite"], "employees.readonly departments.readwrite"]) {
    const request = await tokenRequest("lucca", { scope });
    assert.equal(request.body.scope, "employees.readonly departments.readwrite");
  }
  const asked = await tokenRequest("lucca", { scope: ["employees.readonly"] }, { scope: ["employment.readwrite"] });
  assert.equal(asked.body.scope, "employment.readwrite");
});

test("r73 the granted scope is the server's, and what was asked for where it does not say", async () => {
  const asked = await world.client("lucca", { scope: ["employees.readonly"] }).token();
  assert.deepEqual(asked.scope, ["employees.readonly"]);
  const granted = await world.client("lumoauth").token();
  assert.deepEqual(granted.scope, ["read:users", "write:users", "openid", "profile", "email"]);
});

test("r100 what changes the token keeps tokens apart, and the same request is asked for once", async () => {
  const client = world.client("lucca");
  const requests = [undefined, { scope: "employees.readonly" }, { scope: ["departments.readwrite"] }, { resource: "https://a.example/" }, { audience: "a" }];
  const tokens = new Set();
  for (const request of requests) tokens.add((await client.token(request)).accessToken);
  assert.equal(tokens.size, requests.length);
  assert.equal(world.sent("token").length, requests.length);
  for (const request of [{}, { scope: ["employees.readonly"] }, { scope: "departments.readwrite", audience: undefined }, { resource: ["https://a.example/"] }]) {
    tokens.add((await client.token(request)).accessToken);
  }
  assert.equal(tokens.size, requests.length);
});

test("fresh asks for another token, and forget drops every one", async () => {
  const client = world.client("lucca");
  const first = await client.token();
  const second = await client.token({ fresh: true });
  assert.notEqual(second.accessToken, first.accessToken);
  assert.equal((await client.token()).accessToken, second.accessToken);
  await client.token({ scope: "employees.readonly" });
  client.forget();
  assert.notEqual((await client.token()).accessToken, second.accessToken);
  await client.token({ scope: "employees.readonly" });
  assert.equal(world.sent("token").length, 5);
});

test("a fresh token that cannot be had is an error, and not the old token, which stays for others", async () => {
  const client = world.client("lucca", { retries: 0 });
  const { accessToken } = await client.token();
  world.emulator.fail({ status: 500 });
  await assert.rejects(client.token({ fresh: true }), failure({ kind: "oauth", status: 500 }));
  assert.equal((await client.token()).accessToken, accessToken);
  assert.equal(world.sent("token").length, 2);
  assert.notEqual((await client.token({ fresh: true })).accessToken, accessToken);
});
