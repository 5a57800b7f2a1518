// The worker in workerd, which is what runs it at Cloudflare: bundled as wrangler does, with its outgoing requests led to
// the emulator.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator } from "../../tests/emulators/index.js";
import { sampleEnvironment } from "../../tests/emulators/samples.js";

const require = createRequire(new URL("../../tests/package.json", import.meta.url));
let emulator, folder, worker, origin;

before(async () => {
  emulator = await createEmulator();
  folder = await mkdtemp(join(tmpdir(), "worker-"));
  await require("esbuild").build({
    entryPoints: [fileURLToPath(new URL("index.js", import.meta.url))],
    outfile: join(folder, "index.js"),
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
  });
  const { LUCCA_CLIENT_ID: id, LUCCA_CLIENT_SECRET: secret } = sampleEnvironment(emulator.clients);
  const { host } = new URL(emulator.origin);
  await writeFile(join(folder, "config.capnp"), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      compatibilityDate = "2026-10-01",
      modules = [
        (name = "index.js", esModule = embed "index.js"),
        (name = "./tokenwell.wasm", wasm = embed "tokenwell.wasm"),
      ],
      bindings = [(name = "LUCCA_CLIENT_ID", text = "${id}"), (name = "LUCCA_CLIENT_SECRET", text = "${secret}")],
      globalOutbound = "emulator",
    )),
    (name = "emulator", external = (address = "${host}", http = (forwardedProtoHeader = "x-forwarded-proto"))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`);
  // Its launcher needs the install script; the program lies in the package of this platform.
  const fromWorkerd = createRequire(require.resolve("workerd/package.json"));
  const name = `@cloudflare/workerd-${process.platform}-${process.arch === "x64" ? "64" : process.arch}`;
  const program = join(dirname(fromWorkerd.resolve(`${name}/package.json`)), "bin", "workerd");
  worker = spawn(program, ["serve", "--control-fd=3", join(folder, "config.capnp")], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const { port } = JSON.parse(await new Promise((resolve, reject) => {
    worker.stdio[3].once("data", (line) => resolve(String(line).split("\n")[0]));
    worker.once("error", reject).once("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
  }));
  origin = `http://127.0.0.1:${port}`;
});

after(async () => {
  worker?.kill();
  await emulator?.close();
  if (folder) await rm(folder, { recursive: true });
});

test("the worker answers with what the API gave, and asks for one token only", async () => {
  for (let times = 0; times < 3; times += 1) {
    const response = await fetch(`${origin}/`);
    assert.equal(response.status, 200);
    assert.equal((await response.json()).employees.length, 3);
  }
  const sent = emulator.requests.map(({ endpoint, protocol, status }) => `${protocol} ${endpoint} ${status}`);
  assert.deepEqual(sent, ["https token 200", "https api 200", "https api 200", "https api 200"]);
});

test("a token that was revoked is replaced", async () => {
  emulator.requests.length = 0;
  for (const token of emulator.tokens.accessTokens.keys()) emulator.revoke(token);
  assert.equal((await fetch(`${origin}/`)).status, 200);
  assert.deepEqual(emulator.requests.map(({ endpoint, status }) => `${endpoint} ${status}`), ["api 401", "token 200", "api 200"]);
});
