import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { TokenwellError } from "tokenwell";
import { assertSilent, printed } from "./redaction.js";
import { packages, providers, useEmulator } from "./setup.js";

const world = useEmulator();

test("the search finds a canary wherever it is", () => {
  const shown = [
    "canary",
    { a: { b: ["my-canary-1"] } },
    new Error("canary"),
    new Error("x", { cause: { token: "canary" } }),
    Buffer.from("id:canary-secret").toString("base64"),
    Buffer.from("i:canary-secret").toString("base64url"),
    Buffer.from(":canary-secret").toString("base64"),
    Object.defineProperty({}, "hidden", { value: "canary", enumerable: false }),
  ];
  for (const value of shown) assert.throws(() => assertSilent([value]), /a secret is shown/, inspect(value));
  assert.throws(() => assertSilent(["p@ss"], ["p@ss"]), /a secret is shown/);
  assertSilent(["nothing", { a: 1 }, null, undefined]);
});

for (const [kind, tokenwell] of Object.entries(packages)) {
  for (const provider of Object.keys(providers)) {
    test(`r91 ${provider}'s client, token and errors print nothing secret in ${kind}`, async () => {
      const client = world.client(provider, {}, tokenwell);
      const token = await client.token();
      const refused = await world.client(provider, { clientSecret: "canary-wrong" }, tokenwell).token().catch((error) => error);
      assert.equal(refused.name, "TokenwellError");
      const values = [client, token, refused, { client, token, refused }, [client, token], { ...token }, { ...client }, { ...refused }];
      assertSilent(values, [world.emulator.clients[provider].clientSecret, token.accessToken]);
      for (const value of [client, token, refused]) assertSilent([structuredClone(value)]);
      assert.deepEqual(structuredClone(token), { tokenType: "Bearer", expiresAt: token.expiresAt, scope: [...token.scope], deviations: [] });
      assert.deepEqual(Object.keys(client), ["provider"]);
    });
  }
}

test("a console of every method prints nothing secret", async (t) => {
  const client = world.client("lucca");
  const token = await client.token();
  const lines = [];
  t.mock.method(process.stdout, "write", (text) => lines.push(text) > 0);
  t.mock.method(process.stderr, "write", (text) => lines.push(text) > 0);
  for (const method of ["log", "info", "warn", "error", "debug", "dir", "table"]) console[method]({ client, token });
  t.mock.restoreAll();
  assert.ok(lines.length >= 7);
  assertSilent(lines);
});

test("what may be seen can be read, and cannot be changed", async () => {
  const token = await world.client("lumoauth").token();
  assert.match(printed(token), /tokenType/);
  assert.match(printed(token), /read:users/);
  for (const change of [
    () => { token.accessToken = "x"; },
    () => { token.tokenType = "x"; },
    () => token.scope.push("x"),
    () => { token.extra.a = 1; },
    () => { delete token.expiresAt; },
  ]) assert.throws(change, TypeError);
});

test("an error's name, kind and members are those of the contract", async () => {
  const error = await world.client("lucca", { clientSecret: "wrong" }).token().catch((thrown) => thrown);
  const members = ["description", "endpoint", "error", "kind", "recovery", "requestId", "retryAfter", "retryable", "status"];
  assert.deepEqual(Object.keys(error).sort(), members);
  assert.equal(String(error).startsWith("TokenwellError: "), true);
  assert.deepEqual(JSON.parse(JSON.stringify(error)), { name: "TokenwellError", message: error.message, ...error });
  assert.ok(error.stack.includes("TokenwellError") || error.stack.includes(error.message));
});

test("an error as JSON says what happened, and nothing of its cause", () => {
  const error = new TokenwellError("runtime", "It failed.", { cause: new Error("canary"), requestId: "request-1" });
  assert.deepEqual(JSON.parse(JSON.stringify({ error })).error, {
    name: "TokenwellError",
    message: "It failed.",
    kind: "runtime",
    error: null,
    description: null,
    status: null,
    endpoint: null,
    retryable: false,
    retryAfter: null,
    recovery: "none",
    requestId: "request-1",
  });
  // A subclass of a program's own, and one that was changed.
  class Own extends TokenwellError {}
  Object.defineProperty(Own.prototype, "name", { value: "Own" });
  assert.equal(JSON.parse(JSON.stringify(new Own("api", "No."))).name, "Own");
  assert.deepEqual(Object.keys(error).includes("message"), false);
});

test("each caller gets an error of its own, with the stack of its own call", async () => {
  const client = world.client("lucca", { clientSecret: "wrong" });
  const errors = await Promise.all([1, 2, 3].map(() => client.token().catch((error) => error)));
  assert.equal(new Set(errors).size, 3);
  assert.equal(new Set(errors.map(({ message }) => message)).size, 1);
  assert.equal(world.sent("token").length, 1);
});
