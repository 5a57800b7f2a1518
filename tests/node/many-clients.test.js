// Many clients, and many tokens of one: ten thousand tenants whose tokens expire in one second do not become ten thousand
// requests in one second, and nobody gets the token of another.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { oauth } from "tokenwell";

/** A token endpoint that counts how many requests it holds at once. */
function counting(delay = 2) {
  const seen = { total: 0, now: 0, most: 0, order: [] };
  const fetch = async (url, init) => {
    seen.total++;
    seen.most = Math.max(seen.most, ++seen.now);
    seen.order.push(new URLSearchParams(init.body).get("client_id"));
    try {
      await Promise.race([
        sleep(delay),
        new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason))),
      ]);
    } finally {
      seen.now--;
    }
    return Response.json({ access_token: "token", token_type: "Bearer", expires_in: 3600 });
  };
  return { seen, fetch };
}

const client = (clientId, options) =>
  oauth({ tokenEndpoint: "https://auth.example/token", clientId, clientSecret: "secret", ...options });

test("f82 2 000 clients have 64 requests out at once, and are served in order", async () => {
  const { seen, fetch } = counting();
  const clients = Array.from({ length: 2_000 }, (_, index) => client(`tenant-${index}`, { fetch }));
  await Promise.all(clients.map((each) => each.token()));
  assert.equal(seen.total, 2_000);
  assert.equal(seen.most, 64);
  assert.deepEqual(seen.order, clients.map((_, index) => `tenant-${index}`));
});

test("f82 a function for the secret that needs another client's token holds no turn meanwhile", async () => {
  const { fetch } = counting();
  const keeper = client("keeper", { fetch, maxConcurrentRequests: 1 });
  const clientSecret = async () => (await keeper.token()).accessToken;
  const tenant = client("tenant", { fetch, maxConcurrentRequests: 1, clientSecret, timeout: 500 });
  await tenant.token();
});

test("f82 the number is an option, and one that leaves the queue holds nobody up", async () => {
  const { seen, fetch } = counting(20);
  const clients = Array.from({ length: 6 }, (_, index) => client(`tenant-${index}`, { fetch, maxConcurrentRequests: 2 }));
  const aborts = clients.map(() => new AbortController());
  const answers = Promise.allSettled(clients.map((each, index) => each.token({ signal: aborts[index].signal })));
  await sleep(5);
  // One that is out, and one that waits.
  aborts[0].abort();
  aborts[3].abort();
  assert.deepEqual((await answers).map(({ status }) => status), [
    "rejected", "fulfilled", "fulfilled", "rejected", "fulfilled", "fulfilled",
  ]);
  assert.equal(seen.most, 2);
  assert.deepEqual(seen.order, ["tenant-0", "tenant-1", "tenant-2", "tenant-4", "tenant-5"]);
  assert.throws(() => client("tenant", { maxConcurrentRequests: 0 }), { kind: "configuration", message: /maxConcurrentRequests/ });
});

test("r100 calls that ask for the same token share it, however they say so, and others never", async () => {
  const asked = [];
  const fetch = async (url, init) => {
    const { scope, audience } = Object.fromEntries(new URLSearchParams(init.body));
    const access_token = [scope.replace(" ", "+"), audience].join("/");
    asked.push(access_token);
    return Response.json({ access_token, token_type: "Bearer", expires_in: 3600 });
  };
  const one = client("tenant", { fetch, scope: ["read", "write"] });
  const usual = [undefined, {}, { scope: "write read" }, { scope: ["read", "write", "read"] }, { audience: undefined }];
  for (const options of [...usual, ...usual.toReversed()]) {
    assert.equal((await one.token(options)).accessToken, "read+write/", JSON.stringify(options));
  }
  for (const round of [1, 2]) {
    assert.equal((await one.token({ scope: "read" })).accessToken, "read/", round);
    assert.equal((await one.token({ audience: "other" })).accessToken, "read+write/other", round);
    assert.equal((await one.token({ audience: "other", scope: ["read"] })).accessToken, "read/other", round);
  }
  assert.equal((await one.token()).accessToken, "read+write/");
  assert.deepEqual(asked, ["read+write/", "read/", "read+write/other", "read/other"]);
  one.forget();
  for (const options of [{ scope: "write read" }, undefined, { scope: "read" }]) await one.token(options);
  assert.equal(asked.length, 6);
});
