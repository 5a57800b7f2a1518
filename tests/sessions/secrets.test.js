// Nothing that can be printed holds a secret: errors, events, clients, sessions, the console, and the URLs of requests.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSilent, printed } from "../node/redaction.js";
import { flows, fresh, redirectUri, scripted, stored, tokenResponse, useProviders } from "./setup.js";

const providers = useProviders();

/** What a promise or a function fails with. */
const thrown = async (work) => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
};

/** Everything secret of an authorization and what followed from it. */
function secretsOf({ url, transaction, callback }) {
  const query = new URL(url).searchParams;
  const verifiers = providers.sent("token").map(({ body }) => body?.code_verifier).filter(Boolean);
  const code = callback && new URL(callback).searchParams.get("code");
  return [query.get("state"), query.get("nonce"), transaction, code, ...verifiers].filter(Boolean);
}

for (const provider of Object.keys(flows)) {
  test(`r90 r91 r95 ${provider}: a client and a session print nothing secret, in any state`, async () => {
    const { client, session, events, ...arrival } = await providers.connect(provider);
    const { idToken } = session.tokens();
    const secrets = [...secretsOf(arrival), idToken, "user-ada", "Lovelace"];
    const token = await session.token({ fresh: true });
    assertSilent([client, session, events, token, Object.getOwnPropertyNames(session), session.token], secrets);
    await session.disconnect();
    assertSilent([client, session, events], secrets);
  });

  test(`r90 r92 r93 ${provider}: errors of every stage hold nothing secret`, async () => {
    const { client, events } = providers.client(provider);
    const arrivals = [];
    const arrive = async (choice) => {
      arrivals.push(await providers.arrive(client, provider, choice));
      return arrivals.at(-1);
    };
    const errors = [];
    const refuse = async (change, choice) => {
      const { callback, transaction } = await arrive(choice);
      const url = new URL(callback);
      change(url);
      errors.push(await thrown(() => client.callback(url, transaction)));
    };
    await refuse((url) => url.searchParams.set("state", `${url.searchParams.get("state")}x`));
    await refuse((url) => url.searchParams.append("code", url.searchParams.get("code")));
    await refuse((url) => url.searchParams.set("error", url.searchParams.get("code")));
    await refuse((url) => url.searchParams.set("error_description", `for ${url.searchParams.get("state")}`), { decline: true });
    const echo = (request) => ({ error: "invalid_grant", error_description: `no: ${request}` });
    for (const body of [echo("canary"), "<html>canary</html>", { access_token: "canary\n" }, { access_token: 5, x: "canary" }]) {
      const { callback, transaction } = await arrive();
      const { code } = Object.fromEntries(new URL(callback).searchParams);
      const text = JSON.stringify(body).replaceAll("canary", code);
      providers.emulator.fail({ status: 400, body: text, headers: { "content-type": "application/json" } });
      errors.push(await thrown(() => client.callback(callback, transaction)));
    }
    const { callback, transaction } = await arrive();
    const session = await client.callback(callback, transaction);
    errors.push(await thrown(() => client.callback(callback, transaction)));
    const { refreshToken } = session.tokens();
    providers.emulator.fail({ status: 400, body: { error: "invalid_request", error_description: `bad token ${refreshToken}` } });
    errors.push(await thrown(() => session.token({ fresh: true })));
    errors.push(await thrown(async () => client.session({ ...session.tokens(), issuedFor: "another" })));
    errors.push(await thrown(async () => client.session({ ...session.tokens(), accessToken: `${session.tokens().accessToken}\n` })));
    errors.push(await thrown(async () => client.authorize({ redirectUri, parameters: { state: "canary" } })));
    assert.equal(errors.length, 13);
    assertSilent([...errors, errors, events, client, session], arrivals.flatMap(secretsOf));
  });
}

test("r10 no secret is in any URL that is sent", async () => {
  for (const provider of ["luminary", "lumanu", "lumoauth"]) {
    const { client, session } = await providers.connect(provider);
    await session.token({ fresh: true });
    if (provider !== "lumanu") await client.introspect(session.tokens().accessToken);
    await session.disconnect();
  }
  for (const { endpoint, path, query } of providers.emulator.requests) {
    const text = JSON.stringify([path, query]);
    assert.ok(!text.includes("canary") && !text.includes("verifier"), `${endpoint}: ${text}`);
  }
});

test("r90 the console of a whole life prints nothing secret", async (context) => {
  const lines = [];
  for (const name of ["log", "info", "warn", "error", "debug", "trace"]) {
    context.mock.method(console, name, (...values) => void lines.push(values.map(printed).join(" ")));
  }
  const warnings = [];
  const warn = (warning) => void warnings.push(warning);
  process.on("warning", warn);
  const log = (event) => console.log(event);
  const { client, session, ...arrival } = await providers.connect("lumoauth", { options: { onEvent: log } });
  console.log(client, session, await session.token(), { session });
  await session.token({ fresh: true });
  providers.emulator.revoke(session.tokens().refreshToken);
  await session.token({ fresh: true }).catch((error) => console.error(error));
  await session.disconnect().catch(console.error);
  console.error(await thrown(() => session.token()));
  process.off("warning", warn);
  assert.ok(lines.length >= 8);
  assertSilent([lines, warnings], secretsOf(arrival));
});

test("r90 what a store throws is repeated nowhere", async () => {
  const server = scripted(fresh(1));
  const { session, events } = server.expired({}, {
    onTokens: (tokens) => { throw new Error(`duplicate key ${tokens.refreshToken}`, { cause: tokens }); },
  });
  await session.token();
  assertSilent([events, session]);
});

test("r90 a revocation and an introspection that fail hold no token", async () => {
  for (const answer of [
    ({ parameters }) => tokenResponse({ error: "invalid_token", error_description: parameters.get("token") }, { status: 400 }),
    ({ parameters }) => new Response(parameters.get("token"), { status: 500 }),
    ({ parameters }) => { throw new TypeError(`failed for ${parameters}`); },
    ({ parameters }) => new Response(null, { status: 302, headers: { location: `https://evil.example/?t=${parameters.get("token")}` } }),
  ]) {
    const server = scripted(answer);
    const endpoints = { revocationEndpoint: "https://auth.example/revoke?tenant=1", introspectionEndpoint: "https://auth.example/introspect" };
    const { client, events } = server.client(endpoints);
    const errors = [
      await thrown(() => client.revoke("canary-access-0")),
      await thrown(() => client.introspect("canary-access-0")),
      await thrown(() => client.session(stored()).disconnect()),
    ];
    assertSilent([...errors, events]);
    for (const error of errors) assert.ok(!/[?#]/.test(error.endpoint), error.endpoint);
  }
});

test("r90 a session that cannot refresh says nothing of its tokens to the requests that it fails", async () => {
  const server = scripted(() => tokenResponse({ error: "invalid_grant", error_description: "canary-refresh-0 is used" }, { status: 400 }));
  const { session, events } = server.expired();
  const errors = [
    await thrown(() => session.token()), await thrown(() => session.fetch("x")), await thrown(() => session.token({ fresh: true })),
  ];
  assertSilent([...errors, events, session]);
  assert.match(errors[0].description, /\[redacted\] is used/);
});
