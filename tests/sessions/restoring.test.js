// A session that was stored goes on, and only with the client that it belongs to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, fresh, scripted, stored, useProviders } from "./setup.js";

const providers = useProviders();
const hour = 3_600_000;

for (const provider of ["luminary", "lumanu", "lumoauth", "oauth"]) {
  test(`a session of ${provider} goes on after a restart, also long after its access token has expired`, async () => {
    const { session, saved } = await providers.connect(provider);
    const text = JSON.stringify(session.tokens());
    assert.deepEqual(JSON.parse(text), saved[0]);

    const { client } = providers.client(provider);
    const again = [];
    const restored = client.session(JSON.parse(text), { onTokens: (tokens) => void again.push(tokens) });
    assert.deepEqual(restored.tokens(), session.tokens());
    assert.deepEqual(restored.claims, session.claims);
    assert.equal((await restored.token()).accessToken, session.tokens().accessToken);
    assert.equal(again.length, 0);
    assert.equal(providers.sent("token").length, 1);

    providers.emulator.clock.advance(20 * 24 * hour);
    const late = providers.client(provider).client.session(JSON.parse(text), { onTokens: (tokens) => void again.push(tokens) });
    assert.notEqual((await late.token()).accessToken, session.tokens().accessToken);
    assert.deepEqual(again, [late.tokens()]);
    assert.equal(late.claims.sub, "user-ada");
    assert.equal(providers.sent("token").length, 2);
  });
}

test("r19 r47 tokens of another client, endpoint or environment are refused, and nothing is sent", async () => {
  const { session } = await providers.connect("lumoauth");
  const tokens = session.tokens();
  const foreign = failure({ kind: "configuration", recovery: "fix_configuration", message: /another client or token endpoint/ });
  for (const [provider, options] of [
    ["lumanu", {}], ["luminary", {}], ["lumoauth", { clientId: "another" }], ["lumoauth", { tenant: "other" }],
    ["lumoauth", { baseUrl: "https://eu.app.lumoauth.dev" }],
  ]) {
    assert.throws(() => providers.client(provider, options).client.session(tokens), foreign);
  }
  assert.throws(() => providers.client("lumoauth").client.session({ ...tokens, issuedFor: "" }), foreign);
  assert.equal(providers.sent("token").length, 1);
});

test("a row whose members are getters of its class is read as well as any other", async () => {
  class Row {
    #columns = stored({ idToken: null });
    get accessToken() { return this.#columns.accessToken; }
    get refreshToken() { return this.#columns.refreshToken; }
    get idToken() { return this.#columns.idToken; }
    get expiresAt() { return this.#columns.expiresAt; }
    get scope() { return this.#columns.scope; }
    get tokenType() { return this.#columns.tokenType; }
    get issuedFor() { return this.#columns.issuedFor; }
  }
  const server = scripted(fresh(1));
  const { client } = server.client();
  const session = client.session(new Row());
  assert.deepEqual(session.tokens(), client.session(stored()).tokens());
  assert.equal((await session.token()).accessToken, "canary-access-0");
  await session.token({ fresh: true });
  assert.equal(server.requests[0].parameters.get("refresh_token"), "canary-refresh-0");
  // What some libraries keep beside the members is refused by its name, as everywhere.
  const entity = Object.assign(new Row(), { dataValues: {} });
  assert.throws(() => client.session(entity), failure({ kind: "configuration", message: /^dataValues is not an option/ }));
});

test("stored tokens that are damaged are refused by name", () => {
  const { client } = scripted().client();
  const refused = (tokens, message) => assert.throws(() => client.session(tokens), failure({ kind: "configuration", message }));
  refused(undefined, /accessToken is missing/);
  refused(null, /accessToken is missing/);
  refused("canary-text", /must be an object/);
  refused([], /must be an object/);
  refused({}, /accessToken is missing/);
  refused(stored({ issuedFor: undefined }), /issuedFor is missing/);
  refused(stored({ accessToken: 5 }), /accessToken must be a string/);
  refused(stored({ expiresAt: "tomorrow" }), /expiresAt must be/);
  // As drivers of databases give a 64-bit column.
  refused(stored({ expiresAt: "1790000000000" }), /expiresAt must be a number of milliseconds since 1970, or null/);
  refused(stored({ expiresAt: -1 }), /expiresAt must be/);
  refused(stored({ expiresAt: NaN }), /expiresAt must be/);
  refused(stored({ tokenType: "mac" }), /tokenType must be/);
  refused(stored({ scope: "api:read" }), /scope must be an array/);
  refused(stored({ refresh_token: "x" }), /refresh_token is not an option: did you mean refreshToken/);
});

test("stored tokens with a line break never reach a header", async () => {
  const server = scripted(fresh(1));
  const { client } = server.client();
  for (const [name, what] of [["accessToken", "an access token"], ["refreshToken", "a refresh token"]]) {
    for (const value of ["canary\r\nx-evil: 1", "canary\u0000", "canary-\u20ac", ""]) {
      const damaged = failure({ kind: "configuration", message: `tokens hold ${what} that was damaged: store it as it came` });
      assert.throws(() => client.session(stored({ [name]: value })), damaged);
    }
  }
});

test("what the caller does to stored tokens changes nothing here", async () => {
  const server = scripted(fresh(1));
  const { client } = server.client();
  const tokens = stored({ expiresAt: server.clock.ms + hour });
  const session = client.session(tokens);
  tokens.refreshToken = "changed";
  tokens.scope.push("changed");
  assert.equal(session.tokens().refreshToken, "canary-refresh-0");
  assert.deepEqual(session.tokens().scope, ["api:read"]);
  session.tokens().scope.push("changed");
  assert.deepEqual(session.tokens().scope, ["api:read"]);
});

test("tokens without a scope and without an expiry are a session too", async () => {
  const server = scripted(fresh(1));
  const { client } = server.client();
  const session = client.session(stored({ scope: undefined, expiresAt: null }));
  assert.deepEqual(session.tokens().scope, []);
  assert.equal((await session.token()).accessToken, "canary-access-0");
});

test("a session says nothing of an ID token that is none", () => {
  const { client } = scripted().client();
  assert.equal(client.session(stored({ idToken: "not.a.token" })).claims, null);
  assert.equal(client.session(stored()).claims, null);
});

test("null stands for a refresh token or ID token that there is not, as in a database's row", async () => {
  const { session } = await providers.connect("lumoauth");
  const restored = providers.client("lumoauth").client.session({ ...session.tokens(), refreshToken: null, idToken: null });
  assert.equal("refreshToken" in restored.tokens(), false);
  assert.equal(restored.claims, null);
});

test("what is left out of stored tokens is there in those that a session gives", () => {
  const { client } = scripted().client();
  const { expiresAt, tokenType, ...tokens } = stored();
  assert.deepEqual(client.session(tokens).tokens(), { ...tokens, expiresAt: null, tokenType: "Bearer" });
});

test("what a session's token() is asked for in vain is refused by name", async () => {
  const { client } = scripted().client();
  const session = client.session(stored());
  const isRefusal = (name) => failure({ kind: "configuration", message: new RegExp(`^${name} `) });
  for (const options of [null, "text", 5, []]) await assert.rejects(session.token(options), isRefusal("options"));
  await assert.rejects(session.token({ scope: "less" }), isRefusal("scope"));
  await assert.rejects(session.token({ signal: {} }), isRefusal("signal"));
  await assert.rejects(session.token({ fresh: "yes" }), isRefusal("fresh"));
});
