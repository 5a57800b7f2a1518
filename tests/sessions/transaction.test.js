// What is kept between authorize() and callback(): sealed, bound, good once.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { lumanu } from "tokenwell";
import { failure, redirectUri, useProviders } from "./setup.js";

const providers = useProviders();
const changed = failure({ kind: "callback", recovery: "reauthorize", message: /not made by this client, or was changed/ });

async function refusedWith(client, callback, transaction, expected = changed) {
  await assert.rejects(client.callback(callback, transaction), expected);
  assert.equal(providers.sent("token").length, 0);
}

test("r40 a transaction that was tampered with is refused, whichever character it is", async () => {
  const { client } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  for (let at = 0; at < transaction.length; at += 7) {
    const other = transaction[at] === "A" ? "B" : "A";
    await refusedWith(client, callback, transaction.slice(0, at) + other + transaction.slice(at + 1));
  }
  // None of these has used it up.
  await client.callback(callback, transaction);
});

test("r40 a transaction that is cut off, empty or something else is refused", async () => {
  const { client } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  const wrong = [
    "", "A", transaction.slice(0, 10), transaction.slice(0, -1), transaction.slice(0, -22), `${transaction}A`,
    `${transaction}=`, ` ${transaction}`, "\u0000", "{}", "x".repeat(100_000), randomBytes(300).toString("base64url"),
  ];
  for (const text of wrong) await refusedWith(client, callback, text);
});

test("r40 a missing transaction is refused", async () => {
  const { client } = providers.client("lumoauth");
  const { callback } = await providers.arrive(client, "lumoauth");
  const missing = failure({ kind: "callback", recovery: "reauthorize", message: /transaction is missing/ });
  for (const nothing of [undefined, null, {}, 5]) await refusedWith(client, callback, nothing, missing);
});

test("r47 the transaction of another client is refused", async () => {
  const key = randomBytes(32);
  const { client } = providers.client("lumoauth", { transactionKey: key });
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  await refusedWith(providers.client("lumoauth", { transactionKey: key, clientId: "another" }).client, callback, transaction);
  await refusedWith(providers.client("lumanu", { transactionKey: key }).client, callback, transaction);
  await refusedWith(providers.client("lumoauth", { transactionKey: randomBytes(32) }).client, callback, transaction);
  await refusedWith(providers.client("lumoauth").client, callback, transaction);
});

test("a transaction holds nothing that can be read", async () => {
  const { client } = providers.client("lumoauth");
  const { url, callback, transaction } = await providers.arrive(client, "lumoauth");
  await client.callback(callback, transaction);
  const query = new URL(url).searchParams;
  const { code_verifier } = providers.sent("token")[0].body;
  assert.match(transaction, /^[A-Za-z0-9_-]+$/);
  const texts = [transaction, ...["latin1", "utf8"].map((encoding) => Buffer.from(transaction, "base64url").toString(encoding))];
  const secrets = [query.get("state"), query.get("nonce"), code_verifier, "app.example", "lumoauth", "state", "openid"];
  for (const text of texts) for (const secret of secrets) assert.ok(!text.includes(secret), secret);
});

test("a transaction fits into a cookie", () => {
  const { client } = providers.client("lumoauth");
  const { transaction } = client.authorize({ redirectUri, scope: "openid profile email read:users write:users" });
  assert.ok(transaction.length < 2000, String(transaction.length));
});

test("r25 the same request is never sealed alike", () => {
  const { client } = providers.client("lumoauth");
  const seals = Array.from({ length: 20 }, () => client.authorize({ redirectUri }).transaction);
  assert.equal(new Set(seals.map((seal) => seal.slice(0, 32))).size, 20);
});

test("another process with the same secret opens a transaction, and with the same key too", async () => {
  for (const options of [{}, { transactionKey: new Uint8Array(32).fill(7) }]) {
    const { callback, transaction } = await providers.arrive(providers.client("lumoauth", options).client, "lumoauth");
    await providers.client("lumoauth", options).client.callback(callback, transaction);
  }
});

test("a key of one's own outlives the secret", async () => {
  const transactionKey = randomBytes(32);
  const { callback, transaction } = await providers.arrive(providers.client("lumoauth", { transactionKey }).client, "lumoauth");
  const clientSecret = providers.emulator.rotateSecret("lumoauth");
  await providers.client("lumoauth", { transactionKey, clientSecret }).client.callback(callback, transaction);
});

test("a secret that a function gives needs a transactionKey, and the error says so", async () => {
  let asked = 0;
  const clientSecret = () => {
    asked += 1;
    return "canary-secret";
  };
  const { client } = providers.client("lumoauth", { clientSecret });
  const missing = failure({ kind: "configuration", recovery: "fix_configuration", message: /transactionKey is missing: pass 32 random bytes/ });
  assert.throws(() => client.authorize({ redirectUri }), missing);
  await assert.rejects(client.callback("https://app.example/callback?code=x&state=y", "A".repeat(200)), missing);
  assert.equal(asked, 0);
});

test("a key that is not 32 bytes is refused", () => {
  for (const transactionKey of [new Uint8Array(16), new Uint8Array(33), "x".repeat(32), [1, 2], null]) {
    assert.throws(() => providers.client("lumoauth", { transactionKey }), failure({ kind: "configuration", message: /transactionKey/ }));
  }
});

test("a function for the secret is asked for the code exchange, and for nothing that is refused before", async () => {
  let asked = 0;
  const { clientSecret: secret } = providers.emulator.clients.lumoauth;
  const clientSecret = async () => {
    asked += 1;
    return secret;
  };
  const { client } = providers.client("lumoauth", { clientSecret, transactionKey: randomBytes(32) });
  const first = await providers.arrive(client, "lumoauth");
  await refusedWith(client, first.callback.replace("state=", "state=x"), first.transaction, failure({ kind: "callback", message: /state/ }));
  await refusedWith(client, first.callback, "forged");
  const declined = await providers.arrive(client, "lumoauth", { decline: true });
  await refusedWith(client, declined.callback, declined.transaction, failure({ kind: "callback", error: "access_denied" }));
  assert.equal(asked, 0);
  const second = await providers.arrive(client, "lumoauth");
  await client.callback(second.callback, second.transaction);
  assert.equal(asked, 1);
});

test("a function for the secret that fails uses no transaction up: the same callback can be made again", async () => {
  const { clientSecret: secret } = providers.emulator.clients.lumoauth;
  let give;
  const { client } = providers.client("lumoauth", { clientSecret: () => give(), transactionKey: randomBytes(32) });
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  for (give of [() => { throw new Error("no"); }, async () => { throw new Error("no"); }, () => 5, () => "", () => "\u00e4"]) {
    await refusedWith(client, callback, transaction, failure({ kind: "configuration", message: /clientSecret/ }));
  }
  give = () => secret;
  await client.callback(callback, transaction);
  await assert.rejects(client.callback(callback, transaction), failure({ kind: "callback", message: /used before/ }));
});

test("a clock that is set back keeps a transaction good", async () => {
  const { client } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  providers.emulator.clock.advance(-60_000);
  const session = await client.callback(callback, transaction);
  assert.equal(session.claims.sub, "user-ada");
});

test("an authorization is two texts, frozen", () => {
  const client = lumanu({ environment: "sandbox", clientId: "id", clientSecret: "secret" });
  const authorization = client.authorize({ redirectUri });
  assert.deepEqual(Object.keys(authorization), ["url", "transaction"]);
  assert.ok(Object.isFrozen(authorization));
});
