// ID tokens: checked before any token of the same answer is handed out (OpenID Connect Core section 3.1.3.7).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { assertSilent } from "../node/redaction.js";
import { failure, fresh, redirectUri, scripted, stored } from "./setup.js";

const issuer = "https://auth.example";
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (claims, header = { alg: "RS256" }) => `${part(header)}.${part(claims)}.canary-signature`;

/** Connects a user at a server whose ID token is what `make` makes of good claims. */
async function connect(make, options = { issuer }, takes = 0) {
  const server = scripted();
  const { client, events } = server.client(options);
  const { url, transaction } = client.authorize({ redirectUri, scope: "openid" });
  const { searchParams } = new URL(url);
  const now = Math.floor(server.clock.ms / 1000);
  const claims = {
    iss: issuer, sub: "canary-subject", aud: "client", iat: now, exp: now + 3600, nonce: searchParams.get("nonce"),
  };
  server.then(() => {
    server.clock.ms += takes;
    return fresh(1, { id_token: make(claims, now) });
  });
  const saved = [];
  const answer = new URLSearchParams({ code: "canary-code", state: searchParams.get("state") });
  const connecting = client.callback(`${redirectUri}?${answer}`, transaction, { onTokens: (tokens) => void saved.push(tokens) });
  return { server, client, connecting, saved, events, claims };
}

async function refused(make, message, options) {
  const { connecting, saved, events } = await connect(make, options);
  await assert.rejects(connecting, (error) => {
    assertSilent([error, events]);
    return failure({ kind: "invalid_response", retryable: false, message })(error);
  });
  assert.deepEqual(saved, []);
}

test("r81 a good ID token gives its claims", async () => {
  const { connecting, claims } = await connect((good) => jwt(good));
  assert.deepEqual((await connecting).claims, claims);
});

for (const [what, change, message] of [
  ["another nonce", () => ({ nonce: "x".repeat(43) }), /another nonce, or none/],
  ["no nonce", () => ({ nonce: undefined }), /another nonce, or none/],
  ["an empty nonce", () => ({ nonce: "" }), /another nonce, or none/],
  ["another issuer", () => ({ iss: "https://evil.example" }), /another issuer/],
  ["the issuer with a slash", () => ({ iss: `${issuer}/` }), /another issuer/],
  ["no issuer", () => ({ iss: undefined }), /has no iss/],
  ["another audience", () => ({ aud: "another" }), /meant for another client/],
  ["an audience that only begins alike", () => ({ aud: "client2" }), /meant for another client/],
  ["an empty list of audiences", () => ({ aud: [] }), /has no aud/],
  ["no audience", () => ({ aud: undefined }), /has no aud/],
  ["several audiences and no azp", () => ({ aud: ["client", "another"] }), /several audiences and no azp/],
  ["another azp", () => ({ azp: "another" }), /issued to another client/],
  ["an expiry that is past", (now) => ({ exp: now - 31 }), /has expired/],
  ["no expiry", () => ({ exp: undefined }), /has no exp/],
  ["an expiry in words", () => ({ exp: "tomorrow" }), /has no exp/],
  ["a time of issue to come", (now) => ({ iat: now + 31 }), /issued in the future/],
  ["no time of issue", () => ({ iat: undefined }), /has no iat/],
  ["no subject", () => ({ sub: undefined }), /has no sub/],
  ["the hash of another access token", () => ({ at_hash: "x".repeat(22) }), /another access token/],
]) {
  test(`r81 an ID token with ${what} is refused, and no token is handed out`, async () => {
    await refused((good, now) => jwt({ ...good, ...change(now) }), message);
  });
}

for (const [what, header, message] of [
  ["none", { alg: "none" }, /is not signed/],
  ["None", { alg: "None" }, /is not signed/],
  ["HS256", { alg: "HS256" }, /HMAC/],
  ["hs256", { alg: "hs256" }, /HMAC/],
  ["nothing", {}, /has no alg/],
  ["a number", { alg: 5 }, /has no alg/],
]) {
  test(`r81 f53 an ID token whose algorithm is ${what} is refused`, async () => {
    await refused((good) => jwt(good, header), message);
  });
}

test("r81 what is no JWT is refused", async () => {
  for (const text of ["canary", "a.b", "a.b.c.d", "....", `${part({ alg: "RS256" })}.e30.`, "!.!.!"]) {
    await refused(() => text, /has an id_token that/);
  }
  await refused((good) => ({ ...good }), /id_token that is not a string/);
});

test("r78 claims with a member twice are refused", async () => {
  await refused((good) => {
    const twice = Buffer.from(JSON.stringify(good).replace("{", '{"sub":"canary-other",')).toString("base64url");
    return `${part({ alg: "RS256" })}.${twice}.canary`;
  }, /claims that are not a JSON object/);
});

test("clocks that are 30 seconds apart, several audiences with an azp, and a right at_hash are good", async () => {
  const at_hash = createHash("sha256").update("canary-access-1").digest().subarray(0, 16).toString("base64url");
  for (const change of [
    (now) => ({ iat: now + 29 }), (now) => ({ exp: now - 29 }), () => ({ aud: ["client", "b"], azp: "client" }),
    () => ({ at_hash }), (now) => ({ exp: now + 3600.5 }),
  ]) {
    await (await connect((good, now) => jwt({ ...good, ...change(now) }))).connecting;
  }
});

test("an exchange may take longer than clocks may be apart", async () => {
  const answered = (ahead) => connect((good, now) => jwt({ ...good, iat: now + ahead }), { issuer }, 40_000);
  const { connecting, server } = await answered(70);
  assert.equal((await connecting).tokens().expiresAt, server.clock.ms - 40_000 + 3_600_000, "a lifetime counts from the request");
  await assert.rejects(async () => (await answered(71)).connecting, failure({ kind: "invalid_response", message: /issued in the future/ }));
});

test("an issuer that nobody fixed is taken from the first ID token, and kept", async () => {
  const { connecting, server, claims } = await connect((good) => jwt({ ...good, iss: "https://any.example" }), {});
  const session = await connecting;
  assert.equal(session.claims.iss, "https://any.example");
  server.then(fresh(2, { id_token: jwt({ ...claims, iss: "https://evil.example" }) }));
  await assert.rejects(session.token({ fresh: true }), failure({ kind: "invalid_response", message: /another issuer/ }));
});

for (const [what, change, message] of [
  ["another user", { sub: "canary-other" }, /another user/],
  ["another issuer", { iss: "https://evil.example" }, /another issuer/],
  ["another nonce", { nonce: "canary-other" }, /another nonce/],
  ["another audience", { aud: "another" }, /another client/],
]) {
  test(`r82 an ID token of ${what} in a refresh is refused`, async () => {
    const { connecting, server, claims, saved } = await connect((good) => jwt(good));
    const session = await connecting;
    server.then(fresh(2, { id_token: jwt({ ...claims, ...change }) }));
    await assert.rejects(session.token({ fresh: true }), failure({ kind: "invalid_response", message }));
    assert.equal(session.claims.sub, "canary-subject");
    assert.equal(saved.length, 1);
  });
}

test("r82 the ID token of a refresh may leave the nonce out, and gives new claims", async () => {
  const { connecting, server, claims } = await connect((good) => jwt(good));
  const session = await connecting;
  server.then(fresh(2, { id_token: jwt({ ...claims, nonce: undefined, name: "Ada" }) }));
  await session.token({ fresh: true });
  assert.equal(session.claims.name, "Ada");
});

test("a session that was stored without its ID token takes a new one", async () => {
  const server = scripted();
  const { client } = server.client();
  const session = client.session(stored());
  const now = server.clock.ms / 1000;
  server.then(fresh(1, { id_token: jwt({ iss: issuer, sub: "s", aud: "client", iat: now, exp: now + 60 }) }));
  await session.token({ fresh: true });
  assert.equal(session.claims.sub, "s");
});
