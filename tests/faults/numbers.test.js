// What has to stay flat, and what must not fail, over a long time.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assertError, fault, pause, resources } from "./lab/lab.js";
import { response, token } from "./lab/server.js";

const tests = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
const collect = async () => {
  for (let times = 0; times < 4; times += 1) {
    await pause(20);
    gc();
  }
};

fault("f31 200 kB that unpack to 200 MB are refused without taking up the memory", async (lab) => {
  const body = gzipSync(Buffer.alloc(200_000_000, 32), { level: 9 });
  assert.ok(body.length < 250_000);
  const answer = response(200, body, { "content-type": "application/json", "content-encoding": "gzip" });
  const small = gzipSync(JSON.stringify({ access_token: "canary" }));
  const first = response(200, small, { "content-type": "application/json", "content-encoding": "gzip" });
  const server = await lab.server((socket, _request, number) => socket.end(number <= 20 ? first : answer));
  // In a process of its own: this one's memory is full of the bomb's making.
  const program = `
    import { oauth } from "tokenwell";
    const client = oauth({ tokenEndpoint: process.argv[1], clientId: "id", clientSecret: "s", allowInsecureLoopback: true });
    // Once with a small body first, so that only the bomb is measured and not what the runtime loads for it.
    for (let times = 0; times < 20; times += 1) await client.token({ fresh: true });
    let most = 0;
    const before = process.memoryUsage.rss();
    const timer = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 1);
    const error = await client.token({ fresh: true }).catch((thrown) => thrown);
    clearInterval(timer);
    console.log(JSON.stringify({ kind: error.kind, grown: Math.max(most, process.memoryUsage.rss()) - before }));
    process.exit();
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program, server.tokenEndpoint], { cwd: tests });
  const { kind, grown } = JSON.parse(stdout);
  assert.equal(kind, "response_too_large");
  assert.ok(grown < 16 << 20, `${(grown / 1048576).toFixed(1)} MiB`);
});

fault("an hour at a call a second, a server that fails 30 % of the time, tokens of a minute: no call fails while a token is good", async (lab) => {
  // A fixed row of numbers, so that every run is the same hour.
  let state = 7;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  const server = await lab.server((socket) => socket.end(random() < 0.3 ? response(500) : token({ expires_in: 60 })));
  const client = lab.client(server, { now: lab.clock.now });
  let good = 0;
  let failed = 0;
  for (let second = 0; second < 3600; second += 1) {
    try {
      const { expiresAt } = await client.token();
      assert.ok(expiresAt > lab.clock.now(), "an expired token was handed out");
      good = expiresAt;
    } catch (error) {
      lab.seen.push(error);
      failed += 1;
      assert.ok(lab.clock.now() >= good, `failed with ${good - lab.clock.now()} ms left: ${error.stack}`);
    }
    // A moment for what goes on in the background.
    await new Promise((resolve) => setImmediate(resolve));
    lab.clock.advance(1000);
  }
  assert.ok(failed < 10, `${failed} calls failed`);
  assert.ok(server.requests.length < 250, `${server.requests.length} requests`);
});

fault("100 000 calls over real connections with tokens of three seconds: memory and handles are flat at the end", async (lab) => {
  const server = await lab.server((socket) => socket.write(token({ expires_in: 3 }, { connection: "keep-alive" })));
  // Tokens of a second or less are not kept by design; a tenth of a second passes with every other call.
  const client = lab.client(server, { now: lab.clock.now, onEvent: undefined });
  const calls = async (count) => {
    for (let call = 0; call < count; call += 1) {
      await client.token();
      if (call % 2 === 0) lab.clock.advance(100);
    }
  };
  await calls(10_000);
  server.requests.length = 0;
  await collect();
  const [heap, handles] = [process.memoryUsage().heapUsed, resources()];
  let requests = 0;
  for (let tenth = 0; tenth < 10; tenth += 1) {
    await calls(10_000);
    requests += server.requests.length;
    server.requests.length = 0;
  }
  await collect();
  const grown = process.memoryUsage().heapUsed - heap;
  assert.ok(requests > 1500, `${requests} requests`);
  assert.ok(grown < 1 << 20, `${grown} bytes`);
  for (const [kind, count] of Object.entries(resources())) assert.ok(count <= (handles[kind] ?? 0) + 1, `${kind}: ${count}`);
}, { timeout: 120_000 });

fault("20 000 authenticated calls over real connections: memory is flat at the end", async (lab) => {
  const kept = { connection: "keep-alive" };
  const server = await lab.server((socket, { path }) => socket.write(path === "/token" ? token({}, kept) : response(200, "{}", kept)));
  const client = lab.client(server);
  const calls = async (count) => {
    for (let call = 0; call < count; call += 20) {
      await Promise.all(Array.from({ length: 20 }, async () => (await client.fetch("x")).text()));
    }
    server.requests.length = 0;
  };
  await calls(4000);
  await collect();
  const heap = process.memoryUsage().heapUsed;
  await calls(20_000);
  await collect();
  const grown = process.memoryUsage().heapUsed - heap;
  assert.ok(grown < 2 << 20, `${grown} bytes`);
});

fault("10 000 requests that fail leave no memory behind", async (lab) => {
  const fetch = async () => new Response("canary", { status: 400 });
  const client = lab.client({ tokenEndpoint: "https://auth.example.com/token" }, { fetch, now: lab.clock.now, onEvent: undefined });
  const calls = async (count) => {
    for (let call = 0; call < count; call += 1) {
      const error = await client.token({ fresh: true }).catch((thrown) => thrown);
      if (call === 0) assertError(error, { kind: "oauth" });
      lab.clock.advance(6000);
    }
  };
  await calls(2000);
  await collect();
  const heap = process.memoryUsage().heapUsed;
  await calls(10_000);
  await collect();
  assert.ok(process.memoryUsage().heapUsed - heap < 1 << 20);
});
