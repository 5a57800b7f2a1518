// Against an authorization server that others wrote.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { oauth } from "tokenwell";
import { createOidcServer } from "../servers/oidc.js";
import { failure } from "./setup.js";

let server;
before(async () => {
  server = await createOidcServer();
});
after(() => server.close());

const authentications = { post: "client_secret_post", basic: "client_secret_basic", strange: "client_secret_basic" };

function client(name, options = {}) {
  const { clientId, clientSecret } = server.clients[name];
  return oauth({
    tokenEndpoint: server.tokenEndpoint,
    apiBase: server.issuer,
    clientId,
    clientSecret,
    clientAuth: authentications[name],
    scope: "api:read",
    allowInsecureLoopback: true,
    ...options,
  });
}

for (const [name, authentication] of Object.entries(authentications)) {
  test(`r58 oidc-provider takes the client ${name} by ${authentication}`, async () => {
    const token = await client(name).token();
    assert.deepEqual(token.scope, ["api:read"]);
    assert.deepEqual(token.deviations, []);
    const request = server.requests.filter(({ path }) => path === "/token").at(-1);
    assert.equal(request.headers.authorization !== undefined, authentication === "client_secret_basic");
    assert.equal(request.body.includes("client_secret"), authentication === "client_secret_post");
  });

  test(`oidc-provider's API answers the client ${name}`, async () => {
    const response = await client(name).fetch("/api");
    assert.deepEqual(await response.json(), { clientId: server.clients[name].clientId, subject: null, scope: "api:read" });
  });
}

test("r58 a strange id and secret arrive in a form too", async () => {
  const { clientId, clientSecret } = server.clients.strange;
  await client("strange", { clientAuth: "client_secret_post" }).token();
  const { body } = server.requests.filter(({ path }) => path === "/token").at(-1);
  const parameters = new URLSearchParams(body);
  assert.deepEqual([parameters.get("client_id"), parameters.get("client_secret")], [clientId, clientSecret]);
});

test("r59 Basic without encoding is another client to a server that decodes", async () => {
  await assert.rejects(client("strange", { basicEncoding: "raw" }).token(), failure({ kind: "oauth", recovery: "fix_configuration" }));
  await client("basic", { basicEncoding: "raw" }).token();
});

test("a wrong secret, a wrong scope and a public client are refused with the server's code", async () => {
  await assert.rejects(client("post", { clientSecret: "wrong" }).token(), failure({ kind: "oauth", error: "invalid_client", status: 401 }));
  await assert.rejects(
    client("public", { clientSecret: undefined, clientAuth: "none" }).token(),
    failure({ kind: "oauth", error: "invalid_request", status: 400 }),
  );
});
