import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { accessToken, apiCalls, callApi, clientCredentials, send, tokenUrls } from "./by-hand.js";
import { createEmulator } from "./index.js";

let emulator;
before(async () => {
  emulator = await createEmulator();
});
afterEach(() => emulator.reset());
after(() => emulator.close());

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));
const askLucca = () => send(emulator, "lucca", clientCredentials(emulator, "lucca"));

test("fetch refuses every host that no provider owns, as an unreachable host", async () => {
  for (const url of ["https://example.com/", "https://auth.withluminary.com:8443/oauth2/token", `${emulator.origin}/`, "https://luminary.com/"]) {
    await assert.rejects(emulator.fetch(url), (error) => error instanceof TypeError && error.cause.code === "ENOTFOUND");
  }
  assert.equal(emulator.requests.length, 0);
  assert.equal(emulator.refused.length, 4);
});

test("fetch keeps method, headers, body and URL, and gives them as the provider sees them", async () => {
  const request = new Request(`${tokenUrls.lucca}?a=b`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", "x-custom": "kept" },
    body: new URLSearchParams(clientCredentials(emulator, "lucca")).toString(),
  });
  const response = await emulator.fetch(request, { headers: { ...Object.fromEntries(request.headers), "x-custom": "newer" } });
  assert.equal(response.status, 200);
  assert.equal(response.url, `${tokenUrls.lucca}?a=b`);
  const [exchange] = emulator.requests;
  assert.equal(exchange.host, "accounts.world.luccasoftware.com");
  assert.equal(exchange.headers.host, exchange.host);
  assert.equal(exchange.headers["x-custom"], "newer");
  assert.equal(Object.keys(exchange.headers).some((name) => name.startsWith("x-forwarded")), false);
  assert.deepEqual(
    [exchange.provider, exchange.endpoint, exchange.method, exchange.protocol, exchange.path, exchange.status],
    ["lucca", "token", "POST", "https", "/connect/token", 200],
  );
  assert.deepEqual(exchange.query, { a: "b" });
  assert.deepEqual(exchange.body, clientCredentials(emulator, "lucca"));
});

test("fetch rejects with the caller's own abort reason", async () => {
  emulator.delayAnswers(10_000);
  const reason = new Error("enough");
  const controller = new AbortController();
  const waiting = emulator.fetch(tokenUrls.lucca, { method: "POST", signal: controller.signal });
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(waiting, (error) => error === reason);
});

test("fetch treats redirects as it was told", async () => {
  const elsewhere = (status, location) => emulator.fail({ status, headers: { location } });
  const ask = (redirect, headers = {}) =>
    emulator.fetch(tokenUrls.lucca, { method: "POST", redirect, headers, body: new URLSearchParams({ client_secret: "x" }) });

  elsewhere(307, "https://evil.example/");
  const manual = await ask("manual");
  assert.deepEqual([manual.status, manual.headers.get("location")], [307, "https://evil.example/"]);

  elsewhere(307, "https://evil.example/");
  await assert.rejects(ask("error"), TypeError);
  assert.deepEqual(emulator.refused, []);

  elsewhere(307, "https://evil.example/");
  await assert.rejects(ask("follow"), TypeError);
  assert.deepEqual(emulator.refused, ["evil.example"]);

  emulator.requests.length = 0;
  elsewhere(308, tokenUrls.luminary);
  const followed = await ask("follow", { authorization: "Basic eDp5" });
  assert.deepEqual([followed.url, followed.redirected], [tokenUrls.luminary, true]);
  assert.equal(emulator.requests[1].rawBody, "client_secret=x");
  assert.equal(emulator.requests[1].headers.authorization, undefined);

  emulator.requests.length = 0;
  elsewhere(303, `${tokenUrls.lucca}?again`);
  await ask("follow", { authorization: "Basic eDp5" });
  const [, second] = emulator.requests;
  assert.deepEqual([second.method, second.rawBody, second.headers.authorization], ["GET", "", "Basic eDp5"]);
});

test("loopback is reached only by an emulator that was told so", async (t) => {
  const other = createServer((_request, response) => response.end("other"));
  await once(other.listen(0, "127.0.0.1"), "listening");
  const open = await createEmulator({ loopback: true });
  t.after(() => Promise.all([open.close(), new Promise((resolve) => other.close(resolve))]));
  const url = `http://127.0.0.1:${other.address().port}/`;
  assert.equal(await (await open.fetch(url)).text(), "other");
  await assert.rejects(emulator.fetch(url), TypeError);
});

test("the next token requests fail as asked, and then no more", async () => {
  emulator.fail({ times: 2, provider: "lucca", status: 503, headers: { "Retry-After": "7" }, body: { error: "temporarily_unavailable" } });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const response = await askLucca();
    assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "7"]);
    assert.deepEqual(await response.json(), { error: "temporarily_unavailable" });
  }
  assert.equal((await send(emulator, "luminary", clientCredentials(emulator, "luminary"))).status, 200);
  assert.equal((await askLucca()).status, 200);
  assert.deepEqual(emulator.requests.map(({ status }) => status), [503, 503, 200, 200]);
});

test("an API can fail too, and a body can be any text", async () => {
  const token = await accessToken(emulator, "lucca");
  emulator.fail({ endpoint: "api", status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad gateway</h1>" });
  const response = await callApi(emulator, "lucca", token);
  assert.deepEqual([response.status, await response.text()], [502, "<h1>Bad gateway</h1>"]);
  assert.equal((await callApi(emulator, "lucca", token)).status, 200);
});

test("an answer can be lost after the provider did its work, or before", async () => {
  emulator.fail({ disconnect: true, processed: true });
  await assert.rejects(askLucca(), TypeError);
  assert.equal(emulator.tokens.accessTokens.size, 1);
  emulator.fail({ disconnect: true });
  await assert.rejects(askLucca(), TypeError);
  assert.equal(emulator.tokens.accessTokens.size, 1);
  assert.equal((await askLucca()).status, 200);
});

test("answers can be late, failures included", async () => {
  emulator.delayAnswers(60, { times: 2 });
  emulator.fail({ status: 500 });
  const began = performance.now();
  assert.equal((await askLucca()).status, 500);
  assert.equal((await askLucca()).status, 200);
  assert.ok(performance.now() - began >= 115);
  const then = performance.now();
  assert.equal((await askLucca()).status, 200);
  assert.ok(performance.now() - then < 55);
});

test("closing does not wait for late answers", async () => {
  const own = await createEmulator();
  own.delayAnswers(60_000);
  const waiting = assert.rejects(send(own, "lucca", clientCredentials(own, "lucca")), TypeError);
  while (own.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await own.close();
  await waiting;
});

test("reset brings everything back", async () => {
  const before = structuredClone(emulator.clients);
  const { lucca } = emulator.clients;
  emulator.rotateSecret("lucca");
  emulator.clients.another = { ...lucca, clientId: "another" };
  delete emulator.clients.lumanu;
  emulator.settings.lumanu.refreshTokens = "rotate";
  emulator.fail({ status: 500 });
  emulator.clock.advance(1e9);
  await askLucca();
  emulator.reset();
  assert.deepEqual(emulator.clients, before);
  assert.equal(emulator.clients.lucca, lucca);
  assert.equal(emulator.settings.lumanu.refreshTokens, "keep");
  assert.equal(emulator.requests.length, 0);
  assert.equal(emulator.tokens.accessTokens.size, 0);
  assert.ok(Math.abs(emulator.clock.now() - Date.now()) < 1000);
  assert.equal((await askLucca()).status, 200);
});

test("a program runs unchanged with register.js, and ends by itself", async () => {
  const program = `
    const form = (id, secret) => new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret });
    const token = async (url, id, secret) => (await (await fetch(url, { method: "POST", body: form(id, secret) })).json()).access_token;
    const { env } = process;
    const lucca = await token("${tokenUrls.lucca}", env.LUCCA_CLIENT_ID, env.LUCCA_CLIENT_SECRET);
    const headers = { authorization: "Bearer " + lucca, "api-version": "2024-11-01" };
    const { items } = await (await fetch("${apiCalls.lucca.url}?limit=3", { headers })).json();
    const luminary = await token("${tokenUrls.luminary}", env.CLIENT_ID, env.CLIENT_SECRET);
    const households = "https://" + env.WITHLUMINARY_SUBDOMAIN + ".luminary.com/v1/households";
    const { status } = await fetch(households, { headers: { authorization: "Bearer " + luminary } });
    const lumoauthUrl = "https://app.lumoauth.dev/t/" + env.LUMOAUTH_TENANT + "/api/v1/oauth/token";
    const lumoauth = await token(lumoauthUrl, env.LUMOAUTH_CLIENT_ID, env.LUMOAUTH_CLIENT_SECRET);
    const outside = await fetch("https://example.com").catch((error) => error.name);
    console.log(JSON.stringify([items.length, status, typeof lumoauth, typeof env.LUMANU_CLIENT_ID, typeof env.LUMANU_CLIENT_SECRET, outside]));
  `;
  const began = performance.now();
  const child = spawn(process.execPath, ["--import", new URL("register.js", import.meta.url).href, "--input-type=module", "--eval", program]);
  child.stderr.pipe(process.stderr);
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += chunk));
  const [code] = await once(child, "close");
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(printed), [3, 200, "string", "string", "string", "TypeError"]);
  // Well below the five seconds for which a server keeps an idle connection.
  assert.ok(performance.now() - began < 4000);
});

test("serve.js answers by URL prefix, and stops when stdin closes", async (t) => {
  const child = spawn(process.execPath, [pathOf("serve.js")], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill());
  const [line] = await once(createInterface(child.stdout), "line");
  const { origin, clients, environment } = JSON.parse(line);
  assert.equal(environment.LUCCA_CLIENT_SECRET, clients.lucca.clientSecret);
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clients.lucca.clientId,
    client_secret: clients.lucca.clientSecret,
  });
  const tokens = await (await fetch(`${origin}/host/accounts.world.luccasoftware.com/connect/token`, { method: "POST", body })).json();
  const headers = { authorization: `Bearer ${tokens.access_token}`, "api-version": "2024-11-01" };
  const api = await fetch(`${origin}/host/example.ilucca.net/lucca-api/employees?limit=2`, { headers });
  assert.equal((await api.json()).items.length, 2);
  assert.equal((await fetch(`${origin}/host/example.com/`)).status, 404);
  assert.equal((await fetch(`${origin}/connect/token`)).status, 404);
  child.stdin.end();
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
});

test("prefixed gives the address of a real URL on loopback", async () => {
  const url = emulator.prefixed(`${tokenUrls.lucca}?a=b`);
  assert.equal(url, `${emulator.origin}/host/accounts.world.luccasoftware.com/connect/token?a=b`);
  assert.throws(() => emulator.prefixed("http://example.ilucca.net/"), TypeError);
});
