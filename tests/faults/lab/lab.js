// Every fault is tried under watch: no secret in anything that can be printed, no rejection that nobody handles, and
// nothing left open afterwards.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { format } from "node:util";
import { oauth } from "tokenwell";
import { assertSilent } from "../../node/redaction.js";
import { rawServer } from "./server.js";

/** The client's secret. */
export const SECRET = "canary-secret-of-the-lab";

/**
 * A test of a fault.
 *
 * @param {string} name begins with the row's id
 * @param {(lab: Lab) => Promise<unknown>} work
 */
export function fault(name, work, options = {}) {
  test(name, { timeout: 60_000, ...options }, async (t) => {
    const lab = new Lab();
    const unhandled = [];
    const note = (reason) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    for (const method of ["log", "info", "warn", "error", "debug"]) {
      t.mock.method(console, method, (...values) => lab.seen.push(format(...values)));
    }
    const before = resources();
    try {
      await work(lab, t);
      await lab.close();
      await settled(before);
    } finally {
      await lab.close();
      await new Promise((resolve) => setImmediate(resolve));
      process.off("unhandledRejection", note);
    }
    assert.deepEqual(unhandled, [], "a rejection that nobody handles");
    assertSilent(lab.seen);
  });
}

/** A clock that moves when it is told to. */
class Clock {
  #ms = 1_700_000_000_000;
  now = () => this.#ms;
  advance(ms) {
    this.#ms += ms;
  }
}

class Lab {
  clock = new Clock();
  /** Whatever a program may come to print: errors, events, tokens, lines of the console. */
  seen = [];
  events = [];
  #servers = [];

  async server(answer, options) {
    const server = await rawServer(answer, options);
    this.#servers.push(server);
    return server;
  }

  options(server, options = {}) {
    return {
      tokenEndpoint: server.tokenEndpoint,
      apiBase: server.origin,
      clientId: "id",
      clientSecret: SECRET,
      timeout: 2000,
      deadline: 8000,
      allowInsecureLoopback: true,
      onEvent: (event) => {
        this.events.push(event);
        this.seen.push(event);
      },
      ...options,
    };
  }

  client(server, options) {
    const client = oauth(this.options(server, options));
    this.seen.push(client);
    return client;
  }

  /** A session whose access token has expired and whose refresh token is `canary-refresh-0`. */
  session(server, options = {}, { onTokens, ...tokens } = {}) {
    const client = this.client(server, options);
    const issuedFor = createHash("sha256").update("id\0").update(server.tokenEndpoint).digest("base64url");
    const stored = {
      accessToken: "canary-access-0",
      refreshToken: "canary-refresh-0",
      expiresAt: 1,
      scope: [],
      tokenType: "Bearer",
      issuedFor,
      ...tokens,
    };
    return client.session(stored, { onTokens });
  }

  /** A client with a token that is due for a refresh, by the lab's clock. */
  async due(server, options) {
    const client = this.client(server, { now: this.clock.now, ...options });
    const first = await client.token();
    this.clock.advance(3_000_000);
    return { client, first };
  }

  /** How many requests were begun, by the events. */
  get attempts() {
    return this.events.filter(({ type }) => type === "request").length;
  }

  /** The error that a promise is rejected with. */
  async error(promise) {
    let value;
    try {
      value = await promise;
    } catch (error) {
      this.seen.push(error);
      assert.equal(error.name, "TokenwellError", error.stack);
      return error;
    }
    this.seen.push(value);
    assert.fail("no error, though one was due");
  }

  async close() {
    await Promise.all(this.#servers.splice(0).map((server) => server.close()));
  }
}

/** Waits for what still goes on in the background, such as a refresh that nobody waits for. */
export async function until(condition, ms = 5000) {
  const end = Date.now() + ms;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `not in ${ms} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What keeps the process alive, counted. */
export function resources() {
  const counts = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function settled(before) {
  const kinds = ["TCPSocketWrap", "TCPServerWrap", "TLSWrap", "Timeout", "ConnectWrap", "GetAddrInfoReqWrap", "TCPConnectWrap"];
  let left;
  for (let times = 0; times < 200; times += 1) {
    const now = resources();
    left = kinds.filter((kind) => (now[kind] ?? 0) > (before[kind] ?? 0));
    if (left.length === 0) return;
    // Not by a timer, which would be one of those that are counted.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`still open: ${left.join(", ")}: ${JSON.stringify({ before, after: resources() })}`);
}

/** For errors: these members, the message among them as a regular expression. */
export function assertError(error, members) {
  for (const [name, value] of Object.entries(members)) {
    if (value instanceof RegExp) assert.match(error[name], value);
    else assert.equal(error[name], value, `${name} of ${error.stack}`);
  }
}
