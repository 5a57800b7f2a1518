// A WebAssembly module that traps in the middle of things: the call rejects, and the next one works.

import assert from "node:assert/strict";
import { assertError, fault, pause, until } from "./lab/lab.js";
import { token } from "./lab/server.js";

const trapping = new URL("../../target/xtask/trapping/", import.meta.url);
const { oauth } = await import(new URL("index.js", trapping));
const { current } = await import(new URL("instance.js", trapping));

/** A dead instance cannot clear its timers: they ring, unheard, when their time has come. */
const brief = { timeout: 300 };
const unheard = () => pause(400);

const trap = () => assert.throws(() => current().glue.trap(), { name: "TokenwellError", kind: "runtime" });

fault("a trap in the middle of a flight rejects every caller with a runtime error, and the next call works", async (lab) => {
  const waiting = [];
  const server = await lab.server((socket) => waiting.push(socket));
  const client = oauth(lab.options(server, brief));
  const controller = new AbortController();
  const asked = [client.token(), client.token(), client.token({ signal: controller.signal })];
  const errors = Promise.all(asked.map((call) => lab.error(call)));
  await until(() => waiting.length === 1);
  trap();
  for (const error of await errors) assertError(error, { kind: "runtime", message: /starts afresh/ });
  // What comes late, and a caller who gives up late, meet the dead instance.
  waiting[0].end(token());
  controller.abort();
  const next = client.token();
  await until(() => waiting.length === 2);
  waiting[1].end(token());
  assert.match((await next).accessToken, /^canary-access/);
  await unheard();
});

fault("a trap while a retry is waited for rejects, and its timer reaches nothing", async (lab) => {
  const server = await lab.server((socket, _request, number) => (number === 1 ? socket.resetAndDestroy() : socket.end(token())));
  const client = oauth(lab.options(server, brief));
  const asked = lab.error(client.token());
  await until(() => lab.events.some(({ type }) => type === "retry"));
  trap();
  assertError(await asked, { kind: "runtime" });
  assert.match((await client.token()).accessToken, /^canary-access/);
  await unheard();
});

fault("a caller who gives up in the very moment of a trap is told one thing, and nothing is thrown at the process", async (lab) => {
  const server = await lab.server(() => {});
  const client = oauth(lab.options(server, brief));
  const controller = new AbortController();
  const asked = client.token({ signal: controller.signal }).catch((reason) => reason);
  await until(() => server.requests.length === 1);
  const uncaught = [];
  const note = (error) => uncaught.push(error);
  process.on("uncaughtException", note);
  trap();
  controller.abort();
  const reason = await asked;
  await unheard();
  process.off("uncaughtException", note);
  assert.ok(["AbortError", "TokenwellError"].includes(reason.name));
  assert.deepEqual(uncaught, []);
});

fault("a token that was at hand is asked for again after a trap, once", async (lab) => {
  const server = await lab.server((socket) => socket.end(token()));
  const client = oauth(lab.options(server, brief));
  await client.token();
  trap();
  await Promise.all([client.token(), client.token()]);
  assert.ok(server.requests.length <= 2);
});

fault("a session keeps its newest refresh token through a trap", async (lab) => {
  const server = await lab.server((socket, _request, number) => socket.end(token({ refresh_token: `canary-refresh-${number}` })));
  const made = lab.session(server);
  const session = oauth(lab.options(server, brief)).session(made.tokens());
  await session.token();
  assert.equal(session.tokens().refreshToken, "canary-refresh-1");
  trap();
  await session.token({ fresh: true });
  assert.equal(new URLSearchParams(server.requests.at(-1).body).get("refresh_token"), "canary-refresh-1");
  assert.equal(session.tokens().refreshToken, "canary-refresh-2");
});

fault("the module that is published has no such export", async () => {
  await import("tokenwell");
  const { readFile } = await import("node:fs/promises");
  const module = await WebAssembly.compile(await readFile(new URL("../node_modules/tokenwell/tokenwell.wasm", import.meta.url)));
  assert.ok(!WebAssembly.Module.exports(module).some(({ name }) => name === "trap"));
  assert.equal(typeof current().glue.trap, "function");
});
