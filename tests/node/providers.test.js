import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmulator } from "../emulators/index.js";
import { sampleEnvironment } from "../emulators/samples.js";
import { names } from "../package/package.js";
import { failure, packages, providers, useEmulator } from "./setup.js";

const world = useEmulator();

for (const [kind, tokenwell] of Object.entries(packages)) {
  for (const [provider, { call, token: tokenUrl, api: apiUrl }] of Object.entries(providers)) {
    test(`${provider} gives a token, once, to ${kind}`, async () => {
      const client = world.client(provider, {}, tokenwell);
      assert.equal(client.provider, provider);
      const before = Date.now();
      const token = await client.token();
      const record = world.emulator.tokens.accessTokens.get(token.accessToken);
      assert.equal(record.provider, provider);
      assert.equal(token.tokenType, "Bearer");
      assert.equal(token.authorization(), `Bearer ${token.accessToken}`);
      assert.ok(token.expiresAt > before && token.expiresAt <= before + 86_400_000 + 1000);
      assert.ok(Array.isArray(token.scope) && Object.isFrozen(token.scope) && Object.isFrozen(token));
      assert.deepEqual(token.deviations, []);
      assert.deepEqual(token.extra, {});
      assert.equal(await client.token(), token);
      const [request, ...more] = world.sent("token");
      assert.equal(`https://${request.host}${request.path}`, tokenUrl);
      assert.equal(more.length, 0);
    });

    test(`${provider}'s API answers ${kind}`, async () => {
      const client = world.client(provider, {}, tokenwell);
      const response = await client.fetch(...call);
      assert.ok(response instanceof Response);
      assert.equal(response.status, 200, await response.clone().text());
      await response.json();
      const [request] = world.sent("api");
      assert.equal(`https://${request.host}${request.path}`, apiUrl);
      assert.equal(request.headers.authorization, (await client.token()).authorization());
      assert.equal(world.sent("token").length, 1);
    });
  }
}

test("both module formats export the names of the public contract", () => {
  for (const tokenwell of Object.values(packages)) {
    assert.deepEqual(Object.keys(tokenwell).filter((name) => name !== "default").sort(), names);
  }
});

test("credentials come from the env option, and nowhere else if it is given", async () => {
  const env = sampleEnvironment(world.emulator.clients);
  const { luminary, lumanu, lumoauth, lucca } = packages["ES modules"];
  const { fetch } = world.emulator;
  const clients = [
    luminary({ env, fetch }),
    lumanu({ env, fetch, environment: "sandbox" }),
    lumoauth({ env, fetch }),
    lucca({ env, fetch, account: "example" }),
  ];
  for (const client of clients) await client.token();
  assert.equal(world.sent("token").length, 4);
  await usingEnvironment(env, () => {
    assert.throws(() => lucca({ account: "example", env: {}, fetch }), failure({ kind: "configuration" }));
  });
});

test("credentials come from the process's environment", async () => {
  const { fetch } = world.emulator;
  await usingEnvironment(sampleEnvironment(world.emulator.clients), async () => {
    for (const tokenwell of Object.values(packages)) {
      await tokenwell.luminary({ fetch }).token();
      await tokenwell.lumanu({ fetch, environment: "sandbox" }).token();
      await tokenwell.lumoauth({ fetch }).token();
      await tokenwell.lucca({ fetch, account: "example" }).token();
    }
  });
  assert.equal(world.sent("token").length, 8);
});

test("LUMOAUTH_URL names the region", async () => {
  const env = { ...sampleEnvironment(world.emulator.clients), LUMOAUTH_URL: "https://eu.app.lumoauth.dev" };
  await packages["ES modules"].lumoauth({ env, fetch: world.emulator.fetch }).token();
  assert.equal(world.sent("token")[0].host, "eu.app.lumoauth.dev");
});

test("an option goes before the environment", async () => {
  const env = { ...sampleEnvironment(world.emulator.clients), LUCCA_CLIENT_SECRET: "wrong" };
  await world.client("lucca", { env }).token();
});

for (const [provider, { variables }] of Object.entries(providers)) {
  for (const [option, variable] of Object.entries(variables)) {
    test(`${provider} without ${option} names the option and the variable ${variable}`, async () => {
      const missing = { [option]: undefined, env: {} };
      assert.throws(() => world.client(provider, missing), (error) =>
        failure({ kind: "configuration", recovery: "fix_configuration", message: new RegExp(option) })(error) &&
        error.message.includes(variable));
      assert.throws(() => world.client(provider, { ...missing, env: { [variable]: "" } }), failure({ kind: "configuration" }));
      assert.deepEqual(world.emulator.requests, []);
    });
  }
}

for (const [provider, option, variable] of [
  ["luminary", "subdomain", "WITHLUMINARY_SUBDOMAIN"],
  ["lumoauth", "tenant", "LUMOAUTH_TENANT"],
]) {
  test(`${provider} without ${option} names the option and the variable ${variable}`, () => {
    assert.throws(() => world.client(provider, { [option]: undefined, env: {} }), (error) =>
      failure({ kind: "configuration", message: new RegExp(option) })(error) && error.message.includes(variable));
  });
}

for (const [provider, option] of [["lumanu", "environment"], ["lucca", "account"]]) {
  test(`${provider} without ${option} names the option`, () => {
    assert.throws(
      () => world.client(provider, { [option]: undefined, env: {} }),
      failure({ kind: "configuration", message: new RegExp(option) }),
    );
  });
}

test("the environments of Lumanu are two servers", async () => {
  const { clientId, clientSecret } = world.emulator.clients.lumanuProduction;
  await world.client("lumanu", { environment: "production", clientId, clientSecret }).token();
  assert.equal(world.sent("token")[0].host, "auth.lumanu.com");
  await assert.rejects(world.client("lumanu", { clientId, clientSecret }).token(), failure({ kind: "oauth" }));
});

test("LumoAuth is found under another prefix, in another region and on a custom domain", async () => {
  const emulator = await createEmulator({ settings: { lumoauth: { customDomains: { "login.acme.example": "acme" } } } });
  const { clientId, clientSecret } = emulator.clients.lumoauth;
  const { lumoauth } = packages["ES modules"];
  const options = { clientId, clientSecret, tenant: "acme", fetch: emulator.fetch };
  await lumoauth({ ...options, tenantPrefix: "orgs" }).token();
  await lumoauth({ ...options, baseUrl: "https://eu.app.lumoauth.dev/" }).token();
  await lumoauth({ ...options, baseUrl: "https://login.acme.example", tenantPrefix: "" }).token();
  const seen = emulator.requests.map(({ host, path }) => `${host}${path}`);
  await emulator.close();
  assert.deepEqual(seen, [
    "app.lumoauth.dev/orgs/acme/api/v1/oauth/token",
    "eu.app.lumoauth.dev/t/acme/api/v1/oauth/token",
    "login.acme.example/api/v1/oauth/token",
  ]);
});

async function usingEnvironment(variables, work) {
  Object.assign(process.env, variables);
  try {
    await work();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}
