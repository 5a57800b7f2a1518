import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { createOidcServer } from "./oidc.js";

let server;
before(async () => {
  server = await createOidcServer();
});
after(() => server.close());

const formEncode = (text) => new URLSearchParams({ v: text }).toString().slice(2);
const basic = ({ clientId, clientSecret }, encode = formEncode) =>
  `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString("base64")}`;

function post(url, parameters, headers = {}) {
  return fetch(url, { method: "POST", headers, body: new URLSearchParams(parameters) });
}

function inBody({ clientId, clientSecret }) {
  return { client_id: clientId, ...(clientSecret === null ? {} : { client_secret: clientSecret }) };
}

function authorization(client, extra = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const url = `${server.authorizationEndpoint}?${new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: server.redirectUri,
    response_type: "code",
    scope: "openid offline_access api:read",
    prompt: "consent",
    state: "state-1",
    nonce: "nonce-1",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...extra,
  })}`;
  return { url, verifier };
}

async function signIn(client) {
  const { url, verifier } = authorization(client);
  const callback = new URL(await server.approve(url));
  const exchange = {
    grant_type: "authorization_code",
    code: callback.searchParams.get("code"),
    redirect_uri: server.redirectUri,
    code_verifier: verifier,
    ...inBody(client),
  };
  return { callback, exchange, response: await post(server.tokenEndpoint, exchange) };
}

for (const name of ["post", "basic", "strange"]) {
  test(`the client ${name} gets a token with its credentials in the body`, async () => {
    const client = server.clients[name];
    const response = await post(server.tokenEndpoint, { grant_type: "client_credentials", scope: "api:read", ...inBody(client) });
    assert.equal(response.status, 200);
    assert.equal((await response.json()).scope, "api:read");
  });

  test(`the client ${name} gets a token with form-encoded Basic`, async () => {
    const client = server.clients[name];
    const response = await post(server.tokenEndpoint, { grant_type: "client_credentials" }, { authorization: basic(client) });
    assert.equal(response.status, 200);
    const { access_token: token } = await response.json();
    const api = await fetch(server.apiUrl, { headers: { authorization: `Bearer ${token}` } });
    assert.deepEqual(await api.json(), { clientId: client.clientId, subject: null, scope: null });
  });
}

test("Basic without form encoding is refused for the strange client", async () => {
  const authorization = basic(server.clients.strange, (text) => text);
  const response = await post(server.tokenEndpoint, { grant_type: "client_credentials" }, { authorization });
  assert.notEqual(response.status, 200);
});

test("a wrong secret is an invalid_client with a challenge", async () => {
  const authorization = basic({ ...server.clients.basic, clientSecret: "wrong" });
  const response = await post(server.tokenEndpoint, { grant_type: "client_credentials" }, { authorization });
  assert.equal(response.status, 401);
  assert.match(response.headers.get("www-authenticate"), /^Basic /);
  assert.equal((await response.json()).error, "invalid_client");
});

test("a scope that the client was not granted is refused", async () => {
  const parameters = { grant_type: "client_credentials", scope: "api:admin", ...inBody(server.clients.post) };
  const response = await post(server.tokenEndpoint, parameters);
  assert.equal(response.status, 400);
  assert.equal((await response.json()).error, "invalid_scope");
});

test("the API refuses a missing and an unknown token", async () => {
  const missing = await fetch(server.apiUrl);
  assert.equal(missing.status, 401);
  assert.equal(missing.headers.get("www-authenticate"), 'Bearer realm="api"');
  const unknown = await fetch(server.apiUrl, { headers: { authorization: "Bearer invented" } });
  assert.equal(unknown.status, 401);
  assert.match(unknown.headers.get("www-authenticate"), /error="invalid_token"/);
});

test("the API refuses a token of another server, and one that has expired", async (t) => {
  const other = await createOidcServer({ accessTokenLifetime: 1 });
  t.after(() => other.close());
  const response = await post(other.tokenEndpoint, { grant_type: "client_credentials", ...inBody(other.clients.post) });
  const { access_token: token, expires_in: lifetime } = await response.json();
  assert.equal(lifetime, 1);
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await fetch(other.apiUrl, { headers })).status, 200);
  assert.equal((await fetch(server.apiUrl, { headers })).status, 401);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  assert.equal((await fetch(other.apiUrl, { headers })).status, 401);
});

test("introspection tells a client about its tokens, and revocation ends them", async () => {
  const client = server.clients.post;
  const response = await post(server.tokenEndpoint, { grant_type: "client_credentials", ...inBody(client) });
  const { access_token: token } = await response.json();
  const introspect = async () => (await post(server.introspectionEndpoint, { token, ...inBody(client) })).json();
  assert.equal((await introspect()).active, true);
  assert.equal((await post(server.revocationEndpoint, { token, ...inBody(client) })).status, 200);
  assert.equal((await introspect()).active, false);
  assert.equal((await fetch(server.apiUrl, { headers: { authorization: `Bearer ${token}` } })).status, 401);
});

for (const name of ["post", "strange", "public"]) {
  test(`the client ${name} goes the whole way of an authorization code`, async () => {
    const client = server.clients[name];
    const { callback, response } = await signIn(client);
    assert.equal(callback.searchParams.get("state"), "state-1");
    assert.equal(callback.searchParams.get("iss"), server.issuer);
    assert.equal(response.status, 200);
    const tokens = await response.json();
    const options = { issuer: server.issuer, audience: client.clientId };
    const { payload } = await jwtVerify(tokens.id_token, createRemoteJWKSet(new URL(server.jwksUri)), options);
    assert.equal(payload.sub, "ada");
    assert.equal(payload.nonce, "nonce-1");
    const api = await fetch(server.apiUrl, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    assert.equal((await api.json()).subject, "ada");
  });
}

test("a user who declines comes back with access_denied", async () => {
  const callback = new URL(await server.approve(authorization(server.clients.post).url, { decline: true }));
  assert.equal(callback.searchParams.get("error"), "access_denied");
  assert.equal(callback.searchParams.get("state"), "state-1");
  assert.equal(callback.searchParams.get("code"), null);
});

test("an authorization request without PKCE is sent back", async () => {
  const { url } = authorization(server.clients.post);
  const plain = new URL(url);
  plain.searchParams.delete("code_challenge");
  plain.searchParams.delete("code_challenge_method");
  assert.equal(new URL(await server.approve(plain)).searchParams.get("error"), "invalid_request");
});

test("a redirect URI that is not registered shows a page instead", async () => {
  const { url } = authorization(server.clients.post, { redirect_uri: "http://127.0.0.1:3000/elsewhere" });
  await assert.rejects(server.approve(url), /showed a page: 400/);
});

test("a wrong verifier is refused", async () => {
  const { url } = authorization(server.clients.post);
  const code = new URL(await server.approve(url)).searchParams.get("code");
  const response = await post(server.tokenEndpoint, {
    grant_type: "authorization_code",
    code,
    redirect_uri: server.redirectUri,
    code_verifier: "x".repeat(43),
    ...inBody(server.clients.post),
  });
  assert.equal(response.status, 400);
  assert.equal((await response.json()).error, "invalid_grant");
});

test("a refresh token rotates, and the old one ends the family", async () => {
  const client = server.clients.post;
  const first = await (await signIn(client)).response.json();
  const refresh = (token) => post(server.tokenEndpoint, { grant_type: "refresh_token", refresh_token: token, ...inBody(client) });
  const second = await (await refresh(first.refresh_token)).json();
  assert.notEqual(second.refresh_token, first.refresh_token);
  const again = await refresh(first.refresh_token);
  assert.equal(again.status, 400);
  assert.equal((await again.json()).error, "invalid_grant");
  assert.equal((await (await refresh(second.refresh_token)).json()).error, "invalid_grant");
  const api = await fetch(server.apiUrl, { headers: { authorization: `Bearer ${second.access_token}` } });
  assert.equal(api.status, 401);
});

test("a code that is sent twice ends what it gave", async () => {
  const { exchange, response } = await signIn(server.clients.post);
  const { access_token: token } = await response.json();
  const again = await post(server.tokenEndpoint, exchange);
  assert.equal((await again.json()).error, "invalid_grant");
  assert.equal((await fetch(server.apiUrl, { headers: { authorization: `Bearer ${token}` } })).status, 401);
});

test("requests are recorded with body and status", async () => {
  server.requests.length = 0;
  await post(server.tokenEndpoint, { grant_type: "client_credentials", ...inBody(server.clients.post) });
  const [{ method, path, body, status }] = server.requests;
  assert.deepEqual({ method, path, status }, { method: "POST", path: "/token", status: 200 });
  assert.equal(new URLSearchParams(body).get("client_id"), "post-client");
});
