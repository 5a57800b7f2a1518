import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, afterEach, before, describe, test } from "node:test";
import { createLocalJWKSet, jwtVerify } from "jose";
import { accessToken, callApi, send, tokenUrls } from "./by-hand.js";
import { createEmulator } from "./index.js";

let emulator;
before(async () => {
  emulator = await createEmulator();
});
afterEach(() => emulator.reset());
after(() => emulator.close());

const redirectUri = "https://app.example/callback";

const servers = {
  luminary: {
    authorize: "https://auth.withluminary.com/oauth2/authorize",
    issuer: "https://auth.withluminary.com",
    jwks: "https://auth.withluminary.com/oauth2/jwks",
    scope: "openid profile offline_access",
    callbackIssuer: null,
    invalidGrant: 400,
    rotates: false,
  },
  lumanu: {
    authorize: "https://api.demo.lumanu.link/api/oauth/authorize",
    issuer: "https://auth-staging.lumanu.com/",
    jwks: "https://auth-staging.lumanu.com/.well-known/jwks.json",
    scope: "openid profile email",
    callbackIssuer: null,
    invalidGrant: 403,
    rotates: false,
  },
  lumoauth: {
    authorize: "https://app.lumoauth.dev/t/acme/api/v1/oauth/authorize",
    issuer: "https://app.lumoauth.dev/t/acme",
    jwks: "https://app.lumoauth.dev/t/acme/api/v1/.well-known/jwks.json",
    scope: "openid profile",
    callbackIssuer: "https://app.lumoauth.dev/t/acme",
    invalidGrant: 400,
    rotates: true,
  },
};

function authorization(provider, changes = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const parameters = {
    client_id: emulator.clients[provider].clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: servers[provider].scope,
    state: "state-1",
    nonce: "nonce-1",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...changes,
  };
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return { url: `${servers[provider].authorize}?${new URLSearchParams(given)}`, verifier };
}

async function callbackOf(provider, changes, choice) {
  const { url, verifier } = authorization(provider, changes);
  return { answer: Object.fromEntries(new URL(await emulator.approve(url, choice)).searchParams), verifier };
}

function credentials(provider) {
  const { clientId, clientSecret } = emulator.clients[provider];
  return { client_id: clientId, client_secret: clientSecret };
}

async function exchangeOf(provider, changes, choice) {
  const { answer, verifier } = await callbackOf(provider, changes, choice);
  return {
    grant_type: "authorization_code",
    code: answer.code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...credentials(provider),
  };
}

async function signIn(provider, changes, choice) {
  return (await send(emulator, provider, await exchangeOf(provider, changes, choice))).json();
}

function refresh(provider, token, extra = {}) {
  return send(emulator, provider, { grant_type: "refresh_token", refresh_token: token, ...credentials(provider), ...extra });
}

async function assertInvalidGrant(provider, response) {
  assert.equal(response.status, servers[provider].invalidGrant);
  assert.equal((await response.json()).error, "invalid_grant");
}

for (const [provider, facts] of Object.entries(servers)) {
  describe(`${provider}'s authorization code`, () => {
    test("comes back with the state, and with iss only where the provider sends it", async () => {
      const { answer } = await callbackOf(provider);
      assert.match(answer.code, new RegExp(`^canary-code-${provider}-`));
      assert.equal(answer.state, "state-1");
      assert.equal(answer.iss ?? null, facts.callbackIssuer);
      assert.equal("error" in answer, false);
    });

    test("becomes tokens and a signed ID token of the user", async () => {
      const response = await send(emulator, provider, await exchangeOf(provider, {}, { user: "grace" }));
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("cache-control"), "no-store");
      const tokens = await response.json();
      assert.match(tokens.refresh_token, /^canary-refresh-/);
      const jwks = await (await emulator.fetch(facts.jwks)).json();
      const options = { issuer: facts.issuer, audience: emulator.clients[provider].clientId, algorithms: ["RS256"] };
      const { payload } = await jwtVerify(tokens.id_token, createLocalJWKSet(jwks), options);
      assert.equal(payload.sub, "user-grace");
      assert.equal(payload.nonce, "nonce-1");
      assert.ok(payload.exp > payload.iat);
    });

    test("is refused after the user declined", async () => {
      const { answer } = await callbackOf(provider, {}, { decline: true });
      assert.equal(answer.error, "access_denied");
      assert.equal(answer.state, "state-1");
      assert.equal(answer.iss ?? null, facts.callbackIssuer);
      assert.equal("code" in answer, false);
      assert.equal(emulator.tokens.codes.size, 0);
    });

    test("is not given to an unknown client or redirect URI: a page is shown, nothing is redirected", async () => {
      const wrong = [{ client_id: "nobody" }, { redirect_uri: `${redirectUri}/` }, { redirect_uri: "https://evil.example/" }, { redirect_uri: undefined }];
      for (const changes of wrong) {
        const response = await emulator.fetch(authorization(provider, changes).url, { redirect: "manual" });
        assert.equal(response.status, 400);
        assert.equal(response.headers.get("location"), null);
      }
    });

    test("is refused at the callback for a wrong response type, scope, challenge or prompt", async () => {
      for (const [changes, error] of [
        [{ response_type: "token" }, "unsupported_response_type"],
        [{ response_type: undefined }, "invalid_request"],
        [{ scope: "openid everything" }, "invalid_scope"],
        [{ code_challenge_method: "plain" }, "invalid_request"],
        [{ code_challenge_method: undefined }, "invalid_request"],
        [{ code_challenge: "short" }, "invalid_request"],
        [{ code_challenge: undefined }, "invalid_request"],
        [{ prompt: "none" }, "login_required"],
      ]) {
        const { answer } = await callbackOf(provider, changes);
        assert.deepEqual([answer.error, answer.state], [error, "state-1"], JSON.stringify(changes));
      }
    });

    test("is refused when a parameter appears twice, or a secret is in the URL", async () => {
      const { url } = authorization(provider);
      for (const extra of ["state=other", `client_secret=${credentials(provider).client_secret}`]) {
        assert.equal((await emulator.fetch(`${url}&${extra}`, { redirect: "manual" })).status, 400);
      }
    });

    test("is refused with a wrong verifier, redirect URI, client or age", async () => {
      for (const changes of [{ code_verifier: "x".repeat(43) }, { code_verifier: "" }, { redirect_uri: "http://localhost:3000/callback" }, { redirect_uri: "" }]) {
        await assertInvalidGrant(provider, await send(emulator, provider, { ...(await exchangeOf(provider)), ...changes }));
      }
      emulator.clients.other = { ...emulator.clients[provider], clientId: "other" };
      await assertInvalidGrant(provider, await send(emulator, provider, { ...(await exchangeOf(provider)), client_id: "other" }));
      const late = await exchangeOf(provider);
      emulator.clock.advance(600_000);
      await assertInvalidGrant(provider, await send(emulator, provider, late));
    });

    test("is good once", async () => {
      const exchange = await exchangeOf(provider);
      const { access_token: token } = await (await send(emulator, provider, exchange)).json();
      await assertInvalidGrant(provider, await send(emulator, provider, exchange));
      // LumoAuth takes back what the code gave; the others do not say so.
      assert.equal(emulator.tokens.accessTokens.get(token).revoked, provider === "lumoauth");
    });

    test("gives a refresh token that is refreshed as the provider does it", async () => {
      const first = await signIn(provider);
      const response = await refresh(provider, first.refresh_token);
      assert.equal(response.status, 200);
      const second = await response.json();
      assert.notEqual(second.access_token, first.access_token);
      assert.equal(second.refresh_token !== undefined, facts.rotates);
      assert.equal(typeof second.id_token, "string");
    });

    test("gives a refresh token that cannot widen its scope, change hands or outlive its revocation", async () => {
      const { refresh_token: token } = await signIn(provider);
      const wider = await refresh(provider, token, { scope: `${servers[provider].scope} everything` });
      assert.deepEqual([wider.status, (await wider.json()).error], [400, "invalid_scope"]);
      emulator.clients.other = { ...emulator.clients[provider], clientId: "other" };
      await assertInvalidGrant(provider, await refresh(provider, token, { client_id: "other" }));
      emulator.revoke(token);
      await assertInvalidGrant(provider, await refresh(provider, token));
      await assertInvalidGrant(provider, await refresh(provider, "invented"));
    });

    test("gives a refresh token that expires", async () => {
      const { refresh_token: token } = await signIn(provider);
      emulator.clock.advance(31 * 24 * 3600 * 1000);
      await assertInvalidGrant(provider, await refresh(provider, token));
    });
  });
}

for (const provider of ["luminary", "lumanu"]) {
  test(`${provider} does without PKCE, but takes no verifier then`, async () => {
    const plain = { code_challenge: undefined, code_challenge_method: undefined };
    const { code_verifier: _verifier, ...exchange } = await exchangeOf(provider, plain);
    assert.equal((await send(emulator, provider, exchange)).status, 200);
    await assertInvalidGrant(provider, await send(emulator, provider, await exchangeOf(provider, plain)));
  });
}

test("LumoAuth does not do without PKCE", async () => {
  const { answer } = await callbackOf("lumoauth", { code_challenge: undefined, code_challenge_method: undefined });
  assert.deepEqual([answer.error, answer.state, answer.iss], ["invalid_request", "state-1", servers.lumoauth.issuer]);
});

test("LumoAuth kills the family when a rotated refresh token comes back", async () => {
  const first = await signIn("lumoauth");
  const second = await (await refresh("lumoauth", first.refresh_token)).json();
  await assertInvalidGrant("lumoauth", await refresh("lumoauth", first.refresh_token));
  await assertInvalidGrant("lumoauth", await refresh("lumoauth", second.refresh_token));
  assert.equal((await callApi(emulator, "lumoauth", second.access_token)).status, 401);
});

test("LumoAuth lets a public client in with PKCE, and nobody with its id alone for client credentials", async () => {
  emulator.clients.lumoauth.clientSecret = null;
  const { client_secret: _secret, ...exchange } = await exchangeOf("lumoauth");
  assert.equal((await send(emulator, "lumoauth", exchange)).status, 200);
  const machine = await send(emulator, "lumoauth", { grant_type: "client_credentials", client_id: exchange.client_id });
  assert.equal((await machine.json()).error, "unauthorized_client");
});

test("LumoAuth's issuer is a setting, in the callback as in the ID token", async () => {
  emulator.settings.lumoauth.issuer = ({ tenant }) => `https://issuer.example/${tenant}`;
  const { answer } = await callbackOf("lumoauth");
  assert.equal(answer.iss, "https://issuer.example/acme");
});

test("LumoAuth revokes with 200 whatever the token is, and introspects only what is the client's own", async () => {
  const base = tokenUrls.lumoauth.replace(/token$/, "");
  const own = await accessToken(emulator, "lumoauth");
  const ask = async (path, token, extra = {}) =>
    send(emulator, "lumoauth", { token, ...credentials("lumoauth"), ...extra }, { url: `${base}${path}` });
  const described = await (await ask("introspect", own)).json();
  assert.equal(described.active, true);
  assert.equal(described.scope, "read:users");
  assert.equal((await ask("revoke", "invented")).status, 200);
  assert.equal((await ask("revoke", own)).status, 200);
  assert.deepEqual(await (await ask("introspect", own)).json(), { active: false });
  assert.equal((await callApi(emulator, "lumoauth", own)).status, 401);

  emulator.clients.other = { ...emulator.clients.lumoauth, clientId: "other" };
  const another = await accessToken(emulator, "lumoauth");
  await ask("revoke", another, { client_id: "other" });
  assert.deepEqual(await (await ask("introspect", another, { client_id: "other" })).json(), { active: false });
  assert.equal((await (await ask("introspect", another)).json()).active, true);
  for (const path of ["revoke", "introspect"]) {
    const refused = await ask(path, own, { client_secret: "wrong" });
    assert.deepEqual([refused.status, (await refused.json()).error], [401, "invalid_client"]);
  }
});

test("a revoked refresh token takes its access tokens along", async () => {
  const { access_token: access, refresh_token: token } = await signIn("lumoauth");
  const url = tokenUrls.lumoauth.replace(/token$/, "revoke");
  await send(emulator, "lumoauth", { token, ...credentials("lumoauth") }, { url });
  assert.equal((await callApi(emulator, "lumoauth", access)).status, 401);
});

test("Luminary introspects its own tokens", async () => {
  const token = await accessToken(emulator, "luminary");
  const url = "https://auth.withluminary.com/oauth2/introspection";
  const response = await send(emulator, "luminary", { token, ...credentials("luminary") }, { url });
  const { active, client_id: clientId } = await response.json();
  assert.deepEqual([active, clientId], [true, "luminary-sample-client"]);
});

for (const [provider, url] of [
  ["luminary", "https://auth.withluminary.com/oauth2/userinfo"],
  ["lumoauth", "https://app.lumoauth.dev/t/acme/api/v1/oauth/userinfo"],
]) {
  test(`${provider}'s userinfo wants a user's token with openid`, async () => {
    const ask = (token) => emulator.fetch(url, { headers: { authorization: `Bearer ${token}` } });
    const { access_token: user } = await signIn(provider);
    assert.equal((await (await ask(user)).json()).sub, "user-ada");
    const { access_token: narrow } = await signIn(provider, { scope: "profile" });
    const refused = await ask(narrow);
    assert.equal(refused.status, 403);
    assert.match(refused.headers.get("www-authenticate"), /error="insufficient_scope"/);
    assert.equal((await ask(await accessToken(emulator, provider, { scope: "openid" }))).status, 403);
  });
}

test("Luminary gives a refresh token only for offline_access, and an ID token only for openid", async () => {
  const tokens = await signIn("luminary", { scope: "profile" });
  assert.deepEqual(Object.keys(tokens), ["access_token", "token_type", "expires_in"]);
});

test("LumoAuth gives an ID token only for openid", async () => {
  const tokens = await signIn("lumoauth", { scope: "read:users" });
  assert.deepEqual(Object.keys(tokens), ["access_token", "token_type", "expires_in", "scope", "refresh_token"]);
});

test("Lumanu wants a state, and fills in the scope", async () => {
  assert.equal((await callbackOf("lumanu", { state: undefined })).answer.error, "invalid_request");
  const { access_token: token } = await signIn("lumanu", { scope: undefined });
  assert.deepEqual(emulator.tokens.accessTokens.get(token).scope, ["openid", "profile", "email"]);
});

test("Lumanu answers about the user to a user's token", async () => {
  const { access_token: token } = await signIn("lumanu", {}, { user: "grace" });
  const get = async (path) =>
    (await emulator.fetch(`https://api.demo.lumanu.link/api/rest/${path}`, { headers: { authorization: `Bearer ${token}` } })).json();
  const user = await get("user/current");
  assert.deepEqual(Object.keys(user), ["id", "first_name", "last_name", "created_at", "updated_at"]);
  assert.equal(user.id, "user-grace");
  const { data } = await get("user/current/workspaces");
  assert.deepEqual(Object.keys(data[0]), ["id", "display_name", "role"]);
  assert.deepEqual(data.map(({ role }) => role.id), ["owner", "member"]);
});

test("Lumanu rotates refresh tokens when it is set to, and then kills the family on reuse", async () => {
  emulator.settings.lumanu.refreshTokens = "rotate";
  const first = await signIn("lumanu");
  const second = await (await refresh("lumanu", first.refresh_token)).json();
  assert.match(second.refresh_token, /^canary-refresh-lumanu-/);
  await assertInvalidGrant("lumanu", await refresh("lumanu", first.refresh_token));
  await assertInvalidGrant("lumanu", await refresh("lumanu", second.refresh_token));
});

test("Lumanu gives refresh tokens only for offline_access when it is set to", async () => {
  emulator.settings.lumanu.needsOfflineAccess = true;
  assert.equal((await signIn("lumanu")).refresh_token, undefined);
  assert.equal(typeof (await signIn("lumanu", { scope: "openid offline_access" })).refresh_token, "string");
});

test("Lumanu refuses a form for the code too", async () => {
  const body = new URLSearchParams(await exchangeOf("lumanu"));
  const response = await emulator.fetch(tokenUrls.lumanu, { method: "POST", body });
  assert.deepEqual([response.status, (await response.json()).error], [400, "invalid_request"]);
});

test("another page can ask for consent on top of the same logic", async (t) => {
  const asked = [];
  const own = await createEmulator({
    consent: (pending) => {
      asked.push(pending);
      return `<form method="post" action="${pending.decisionUrl}"></form>`;
    },
  });
  t.after(() => own.close());
  const { url } = authorization("lumoauth");
  // As a browser reaches it, by prefix: the page's form posts to an address relative to the page.
  const page = own.prefixed(url);
  assert.match(await (await fetch(page)).text(), /action="authorize\/decision"/);
  const [{ id, provider, clientId, scope, decisionUrl }] = asked;
  assert.deepEqual([provider, clientId, scope], ["lumoauth", "lumoauth-sample-client", ["openid", "profile"]]);
  const decide = (fields) =>
    fetch(new URL(decisionUrl, page), { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  assert.equal((await decide({ authorization: id, user: "nobody", decision: "approve" })).status, 400);
  const decided = await decide({ authorization: id, user: "ada", decision: "approve" });
  assert.equal(decided.status, 303);
  assert.match(decided.headers.get("location"), /^https:\/\/app\.example\/callback\?code=canary-code-/);
  assert.equal((await decide({ authorization: id, user: "ada", decision: "approve" })).status, 400);
});
