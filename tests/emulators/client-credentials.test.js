import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { accessToken, apiCalls, callApi, clientCredentials, lumanuAudience, send, tokenUrls } from "./by-hand.js";
import { createEmulator } from "./index.js";

let emulator;
before(async () => {
  emulator = await createEmulator();
});
afterEach(() => emulator.reset());
after(() => emulator.close());

/** Each provider's own way to say the same thing: status and `error` of the token endpoint. */
const answers = {
  luminary: {
    token: { token_type: "bearer", expires_in: 3600 },
    wrongCredentials: [401, "invalid_client"],
    basicOnly: [200, undefined],
  },
  lumanu: {
    token: { token_type: "Bearer", expires_in: 86400 },
    wrongCredentials: [401, "access_denied"],
    basicOnly: [401, "access_denied"],
  },
  lumoauth: {
    token: { token_type: "Bearer", expires_in: 3600, scope: "read:users" },
    wrongCredentials: [401, "invalid_client"],
    basicOnly: [200, undefined],
  },
  lucca: {
    token: { token_type: "Bearer", expires_in: 1800 },
    wrongCredentials: [400, "invalid_client"],
    basicOnly: [400, "invalid_client"],
  },
};

async function assertRefused(response, status, error) {
  const body = await response.json();
  assert.deepEqual({ status: response.status, error: body.error }, { status, error });
  assert.equal(body.access_token, undefined);
  return body;
}

for (const provider of Object.keys(answers)) {
  describe(`${provider}'s token endpoint`, () => {
    const right = () => clientCredentials(emulator, provider);
    const isJson = provider === "lumanu";
    const basic = () => {
      const { clientId, clientSecret } = emulator.clients[provider];
      return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
    };

    test("gives a token in exactly the provider's shape", async () => {
      const response = await send(emulator, provider, right());
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.equal(response.headers.get("content-type"), "application/json");
      const { access_token: token, ...rest } = await response.json();
      assert.match(token, new RegExp(`^canary-access-${provider}-`));
      assert.deepEqual(rest, answers[provider].token);
    });

    test("refuses every method but POST with 405", async () => {
      for (const method of ["GET", "PUT"]) {
        const response = await emulator.fetch(tokenUrls[provider], { method });
        assert.equal(response.status, 405);
        assert.equal(response.headers.get("allow"), "POST");
      }
    });

    test("refuses the other content type", async () => {
      const body = isJson ? new URLSearchParams(right()).toString() : JSON.stringify(right());
      const type = isJson ? "application/x-www-form-urlencoded" : "application/json";
      const response = await emulator.fetch(tokenUrls[provider], { method: "POST", headers: { "content-type": type }, body });
      await assertRefused(response, 400, "invalid_request");
      const mislabelled = await send(emulator, provider, right(), { headers: { "content-type": type } });
      await assertRefused(mislabelled, 400, "invalid_request");
      const unlabelled = await send(emulator, provider, right(), { headers: { "content-type": "text/plain" } });
      await assertRefused(unlabelled, 400, "invalid_request");
    });

    test("refuses a body that is not what its content type says", async () => {
      const type = isJson ? "application/json" : "application/x-www-form-urlencoded";
      const init = { method: "POST", headers: { "content-type": type } };
      for (const body of isJson ? ["[]", "{", '{"grant_type":1}'] : ["grant_type=%zz", "grant type=x", "=x", "a=%ff"]) {
        await assertRefused(await emulator.fetch(tokenUrls[provider], { ...init, body }), 400, "invalid_request");
      }
    });

    test("refuses a wrong secret, an unknown client and no credentials alike", async () => {
      const { client_id: _id, client_secret: _secret, ...nobody } = right();
      const wrong = [{ ...right(), client_secret: "wrong" }, { ...right(), client_id: "nobody" }, nobody];
      const [status, error] = answers[provider].wrongCredentials;
      const bodies = [];
      for (const parameters of wrong) bodies.push(await assertRefused(await send(emulator, provider, parameters), status, error));
      assert.deepEqual(bodies[1], bodies[0]);
      assert.deepEqual(bodies[2], bodies[0]);
    });

    test("refuses the credentials of another provider's client", async () => {
      const other = emulator.clients[provider === "lucca" ? "luminary" : "lucca"];
      const parameters = { ...right(), client_id: other.clientId, client_secret: other.clientSecret };
      await assertRefused(await send(emulator, provider, parameters), ...answers[provider].wrongCredentials);
    });

    test("takes HTTP Basic only where the provider does", async () => {
      const { client_id: _id, client_secret: _secret, ...rest } = right();
      const response = await send(emulator, provider, rest, { headers: { authorization: basic() } });
      const [status, error] = answers[provider].basicOnly;
      await (status === 200 ? assert.equal(response.status, 200) : assertRefused(response, status, error));
    });

    test("refuses Basic and credentials in the body at once", async () => {
      const response = await send(emulator, provider, right(), { headers: { authorization: basic() } });
      await assertRefused(response, 400, "invalid_request");
    });

    test("refuses a parameter that appears twice", async () => {
      const twice = (name, value) => {
        const body = isJson
          ? JSON.stringify(right()).replace(/}$/, `,"${name}":"${value}"}`)
          : `${new URLSearchParams(right())}&${new URLSearchParams([[name, value]])}`;
        const headers = { "content-type": isJson ? "application/json" : "application/x-www-form-urlencoded" };
        return emulator.fetch(tokenUrls[provider], { method: "POST", headers, body });
      };
      await assertRefused(await twice("grant_type", "client_credentials"), 400, "invalid_request");
      await assertRefused(await twice("client_id", emulator.clients[provider].clientId), 400, "invalid_request");
    });

    test("refuses a scope that the application was not granted", async () => {
      const response = await send(emulator, provider, { ...right(), scope: "everything.readwrite" });
      await assertRefused(response, 400, "invalid_scope");
    });

    test("refuses a scope that is not spelled as RFC 6749 has it", async () => {
      const scope = emulator.clients[provider].scopes.slice(0, 2).join("  ");
      await assertRefused(await send(emulator, provider, { ...right(), scope }), 400, "invalid_scope");
    });

    test("refuses a missing and an unknown grant type", async () => {
      const { grant_type: _type, ...rest } = right();
      await assertRefused(await send(emulator, provider, rest), 400, "invalid_request");
      await assertRefused(await send(emulator, provider, { ...right(), grant_type: "password" }), 400, "unsupported_grant_type");
    });

    test("refuses a grant that the client was not given", async () => {
      emulator.clients[provider].grants = [];
      const status = provider === "lumanu" ? 403 : 400;
      await assertRefused(await send(emulator, provider, right()), status, "unauthorized_client");
    });

    test("refuses credentials in the query string", async () => {
      const secrets = { client_id: right().client_id, client_secret: right().client_secret, anything: right().client_secret };
      for (const [name, value] of Object.entries(secrets)) {
        const url = `${tokenUrls[provider]}?${new URLSearchParams({ [name]: value })}`;
        const response = await send(emulator, provider, right(), { url });
        assert.equal(response.status, 400, name);
        assert.equal(JSON.stringify(await response.json()).includes("canary"), false);
      }
    });

    test("refuses plain http", async () => {
      const response = await send(emulator, provider, right(), { url: tokenUrls[provider].replace("https:", "http:") });
      assert.equal(response.status, 403);
      assert.equal(emulator.tokens.accessTokens.size, 0);
    });

    test("refuses the secret that was rotated away, and takes the new one", async () => {
      const old = right();
      emulator.rotateSecret(provider);
      await assertRefused(await send(emulator, provider, old), ...answers[provider].wrongCredentials);
      assert.equal((await send(emulator, provider, right())).status, 200);
    });
  });

  describe(`${provider}'s API`, () => {
    test("takes a token, and refuses it once revoked or expired", async () => {
      const first = await accessToken(emulator, provider);
      assert.equal((await callApi(emulator, provider, first)).status, 200);
      emulator.revoke(first);
      assert.equal((await callApi(emulator, provider, first)).status, 401);

      const second = await accessToken(emulator, provider);
      const lifetime = answers[provider].token.expires_in * 1000;
      emulator.clock.advance(lifetime - 5000);
      assert.equal((await callApi(emulator, provider, second)).status, 200);
      emulator.clock.advance(5000);
      const response = await callApi(emulator, provider, second);
      assert.equal(response.status, 401);
      assert.match(response.headers.get("www-authenticate"), /^Bearer .*error="invalid_token"/);
    });

    test("refuses an invented token and another provider's", async () => {
      const foreign = await accessToken(emulator, provider === "lucca" ? "luminary" : "lucca");
      for (const token of ["invented", foreign]) assert.equal((await callApi(emulator, provider, token)).status, 401);
    });

    test("refuses a request without authentication, with a challenge that has no error code", async () => {
      const { url, ...init } = apiCalls[provider];
      const response = await emulator.fetch(url, init);
      assert.equal(response.status, 401);
      assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="api"');
    });

    test("refuses a malformed Authorization header", async () => {
      const { url, headers, ...init } = apiCalls[provider];
      const response = await emulator.fetch(url, { ...init, headers: { ...headers, authorization: "Bearer two words" } });
      assert.equal(response.status, 400);
    });

    test("refuses a token in the query string", async () => {
      const token = await accessToken(emulator, provider);
      for (const name of ["access_token", "anything"]) {
        const url = `${apiCalls[provider].url}?${new URLSearchParams({ [name]: token })}`;
        assert.equal((await callApi(emulator, provider, token, { url })).status, 400);
      }
    });

    test("refuses plain http, and a wrong method", async () => {
      const token = await accessToken(emulator, provider);
      const url = apiCalls[provider].url.replace("https:", "http:");
      assert.equal((await callApi(emulator, provider, token, { url })).status, 403);
      assert.equal((await callApi(emulator, provider, token, { method: "DELETE", body: undefined })).status, 405);
    });
  });
}

test("LumoAuth takes resource twice, and remembers both", async () => {
  const resources = ["https://one.example/", "https://two.example/"];
  const body = new URLSearchParams(clientCredentials(emulator, "lumoauth"));
  for (const resource of resources) body.append("resource", resource);
  const response = await emulator.fetch(tokenUrls.lumoauth, { method: "POST", body });
  assert.equal(response.status, 200);
  const { access_token: token } = await response.json();
  assert.deepEqual(emulator.tokens.accessTokens.get(token).resources, resources);
});

test("form-encoded Basic reaches a client with a strange id and secret", async () => {
  emulator.clients.strange = { ...emulator.clients.luminary, clientId: "id with space:+%&", clientSecret: "p@ss:w/rd +%&=" };
  const encode = (text) => new URLSearchParams({ v: text }).toString().slice(2);
  const header = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  const { clientId, clientSecret } = emulator.clients.strange;
  const ask = (authorization) => send(emulator, "luminary", { grant_type: "client_credentials" }, { headers: { authorization } });
  assert.equal((await ask(header(encode(clientId), encode(clientSecret)))).status, 200);
  const raw = await ask(header(clientId, clientSecret));
  assert.equal(raw.headers.get("www-authenticate"), 'Basic realm="luminary"');
  await assertRefused(raw, 401, "invalid_client");
});

test("Lumanu gives a token without an audience, which its API refuses", async () => {
  const { audience: _audience, ...parameters } = clientCredentials(emulator, "lumanu");
  const response = await send(emulator, "lumanu", parameters);
  assert.equal(response.status, 200);
  assert.equal((await callApi(emulator, "lumanu", (await response.json()).access_token)).status, 401);
});

test("Lumanu refuses an audience that is not its environment's", async () => {
  for (const audience of ["https://lumanu-prod.hasura.app/v1/graphql", "https://api.demo.lumanu.link/api/rest"]) {
    const response = await send(emulator, "lumanu", { ...clientCredentials(emulator, "lumanu"), audience });
    await assertRefused(response, 403, "access_denied");
  }
});

test("Lumanu's environments know neither each other's clients nor tokens", async () => {
  const url = "https://auth.lumanu.com/oauth/token";
  const audience = "https://lumanu-prod.hasura.app/v1/graphql";
  const sandbox = { ...clientCredentials(emulator, "lumanu"), audience };
  await assertRefused(await send(emulator, "lumanu", sandbox, { url }), 401, "access_denied");
  const { clientId, clientSecret } = emulator.clients.lumanuProduction;
  const production = { ...sandbox, client_id: clientId, client_secret: clientSecret };
  const { access_token: token } = await (await send(emulator, "lumanu", production, { url })).json();
  assert.equal((await callApi(emulator, "lumanu", token)).status, 401);
  assert.equal((await callApi(emulator, "lumanu", token, { url: "https://api.lumanu.com/api/rest/payable" })).status, 200);
  assert.notEqual(audience, lumanuAudience);
});

test("LumoAuth echoes what it granted: the requested scope, or all of it", async () => {
  const { scope: _scope, ...parameters } = clientCredentials(emulator, "lumoauth");
  assert.equal((await (await send(emulator, "lumoauth", parameters)).json()).scope, emulator.clients.lumoauth.scopes.join(" "));
});

test("LumoAuth answers under either prefix, under a custom domain without one, and in Europe", async () => {
  emulator.settings.lumoauth.customDomains = { "login.customer.example": "acme" };
  for (const base of [
    "https://app.lumoauth.dev/orgs/acme",
    "https://eu.app.lumoauth.dev/t/acme",
    "https://login.customer.example",
  ]) {
    const url = `${base}/api/v1/oauth/token`;
    assert.equal((await send(emulator, "lumoauth", clientCredentials(emulator, "lumoauth"), { url })).status, 200, base);
  }
});

test("LumoAuth's regions know their own tokens only", async () => {
  const url = "https://eu.app.lumoauth.dev/t/acme/api/v1/oauth/token";
  const response = await send(emulator, "lumoauth", clientCredentials(emulator, "lumoauth"), { url });
  const { access_token: token } = await response.json();
  assert.equal((await callApi(emulator, "lumoauth", token)).status, 401);
  assert.equal((await callApi(emulator, "lumoauth", token, { url: "https://eu.app.lumoauth.dev/api/v1/authz/check" })).status, 200);
});
