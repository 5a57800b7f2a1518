// The way there and back, at every provider that acts for users.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { lucca, lumanu, oauth } from "tokenwell";
import { failure, flows, redirectUri, useProviders } from "./setup.js";

const providers = useProviders();

for (const provider of Object.keys(flows)) {
  test(`a user is connected at ${provider}, and the session calls the API`, async () => {
    const { session, saved, callback } = await providers.connect(provider);
    const tokens = session.tokens();
    assert.deepEqual(saved, [tokens]);
    assert.match(tokens.accessToken, /^canary-access-/);
    assert.match(tokens.refreshToken, /^canary-refresh-/);
    assert.equal(tokens.tokenType, "Bearer");
    assert.equal((await session.token()).accessToken, tokens.accessToken);
    assert.equal(session.claims.sub, "user-ada");
    assert.ok(Object.isFrozen(session.claims));
    assert.equal(providers.sent("token").length, 1);
    assert.ok(new URL(callback).searchParams.has("code"));
  });

  test(`r22 r23 r24 r26 r29 r47 the two requests of ${provider} fit together`, async () => {
    const { url, transaction } = await providers.connect(provider);
    const query = Object.fromEntries(new URL(url).searchParams);
    assert.equal(query.response_type, "code");
    assert.equal(query.redirect_uri, redirectUri);
    assert.equal(query.scope, flows[provider].scope);
    assert.equal(query.code_challenge_method, "S256");
    for (const name of ["state", "nonce", "code_challenge"]) assert.match(query[name], /^[A-Za-z0-9_-]{43}$/);
    assert.equal(query.client_secret, undefined);

    const [request] = providers.sent("token");
    assert.equal(request.body.grant_type, "authorization_code");
    assert.equal(request.body.redirect_uri, redirectUri);
    assert.match(request.body.code_verifier, /^[A-Za-z0-9_-]{43}$/);
    const challenge = createHash("sha256").update(request.body.code_verifier).digest("base64url");
    assert.equal(challenge, query.code_challenge);
    assert.equal(request.body.audience, undefined);
    const type = provider === "lumanu" ? "application/json" : "application/x-www-form-urlencoded";
    assert.match(request.headers["content-type"], new RegExp(`^${type}`));
    assert.ok(!transaction.includes(query.state));
  });

  test(`r44 a user of ${provider} who declines gives an error to show, and nothing is sent`, async () => {
    const { client } = providers.client(provider);
    const { callback, transaction } = await providers.arrive(client, provider, { decline: true });
    await assert.rejects(
      client.callback(callback, transaction),
      failure({
        kind: "callback",
        error: "access_denied",
        description: "The user declined the request.",
        recovery: "reauthorize",
        retryable: false,
        message: /declined .*nothing was connected/,
      }),
    );
    assert.equal(providers.sent("token").length, 0);
  });
}

test("r25 every authorization has a state, a verifier and a nonce of its own", () => {
  const { client } = providers.client("lumoauth");
  const urls = Array.from({ length: 50 }, () => new URL(client.authorize({ redirectUri, scope: "openid" }).url));
  for (const name of ["state", "code_challenge", "nonce"]) {
    assert.equal(new Set(urls.map((url) => url.searchParams.get(name))).size, 50);
  }
});

test("r28 a nonce is sent where openid is asked for, and nowhere else", () => {
  const { client } = providers.client("lumoauth");
  const nonce = (scope) => new URL(client.authorize({ redirectUri, scope }).url).searchParams.get("nonce");
  assert.notEqual(nonce("profile openid"), null);
  assert.equal(nonce("profile"), null);
  assert.equal(nonce("openid.x profile"), null);
});

test("r34 what is not asked for is not in the URL", () => {
  const { client } = providers.client("lumoauth");
  const names = [...new URL(client.authorize({ redirectUri, prompt: "", loginHint: "" }).url).searchParams.keys()];
  assert.deepEqual(names.sort(), [
    "client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "state",
  ]);
});

test("prompt, login hint and further parameters are in the URL", () => {
  const { client } = providers.client("lumoauth");
  const { url } = client.authorize({
    redirectUri, prompt: "consent", loginHint: "ada+1@people.example", parameters: { ui_locales: "fr de" },
  });
  const query = Object.fromEntries(new URL(url).searchParams);
  assert.equal(query.prompt, "consent");
  assert.equal(query.login_hint, "ada+1@people.example");
  assert.equal(query.ui_locales, "fr de");
  assert.ok(!url.includes("+"));
});

test("r33 parameters cannot replace what protects the user", () => {
  const { client } = providers.client("lumoauth");
  for (const name of ["state", "nonce", "code_challenge", "code_challenge_method", "response_type", "redirect_uri"]) {
    assert.throws(
      () => client.authorize({ redirectUri, parameters: { [name]: "mine" } }),
      failure({ kind: "configuration", message: new RegExp(name) }),
    );
  }
});

test("r29 a redirect URI is https, or http to this machine", () => {
  const { client } = providers.client("lumoauth");
  for (const good of [redirectUri, "http://localhost:3000/callback", "http://127.0.0.1/cb", "http://[::1]:8080/cb?a=b"]) {
    const { url } = client.authorize({ redirectUri: good });
    assert.equal(new URL(url).searchParams.get("redirect_uri"), good);
  }
  const bad = [
    "http://app.example/callback", "https://app.example/callback#here", "/callback", "app.example/callback", "",
    "javascript:alert(1)", "http://localhost.evil.example/callback", "https://user@app.example/callback",
    "http://127.0.0.1.evil.example/cb", "com.example.app:/callback", "https://app.example/a\nb",
  ];
  for (const redirectUri of bad) {
    const refused = failure({ kind: "configuration", message: /redirectUri/, recovery: "fix_configuration" });
    assert.throws(() => client.authorize({ redirectUri }), refused, redirectUri);
  }
  assert.throws(() => client.authorize({}), failure({ kind: "configuration", message: /redirectUri is missing/ }));
  assert.throws(() => client.authorize(), failure({ kind: "configuration", message: /redirectUri is missing/ }));
});

test("authorize refuses an option that it does not know, by name", () => {
  const { client } = providers.client("lumoauth");
  assert.throws(
    () => client.authorize({ redirectUri, redirect_uri: redirectUri }),
    failure({ kind: "configuration", message: /redirect_uri is not an option: did you mean redirectUri/ }),
  );
});

test("Lumanu's production has no authorization endpoint until the caller names one", () => {
  const options = { environment: "production", clientId: "id", clientSecret: "secret" };
  assert.throws(
    () => lumanu(options).authorize({ redirectUri }),
    failure({ kind: "configuration", message: /authorizationEndpoint is not known for lumanu/ }),
  );
  const authorizationEndpoint = "https://api.lumanu.com/api/oauth/authorize";
  const { url } = lumanu({ ...options, authorizationEndpoint }).authorize({ redirectUri });
  assert.ok(url.startsWith(`${authorizationEndpoint}?`));
});

test("Lucca and a bare token endpoint connect no users, and say what is missing", () => {
  const credentials = { clientId: "id", clientSecret: "secret" };
  const missing = failure({ kind: "configuration", message: /authorizationEndpoint/ });
  assert.throws(() => lucca({ account: "example", ...credentials }).authorize({ redirectUri }), missing);
  assert.throws(() => oauth({ tokenEndpoint: "https://a.example/token", ...credentials }).authorize({ redirectUri }), missing);
});

test("an authorization endpoint keeps its own query", () => {
  const { client } = providers.client("oauth", { authorizationEndpoint: "https://a.example/authorize?tenant=one" });
  const { url } = client.authorize({ redirectUri });
  assert.ok(url.startsWith("https://a.example/authorize?tenant=one&response_type=code"));
});

test("callback takes a string, a URL, a Request and what Node's servers give", async () => {
  const shapes = [
    (url) => url,
    (url) => new URL(url),
    (url) => new Request(url),
    (url) => ({ url: `${new URL(url).pathname}${new URL(url).search}` }),
  ];
  for (const shape of shapes) {
    const { client } = providers.client("lumoauth");
    const { callback, transaction } = await providers.arrive(client, "lumoauth");
    const session = await client.callback(shape(callback), transaction);
    assert.equal(session.claims.sub, "user-ada");
  }
});

test("a public client connects users with PKCE and no secret", async () => {
  providers.emulator.clients.public = {
    ...providers.emulator.clients.lumoauth, clientId: "public-client", clientSecret: null,
  };
  const options = {
    clientId: "public-client", clientSecret: undefined, clientAuth: "none", transactionKey: new Uint8Array(32).fill(9),
  };
  const { session } = await providers.connect("lumoauth", { options });
  const [request] = providers.sent("token");
  assert.equal(request.body.client_secret, undefined);
  assert.equal(request.body.client_id, "public-client");
  await session.token({ fresh: true });
});

test("two users of one client are two sessions", async () => {
  const { client } = providers.client("lumanu");
  const [ada, grace] = await Promise.all(
    ["ada", "grace"].map(async (user) => {
      const { callback, transaction } = await providers.arrive(client, "lumanu", { user });
      return client.callback(callback, transaction);
    }),
  );
  const [first, second] = await Promise.all([ada.currentUser(), grace.currentUser()]);
  assert.deepEqual([first.first_name, second.first_name], ["Ada", "Grace"]);
  assert.notEqual((await client.token()).accessToken, (await ada.token()).accessToken);
});
