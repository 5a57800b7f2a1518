// What may come back to a redirect URI, and what of it is refused before anything is sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lumoauth } from "tokenwell";
import { failure, redirectUri, useProviders } from "./setup.js";

const providers = useProviders();

/** Sends a user there and back, changes what came back, and expects it to be refused before anything was sent. */
async function refused(change, members, { provider = "oauth", options, authorize, decline } = {}) {
  const { client } = providers.client(provider, options);
  const arrival = await providers.arrive(client, provider, { decline, ...authorize });
  const url = new URL(arrival.callback);
  const changed = change(url, arrival) ?? url;
  await assert.rejects(
    client.callback(changed, arrival.transaction),
    failure({ kind: "callback", status: null, retryable: false, ...members }),
  );
  assert.equal(providers.sent("token").length, 0);
  return { client, ...arrival };
}

test("what is no address at all is the program's fault, and leaves the transaction good", async () => {
  const { client } = providers.client("oauth");
  const { callback, transaction } = await providers.arrive(client, "oauth");
  const query = Object.fromEntries(new URL(callback).searchParams);
  for (const nothing of [undefined, null, {}, query]) {
    await assert.rejects(
      client.callback(nothing, transaction),
      failure({ kind: "configuration", recovery: "fix_configuration", message: /^url must be the callback's URL/ }),
    );
  }
  await client.callback(callback, transaction);
});

test("what the provider says of a redirect_uri is not respelled", async () => {
  const error = "redirect_uri_mismatch";
  const error_description = "client_id and redirect_uri do not match";
  await refused((url) => {
    url.searchParams.delete("code");
    for (const [name, value] of Object.entries({ error, error_description })) url.searchParams.set(name, value);
  }, { error, message: /redirect_uri_mismatch/ });
});

test("r39 a callback without state is refused", async () => {
  await refused((url) => url.searchParams.delete("state"), { message: /has no state/, recovery: "reauthorize" });
});

test("a refused callback says which provider it was for", async () => {
  await refused((url) => url.searchParams.delete("state"), {
    message: /^app\.lumoauth\.dev: the callback has no state/,
    endpoint: "https://app.lumoauth.dev/t/acme/api/v1/oauth/authorize",
  }, { provider: "lumoauth" });
});

test("r39 an empty state is no state", async () => {
  await refused((url) => url.searchParams.set("state", ""), { message: /has no state/ });
});

test("r39 another state is refused, whatever it has in common with the right one", async () => {
  const changes = [
    (state) => `${state}x`, (state) => state.slice(0, -1), (state) => state.toUpperCase(), () => "undefined", () => "null",
    (state) => [...state].reverse().join(""), (state) => ` ${state}`, (state) => encodeURIComponent(`%${state}`),
  ];
  for (const change of changes) {
    await refused((url) => url.searchParams.set("state", change(url.searchParams.get("state"))), {
      message: /state is not the one of this transaction/,
    });
  }
});

test("r39 the state of another user's authorization is refused", async () => {
  const { client } = providers.client("oauth");
  const mine = client.authorize({ redirectUri });
  const theirs = await providers.arrive(client, "oauth", { user: "grace" });
  await assert.rejects(client.callback(theirs.callback, mine.transaction), failure({ kind: "callback", message: /state/ }));
  assert.equal(providers.sent("token").length, 0);
});

test("r39 an error without the right state is a forged one, and tells nothing", async () => {
  await refused(
    (url) => url.searchParams.set("state", "forged"),
    { error: null, description: null, message: /state/ },
    { decline: true },
  );
});

test("r40 a transaction is used up by the first callback, good or bad", async () => {
  const { client, callback, transaction } = await refused((url) => url.searchParams.set("state", "forged"), {});
  await assert.rejects(client.callback(callback, transaction), failure({ kind: "callback", message: /used before/ }));
  assert.equal(providers.sent("token").length, 0);
});

test("r40 r52 of two callbacks at once one is let through, and the code is sent once", async () => {
  const { client } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => client.callback(callback, transaction)));
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  for (const { reason } of results.filter(({ status }) => status === "rejected")) {
    failure({ kind: "callback", message: /used before/, recovery: "reauthorize" })(reason);
  }
  assert.equal(providers.sent("token").length, 1);
});

for (const [what, iss] of [
  ["another issuer", "https://evil.example"],
  ["the issuer with a slash", "https://app.lumoauth.dev/t/acme/"],
  ["the issuer in capitals", "https://APP.lumoauth.dev/t/acme"],
  ["the issuer with its port", "https://app.lumoauth.dev:443/t/acme"],
  ["another tenant of the issuer", "https://app.lumoauth.dev/t/other"],
]) {
  test(`r41 a callback from ${what} is refused`, async () => {
    await refused((url) => url.searchParams.set("iss", iss), { message: /another issuer \(iss\)/ });
  });
}

test("r41 r44 an error from another issuer is refused, and its words are not passed on", async () => {
  const say = (url) => {
    url.searchParams.set("iss", "https://evil.example");
    url.searchParams.set("error_description", "Call this number.");
  };
  await refused(say, { error: null, description: null, message: /another issuer/ }, { decline: true });
});

test("r43 an issuer that nobody fixed is not compared, and that is reported", async () => {
  const { client, events } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  const url = new URL(callback);
  assert.ok(url.searchParams.has("iss"));
  const session = await client.callback(url, transaction);
  assert.deepEqual((await session.token()).deviations, ["issuer_unverified"]);
  assert.deepEqual(events.find(({ type }) => type === "deviation").deviations, ["issuer_unverified"]);
});

test("r43 an issuer that the caller fixed is compared, and accepted when equal", async () => {
  const { session } = await providers.connect("lumoauth", { options: { issuer: "https://app.lumoauth.dev/t/acme" } });
  assert.deepEqual((await session.token()).deviations, []);
});

test("r43 a fixed issuer that the callback does not name is no obstacle", async () => {
  const { client } = providers.client("luminary");
  const { callback, transaction } = await providers.arrive(client, "luminary");
  assert.equal(new URL(callback).searchParams.has("iss"), false);
  await client.callback(callback, transaction);
});

test("r46 without an issuer the path has to be that of the redirect URI", async () => {
  await refused((url) => void (url.pathname = "/callback/other"), { message: /another path/ }, { provider: "lumanu" });
});

test("r46 a proxy in front of the backend may change scheme, host and port", async () => {
  const { client } = providers.client("lumanu");
  const { callback, transaction } = await providers.arrive(client, "lumanu");
  await client.callback(callback.replace("https://app.example", "http://10.0.0.7:8080"), transaction);
});

test("r47 the code goes to the token endpoint that the transaction was made for", async () => {
  const { client } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  const { clientId, clientSecret } = providers.emulator.clients.lumoauth;
  const elsewhere = lumoauth({
    tenant: "acme", baseUrl: "https://eu.app.lumoauth.dev", clientId, clientSecret, fetch: providers.emulator.fetch,
  });
  await assert.rejects(elsewhere.callback(callback, transaction), failure({ kind: "callback" }));
  assert.equal(providers.sent("token").length, 0);
});

for (const name of ["code", "state", "iss", "error", "error_description", "response", "id_token"]) {
  test(`r48 ${name} twice is refused`, async () => {
    const twice = (url) => {
      const value = url.searchParams.get(name) ?? "x";
      url.searchParams.delete(name);
      url.searchParams.append(name, value);
      url.searchParams.append(name, value);
    };
    await refused(twice, { message: new RegExp(`has ${name} twice`) });
  });
}

test("r48 a parameter twice is seen through any encoding", async () => {
  await refused((url) => `${url.href}&st%61te=x`, { message: /has state twice/ });
});

test("r49 a code and an error together are refused", async () => {
  await refused((url) => url.searchParams.set("error", "access_denied"), {
    message: /both a code and an error/, error: null,
  });
});

test("r49 neither a code nor an error is refused", async () => {
  await refused((url) => url.searchParams.delete("code"), { message: /neither a code nor an error/ });
  await refused((url) => url.searchParams.set("code", ""), { message: /neither a code nor an error/ });
});

for (const name of ["access_token", "id_token", "response"]) {
  test(`r50 ${name} in a callback is refused, in the query and in the fragment`, async () => {
    await refused((url) => url.searchParams.set(name, "x"), { message: new RegExp(`carries ${name}`) });
    await refused((url) => `${url.href}#${name}=x`, { message: new RegExp(`carries ${name}`) });
  });
}

test("r51 parameters that nobody knows are ignored, also twice", async () => {
  const { client } = providers.client("oauth");
  const { callback, transaction } = await providers.arrive(client, "oauth");
  await client.callback(`${callback}&session_state=abc&utm=1&utm=2&__proto__=x#_=_`, transaction);
});

test("r52 a code is not sent again when its answer was lost", async () => {
  for (const fault of [{ disconnect: true, processed: true }, { status: 502, body: "<html>" }, { status: 503, body: "" }]) {
    providers.emulator.reset();
    providers.emulator.fail(fault);
    const { client } = providers.client("lumoauth");
    const { callback, transaction } = await providers.arrive(client, "lumoauth");
    await assert.rejects(
      client.callback(callback, transaction),
      failure({ kind: "ambiguous", recovery: "reauthorize", retryable: false, message: /never sent twice/ }),
    );
    assert.equal(providers.sent("token").length, 1);
  }
});

test("r52 a code that provably was not sent is sent again", async () => {
  let refusals = 2;
  const fetch = async (input, init) => {
    if (init?.method === "POST" && refusals-- > 0) {
      throw Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
    }
    return providers.emulator.fetch(input, init);
  };
  const { session } = await providers.connect("lumoauth", { options: { fetch } });
  assert.equal(session.claims.sub, "user-ada");
  assert.equal(providers.sent("token").length, 1);
});

test("a callback whose code provably was not sent can be made again, as its error says", async () => {
  let reachable = false;
  const { client } = providers.client("lumoauth", {
    retries: 0,
    fetch: (url, init) => {
      if (reachable) return providers.emulator.fetch(url, init);
      throw Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
    },
  });
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  await assert.rejects(client.callback(callback, transaction), failure({ kind: "network", retryable: true, recovery: "retry" }));
  reachable = true;
  await client.callback(callback, transaction);
  await assert.rejects(client.callback(callback, transaction), failure({ kind: "callback", message: /used before/ }));
});

test("r53 ten minutes after it was made a transaction has expired", async () => {
  const late = () => providers.emulator.clock.advance(600_000);
  await refused(late, { message: /expired, ten minutes/, recovery: "reauthorize" });
  providers.emulator.clock.reset();
  const { client } = providers.client("oauth", {});
  const { callback, transaction } = await providers.arrive(client, "oauth");
  providers.emulator.clock.advance(590_000);
  await client.callback(callback, transaction);
});

test("r57 values with a line break or a NUL are refused", async () => {
  for (const character of ["%00", "%0D", "%0A"]) {
    await refused((url) => url.href.replace("code=", `code=${character}`), { message: /code has a control character/ });
    await refused(
      (url) => url.href.replace("error_description=", `error_description=${character}`),
      { message: /error_description has a control character/, description: null },
      { decline: true },
    );
  }
});

test("r57 a code with characters that no code has is refused", async () => {
  await refused((url) => url.searchParams.set("code", "caf\u00e9"), { message: /code has characters/ });
});

test("r44 r85 the words of an error are cleaned and shortened, and hold nothing of the transaction", async () => {
  const { client } = providers.client("oauth");
  const { callback, transaction } = await providers.arrive(client, "oauth", { decline: true });
  const url = new URL(callback);
  const state = url.searchParams.get("state");
  url.searchParams.set("error", "server\u202e<script>");
  url.searchParams.set("error_description", `state ${state} <b>\u0007 ${"x".repeat(5000)}`);
  await assert.rejects(client.callback(url, transaction), (error) => {
    assert.equal(error.kind, "callback");
    assert.match(error.error, /^server\?<script>$/);
    assert.ok(error.description.length <= 1024);
    assert.match(error.description, /^state \[redacted\]/);
    assert.ok(!error.message.includes(state));
    return true;
  });
});

for (const [error, recovery] of [
  ["temporarily_unavailable", "reauthorize"], ["server_error", "reauthorize"], ["login_required", "reauthorize"],
  ["consent_required", "reauthorize"], ["invalid_scope", "fix_configuration"], ["unheard_of", "fix_configuration"],
]) {
  test(`the error ${error} says ${recovery}`, async () => {
    await refused((url) => url.searchParams.set("error", error), { error, recovery }, { decline: true });
  });
}

for (const status of [429, 503]) {
  test(`a ${status} from the token endpoint costs the code, and the message says so too`, async () => {
    const { client } = providers.client("lumoauth");
    const { callback, transaction } = await providers.arrive(client, "lumoauth");
    providers.emulator.fail({ endpoint: "token", status, body: { error: "temporarily_unavailable" } });
    await assert.rejects(
      client.callback(callback, transaction),
      failure({ kind: "oauth", error: "temporarily_unavailable", retryable: false, recovery: "reauthorize", message: /authorize again/ }),
    );
    assert.equal(providers.sent("token").length, 1);
  });
}

test("an error from the token endpoint says that the user has to come back", async () => {
  const { client } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  providers.emulator.clock.advance(500_000);
  providers.emulator.tokens.codes.clear();
  await assert.rejects(
    client.callback(callback, transaction),
    failure({ kind: "oauth", error: "invalid_grant", recovery: "reauthorize", status: 400 }),
  );
});
