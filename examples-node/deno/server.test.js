import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator } from "../../tests/emulators/index.js";
import { sampleEnvironment } from "../../tests/emulators/samples.js";

let emulator, server, origin;

/** Deno's own package has an install script, which may be blocked; the program lies in the package of this platform. */
function program() {
  const require = createRequire(createRequire(new URL("../../tests/package.json", import.meta.url)).resolve("deno/package.json"));
  const libc = process.platform === "linux" ? "-glibc" : "";
  return join(dirname(require.resolve(`@deno/${process.platform}-${process.arch}${libc}/package.json`)), "deno");
}

before(async () => {
  emulator = await createEmulator();
  const { LUMOAUTH_CLIENT_ID, LUMOAUTH_CLIENT_SECRET, LUMOAUTH_TENANT } = sampleEnvironment(emulator.clients);
  const args = ["run", "--no-prompt", "--cached-only", "--allow-env", "--allow-net=127.0.0.1", "--preload=deno/emulated.js", "deno/server.js"];
  server = spawn(program(), args, {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { HOME: process.env.HOME, NO_COLOR: "1", PORT: "0", EMULATOR: emulator.origin, LUMOAUTH_CLIENT_ID, LUMOAUTH_CLIENT_SECRET, LUMOAUTH_TENANT },
    stdio: ["ignore", "pipe", "pipe"],
  });
  origin = await new Promise((resolve, reject) => {
    let printed = "";
    const look = (chunk) => {
      printed += chunk;
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(printed);
      if (match) resolve(match[0]);
    };
    server.stdout.on("data", look);
    server.stderr.on("data", look);
    server.once("error", reject).once("exit", (code) => reject(new Error(`deno ended with ${code}: ${printed}`)));
  });
});

after(async () => {
  server?.kill();
  await emulator?.close();
});

test("the server answers what LumoAuth allows, with one token", async () => {
  for (const [permission, allowed] of [["document.view", true], ["document.delete", false]]) {
    const response = await fetch(`${origin}/?permission=${permission}`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { allowed, permission });
  }
  assert.deepEqual(emulator.requests.map(({ endpoint, status }) => `${endpoint} ${status}`), ["token 200", "api 200", "api 200"]);
});

test("a provider that is down is a 502 without a secret", async () => {
  emulator.fail({ endpoint: "api", status: 503 });
  const response = await fetch(`${origin}/?permission=document.view`);
  assert.equal(response.status, 502);
  assert.deepEqual(await response.json(), { problem: "LumoAuth does not answer now" });
});
