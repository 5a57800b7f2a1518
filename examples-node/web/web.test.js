import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { getRequestListener } from "@hono/node-server";
import { lumanu } from "tokenwell";
import { createEmulator } from "../../tests/emulators/index.js";
import { emulated, here, node } from "../run.js";
import { Connections } from "./connections.js";
import { createApp as expressApp } from "./express.js";
import { createApp as honoApp } from "./hono.js";
import { seal, unseal } from "./seal.js";

/** Registered for the sample client. */
const url = "http://localhost:3000";

for (const [name, listener] of [
  ["Express", (options) => expressApp(options)],
  ["Hono", (options) => getRequestListener(honoApp(options).fetch)],
]) {
  describe(`the application with ${name}`, () => {
    let emulator, folder, file, key, server, cookies;

    before(async () => {
      emulator = await createEmulator();
    });
    beforeEach(async () => {
      emulator.reset();
      folder = await mkdtemp(join(tmpdir(), "connections-"));
      file = join(folder, "connections.json");
      key = randomBytes(32);
      cookies = new Map();
      await open();
    });
    afterEach(async () => {
      await close();
      await rm(folder, { recursive: true });
    });
    after(() => emulator.close());

    /** Starts the application, with what an earlier one may have left in the file. */
    async function open() {
      const { clientId, clientSecret } = emulator.clients.lumanu;
      const api = lumanu({ environment: "sandbox", clientId, clientSecret, fetch: emulator.fetch, now: () => emulator.clock.now() });
      server = createServer(listener({ api, url, connections: new Connections(api, { file, key }) }));
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    }

    function close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }

    /** A browser with its cookies. */
    async function visit(path, method = "GET") {
      const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, {
        method,
        redirect: "manual",
        headers: { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
      });
      for (const line of response.headers.getSetCookie()) {
        const [, cookie, value] = /^([^=]+)=([^;]*)/.exec(line);
        assert.match(cookie, /^__Host-/);
        for (const attribute of [/; HttpOnly/, /; Secure/, /; SameSite=Lax/, /; Path=\/(;|$)/]) assert.match(line, attribute);
        if (value === "") cookies.delete(cookie);
        else cookies.set(cookie, value);
      }
      return { status: response.status, location: response.headers.get("location"), text: await response.text() };
    }

    /** From the button to the way back. */
    async function authorize(choice) {
      await visit("/");
      const { status, location } = await visit("/connect", "POST");
      assert.equal(status, 303);
      const callback = new URL(await emulator.approve(location, choice));
      return `${callback.pathname}${callback.search}`;
    }

    test("a user connects, sees the workspaces, and disconnects", async () => {
      assert.match((await visit("/")).text, /Connect Lumanu/);
      const back = await visit(await authorize({ user: "grace" }));
      assert.deepEqual([back.status, back.location], [303, "/"]);
      assert.ok(!cookies.has("__Host-transaction"), "the transaction is used up");
      const { text } = await visit("/");
      assert.match(text, /Compilers \(Owner\).*Ada&#39;s workspace \(Member\)/);
      await visit("/disconnect", "POST");
      assert.match((await visit("/")).text, /Connect Lumanu/);
      assert.equal(await readFile(file, "utf8"), "{}");
    });

    test("r98 the tokens lie encrypted, and still work after a restart and a refresh", async () => {
      await visit(await authorize());
      const stored = await readFile(file, "utf8");
      for (const token of [...emulator.tokens.accessTokens.keys(), ...emulator.tokens.refreshTokens.keys()]) {
        assert.ok(!stored.includes(token) && !stored.includes(Buffer.from(token).toString("base64url")));
      }
      await close();
      emulator.clock.advance(2 * 86_400_000);
      await open();
      assert.match((await visit("/")).text, /Ada&#39;s workspace \(Owner\)/);
      assert.notEqual(await readFile(file, "utf8"), stored, "the refreshed tokens are stored");
    });

    test("a user who declines is told so", async () => {
      const { status, text } = await visit(await authorize({ decline: true }));
      assert.equal(status, 400);
      assert.match(text, /You declined, so nothing was connected/);
    });

    test("r39 a callback with another state connects nobody", async () => {
      const callback = await authorize();
      const { status, text } = await visit(callback.replace(/state=[^&]+/, "state=of-somebody-else"));
      assert.equal(status, 400);
      assert.match(text, /Please connect again/);
      assert.equal(emulator.requests.filter(({ endpoint }) => endpoint === "token").length, 0);
    });

    test("a callback in another browser connects nobody", async () => {
      const callback = await authorize();
      cookies.clear();
      assert.equal((await visit(callback)).status, 400);
      assert.match((await visit("/")).text, /Connect Lumanu/);
    });

    test("a connection that the provider ended asks the user to connect again", async () => {
      await visit(await authorize());
      for (const token of [...emulator.tokens.accessTokens.keys(), ...emulator.tokens.refreshTokens.keys()]) emulator.revoke(token);
      const { status, text } = await visit("/");
      assert.ok(status >= 400);
      assert.match(text, /Please connect again/);
      assert.match(text, /Connect Lumanu/);
    });
  });
}

for (const name of ["express", "hono"]) {
  test(`node web/${name}.js says what is missing`, async () => {
    const { status, stderr } = await node([...emulated, `web/${name}.js`]);
    assert.equal(status, 1);
    assert.match(stderr, /Set TOKEN_KEY in the environment/);
  });

  test(`node web/${name}.js starts`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "connections-"));
    const port = await freePort();
    const env = {
      ...process.env,
      APP_URL: `http://localhost:${port}`,
      TOKEN_KEY: randomBytes(32).toString("base64"),
      TOKENS_FILE: join(folder, "connections.json"),
    };
    const app = spawn(process.execPath, [...emulated, `web/${name}.js`], { cwd: here, env, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [printed] = await once(app.stdout, "data", { signal: AbortSignal.timeout(10_000) });
      assert.equal(String(printed), `Open http://localhost:${port}\n`);
      const response = await fetch(`http://127.0.0.1:${port}/`);
      assert.match(await response.text(), /Connect Lumanu/);
    } finally {
      app.kill();
      await rm(folder, { recursive: true });
    }
  });
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

test("r99 what is sealed for one user does not open for another, nor changed, nor with another key", () => {
  const key = randomBytes(32);
  const sealed = seal(key, { secret: "canary" }, "ada");
  assert.deepEqual(unseal(key, sealed, "ada"), { secret: "canary" });
  assert.throws(() => unseal(key, sealed, "grace"));
  assert.throws(() => unseal(randomBytes(32), sealed, "ada"));
  const changed = Buffer.from(sealed, "base64url");
  changed[changed.length - 1] ^= 1;
  assert.throws(() => unseal(key, changed.toString("base64url"), "ada"));
});
