// Clocks that jump, stop and lie. What only virtual time can tell is in the core's scenarios.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fault, pause, until } from "./lab/lab.js";
import { inTurn, response, token } from "./lab/server.js";

const tests = fileURLToPath(new URL("..", import.meta.url));

for (const [what, ms] of [["an hour", 3_600_000], ["a day", 86_400_000]]) {
  fault(`f60 a clock that jumps ${what} ahead costs one request, and not one a call`, async (lab) => {
    const server = await lab.server((socket) => socket.end(token()));
    const client = lab.client(server, { now: lab.clock.now });
    await client.token();
    lab.clock.advance(ms);
    for (let times = 0; times < 100; times += 1) await client.token();
    assert.equal(server.requests.length, 2);
  });
}

/** The runtime's two clocks, which a test sets: by how many ms each is ahead. */
function clocks(t) {
  const set = { wall: 0, monotonic: 0 };
  const { now } = Date;
  const { now: elapsed } = performance;
  t.mock.method(Date, "now", () => now() + set.wall);
  t.mock.method(performance, "now", () => elapsed.call(performance) + set.monotonic);
  return set;
}

fault("f61 a wall clock that is set back does not make a token live longer", async (lab, t) => {
  const clock = clocks(t);
  const server = await lab.server((socket) => socket.end(token()));
  const client = lab.client(server);
  const first = await client.token();
  clock.wall = -3_600_000;
  assert.equal((await client.token()).accessToken, first.accessToken);
  clock.monotonic = 3_600_000;
  assert.notEqual((await client.token()).accessToken, first.accessToken);
  assert.equal(server.requests.length, 2);
});

fault("f61 a wall clock that is set back while a retry is waited for does not make a token live longer", async (lab, t) => {
  const clock = clocks(t);
  const server = await lab.server(inTurn(response(503), (socket) => socket.end(token())));
  const client = lab.client(server);
  const asked = client.token();
  await until(() => lab.events.some(({ type }) => type === "retry"));
  clock.wall = -3_600_000;
  const first = await asked;
  clock.monotonic = 3_600_000;
  assert.notEqual((await client.token()).accessToken, first.accessToken);
  assert.equal(server.requests.length, 3);
});

/** A program that waits for a line before it asks again; its token lives three seconds. */
const sleeper = `
  import { oauth } from "tokenwell";
  const client = oauth({ tokenEndpoint: process.argv[1], clientId: "id", clientSecret: "s", allowInsecureLoopback: true });
  const first = await client.token();
  process.stdin.once("data", async () => {
    const second = await client.token();
    console.log(second.accessToken === first.accessToken ? "old" : "new");
    process.exit();
  });
  console.log("ready");
`;

fault("f62 a process that was frozen longer than its token lived asks for another before it goes on", async (lab) => {
  const server = await lab.server((socket) => socket.end(token({ expires_in: 3 })));
  const child = spawn(process.execPath, ["--input-type=module", "-e", sleeper, server.tokenEndpoint], { cwd: tests });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  const exited = new Promise((resolve) => child.once("exit", resolve));
  while (!output.includes("ready")) await pause(5);
  child.kill("SIGSTOP");
  await pause(3200);
  child.kill("SIGCONT");
  child.stdin.write("go\n");
  await exited;
  child.stdin.destroy();
  assert.equal(output, "ready\nnew\n");
  assert.equal(server.requests.length, 2);
});

fault("f64 time that stands still makes no busy loop, and the timeout rings all the same", async (lab) => {
  let calls = 0;
  const server = await lab.server(() => {});
  const client = lab.client(server, { now: () => (calls += 1, 1_700_000_000_000), timeout: 200, retries: 0 });
  await lab.error(client.token());
  assert.ok(calls < 50, `the clock was read ${calls} times`);
});

fault("f64 retries happen though the caller's clock stands still", async (lab) => {
  const server = await lab.server(inTurn(response(500), response(500), token()));
  await lab.client(server, { now: () => 1_700_000_000_000 }).token();
  assert.equal(server.requests.length, 3);
});

for (const [what, seconds] of [["30 days", 2_592_000], ["68 years", 2_147_483_647]]) {
  fault(`f65 a lifetime of ${what} sets no timer that rings at once, and is no reason for a second request`, async (lab, t) => {
    const server = await lab.server((socket) => socket.end(token({ expires_in: seconds })));
    const delays = [];
    const { setTimeout } = globalThis;
    t.mock.method(globalThis, "setTimeout", (work, ms, ...rest) => (delays.push(ms), setTimeout(work, ms, ...rest)));
    const client = lab.client(server, { now: lab.clock.now });
    const first = await client.token();
    for (let day = 0; day < 20; day += 1) {
      lab.clock.advance(86_400_000);
      assert.equal((await client.token()).accessToken, first.accessToken);
    }
    assert.equal(server.requests.length, 1);
    assert.ok(delays.every((ms) => ms === undefined || ms <= 2_147_483_647), delays.join());
  });
}

for (const value of [0, NaN]) {
  fault(`f66 Date.now() that gives ${value} breaks nothing`, async (lab, t) => {
    t.mock.method(Date, "now", () => value);
    const server = await lab.server((socket) => socket.end(token()));
    const client = lab.client(server);
    for (let times = 0; times < 10; times += 1) assert.ok((await client.token()).accessToken);
    assert.ok(server.requests.length <= 2);
  });
}

fault("f66 a clock that says Infinity for a while holds up nobody", async (lab) => {
  let ms = Infinity;
  const server = await lab.server(inTurn(response(503), token()));
  const client = lab.client(server, { now: () => ms });
  const asked = client.token();
  await until(() => server.requests.length > 0);
  const restored = setTimeout(() => (ms = lab.clock.now()), 1_500);
  await asked;
  clearTimeout(restored);
  assert.equal(server.requests.length, 2);
});

fault("f66 fake timers that move time are believed", async (lab, t) => {
  const server = await lab.server((socket) => socket.end(token()));
  const client = lab.client(server);
  const first = await client.token();
  const later = Date.now() + 7_200_000;
  t.mock.method(Date, "now", () => later);
  assert.notEqual((await client.token()).accessToken, first.accessToken);
});

fault("f66 fake timers that hold back microtasks hold back no token, then or later", async (lab, t) => {
  // A copy of the package, since what comes to a halt there would not go on in the tests after this one.
  const { oauth } = await import(`${import.meta.resolve("tokenwell")}?timers`);
  const body = new TextEncoder().encode(`{"access_token":"a","token_type":"Bearer","expires_in":3600}`);
  // As a test's own fetch answers: a Response would need microtasks itself in some versions of Node.
  const fetch = async () => ({ status: 200, headers: new Headers(), arrayBuffer: async () => body.buffer });
  const options = { tokenEndpoint: "https://auth.example.com/token", clientId: "id", clientSecret: "secret", fetch };
  const soon = (promise) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("nothing came")), 1000);
      promise.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  // What Jest's and Sinon's fake timers do unless they are told not to.
  const faked = t.mock.method(globalThis, "queueMicrotask", () => {});
  assert.ok((await soon(oauth(options).token())).accessToken);
  faked.mock.restore();
  assert.ok((await soon(oauth(options).token())).accessToken);
});

fault("f67 a clock that steps during a flight: the lifetime counts from the request", async (lab) => {
  for (const step of [-3_600_000, 600_000]) {
    const server = await lab.server((socket) => {
      lab.clock.advance(step);
      socket.end(token());
    });
    const client = lab.client(server, { now: lab.clock.now });
    const start = lab.clock.now();
    assert.equal((await client.token()).expiresAt, start + 3_600_000);
    await client.token();
    assert.equal(server.requests.length, 1);
  }
});
