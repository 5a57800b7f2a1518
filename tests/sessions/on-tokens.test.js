// New tokens are stored before anybody gets them; and if they cannot be stored, nobody is worse off.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import {
  deferred, failure, fresh, redirectUri, scripted, standing, stored, tokenResponse, until, useProviders,
} from "./setup.js";

const providers = useProviders();

test("onTokens is waited for before a new token is handed out, whoever asks and whenever", async () => {
  const server = scripted(fresh(1));
  const gate = deferred();
  const { session } = server.expired({}, { onTokens: () => gate.promise });
  const first = session.token();
  await until(() => server.requests.length === 1);
  await sleep(20);
  // The new tokens are there, and not stored yet.
  const later = [session.token(), session.token({ fresh: false }), session.fetch("x").catch(() => null)];
  assert.equal(await standing(first), "pending");
  for (const call of later) assert.equal(await standing(call), "pending");
  gate.resolve();
  assert.equal((await first).accessToken, "canary-access-1");
  assert.equal((await later[0]).accessToken, "canary-access-1");
  assert.equal((await later[1]).accessToken, "canary-access-1");
});

test("onTokens is waited for before callback gives the session", async () => {
  const gate = deferred();
  const connecting = providers.connect("lumoauth", { onTokens: () => gate.promise });
  await until(() => providers.sent("token").length === 1);
  assert.equal(await standing(connecting), "pending");
  gate.resolve();
  await connecting;
});

test("r100 onTokens of two users who refresh at once finds each one's own asynchronous context", async () => {
  const server = scripted(({ parameters }) => fresh(parameters.get("refresh_token")));
  const { client } = server.client();
  const current = new AsyncLocalStorage();
  const saved = [];
  const sessions = ["ada", "grace", "linus"].map((user) => {
    const tokens = stored({ refreshToken: `canary-${user}`, expiresAt: server.clock.ms - 1000 });
    return [user, client.session(tokens, {
      async onTokens({ accessToken }) {
        saved.push([accessToken, current.getStore()]);
        await sleep(1);
        saved.push([accessToken, current.getStore()]);
      },
    })];
  });
  await Promise.all(sessions.map(([user, session]) => current.run(user, () => session.token())));
  assert.equal(saved.length, 6);
  for (const [accessToken, user] of saved) assert.equal(accessToken, `canary-access-canary-${user}`);
});

for (const [how, onTokens] of [
  ["throws", () => { throw new Error("canary-refresh in a message of the store"); }],
  ["rejects", async () => { throw new Error("canary-refresh in a message of the store"); }],
]) {
  test(`where onTokens ${how}, the token is used, the failure is an event, and the next call saves again`, async () => {
    const server = scripted(fresh(1));
    const given = [];
    let broken = true;
    const { session, events } = server.expired({}, {
      onTokens(tokens) {
        given.push(tokens.refreshToken);
        if (broken) return onTokens();
      },
    });
    assert.equal((await session.token()).accessToken, "canary-access-1");
    assert.equal(session.tokens().refreshToken, "canary-refresh-1");
    const [event] = events.filter(({ type }) => type === "save_failed");
    assert.equal(event.errorKind, "runtime");
    assert.match(event.message, /onTokens failed, so the new tokens are not stored/);
    assert.ok(!JSON.stringify(events).includes("canary"));

    await session.token();
    broken = false;
    await session.token();
    assert.equal((await session.token()).accessToken, "canary-access-1");
    assert.deepEqual(given, ["canary-refresh-1", "canary-refresh-1", "canary-refresh-1"]);
    assert.equal(events.filter(({ type }) => type === "save_failed").length, 2);
    assert.equal(server.requests.length, 1);
  });
}

test("tokens that could not be stored are stored before their refresh token is sent", async () => {
  const order = [];
  const note = ({ parameters }) => void order.push(`sent ${parameters.get("refresh_token")}`);
  const server = scripted(fresh(1), (request) => (note(request), fresh(2)));
  let broken = true;
  const { session } = server.expired({}, {
    onTokens({ refreshToken }) {
      if (broken) throw new Error("store");
      order.push(`stored ${refreshToken}`);
    },
  });
  await session.token();
  broken = false;
  server.clock.ms += 2 * 3_600_000;
  assert.equal((await session.token()).accessToken, "canary-access-2");
  assert.deepEqual(order, ["stored canary-refresh-1", "sent canary-refresh-1", "stored canary-refresh-2"]);
});

test("tokens that could not be stored are stored by the next call, also where that call gets no token", async () => {
  for (const error of ["invalid_client", "invalid_grant"]) {
    const server = scripted(fresh(1), () => tokenResponse({ error }, { status: 400 }));
    const given = [];
    let broken = true;
    const { session, events } = server.expired({ retries: 0 }, {
      onTokens({ refreshToken }) {
        given.push(refreshToken);
        if (broken) throw new Error("store");
      },
    });
    await session.token();
    server.clock.ms += 2 * 3_600_000;
    // What was refused is remembered for a moment, so that the third call sends nothing.
    for (let times = 0; times < 2; times += 1) await assert.rejects(session.token(), failure({ kind: "oauth" }));
    assert.equal(events.filter(({ type }) => type === "save_failed").length, 3);
    broken = false;
    await assert.rejects(session.token(), failure({ kind: "oauth" }));
    await assert.rejects(session.token(), failure({ kind: "oauth" }));
    assert.deepEqual(given, Array(4).fill("canary-refresh-1"));
    assert.equal(server.requests.length, 2);
  }
});

test("where onTokens hangs, the token is used after the timeout", async () => {
  const server = scripted(fresh(1));
  let times = 0;
  const { session, events } = server.expired({ timeout: 50 }, {
    onTokens: () => {
      times += 1;
      return times === 1 ? new Promise(() => {}) : undefined;
    },
  });
  assert.equal((await session.token()).accessToken, "canary-access-1");
  assert.equal(events.filter(({ type }) => type === "save_failed").length, 1);
  assert.equal((await session.token()).accessToken, "canary-access-1");
  assert.equal(times, 2);
});

test("an onTokens that takes longer than the timeout has stored the tokens when it gets there, and holds nobody up again", async () => {
  const server = scripted(fresh(1));
  const gate = deferred();
  let times = 0;
  const { session, events } = server.expired({ timeout: 50 }, {
    onTokens: () => {
      times += 1;
      return times === 1 ? gate.promise : new Promise(() => {});
    },
  });
  await session.token();
  const second = session.token();
  assert.equal(await standing(second), "pending");
  gate.resolve();
  await second;
  await session.token();
  await session.token();
  assert.equal(times, 2);
  assert.equal(events.filter(({ type }) => type === "save_failed").length, 1);
});

test("an onTokens that got there between two calls makes the next one wait no more", async () => {
  const server = scripted(fresh(1));
  const gate = deferred();
  let times = 0;
  const { session, events } = server.expired({ timeout: 50 }, {
    onTokens: () => {
      times += 1;
      return times === 1 ? gate.promise : new Promise(() => {});
    },
  });
  await session.token();
  gate.resolve();
  await session.token();
  await session.token();
  assert.ok(times <= 2);
  assert.equal(events.filter(({ type }) => type === "save_failed").length, 1);
});

test("an onTokens that stores older tokens late is given the newest again, so that they are what stays", async () => {
  const server = scripted(fresh(1), fresh(2));
  const gate = deferred();
  const row = { refreshToken: null };
  const { session } = server.expired({ timeout: 50 }, {
    async onTokens({ refreshToken }) {
      if (refreshToken === "canary-refresh-1") await gate.promise;
      row.refreshToken = refreshToken;
    },
  });
  await session.token();
  await session.token({ fresh: true });
  assert.equal(row.refreshToken, "canary-refresh-2");
  gate.resolve();
  await sleep(20);
  assert.equal(row.refreshToken, "canary-refresh-2");
  assert.equal(session.tokens().refreshToken, "canary-refresh-2");
});

test("an onTokens that gets there after the session was disconnected is given nothing more", async () => {
  const server = scripted(fresh(1));
  const gate = deferred();
  const given = [];
  const { session } = server.expired({ timeout: 50 }, {
    onTokens(tokens) {
      given.push(tokens.refreshToken);
      return gate.promise;
    },
  });
  await session.token();
  await session.disconnect();
  gate.resolve();
  await sleep(20);
  assert.deepEqual(given, ["canary-refresh-1"]);
});

test("f81 an onTokens that asks the session for a token does not hang for good", async () => {
  const server = scripted(fresh(1));
  let session;
  const made = server.expired({ timeout: 50 }, { onTokens: () => session.token() });
  session = made.session;
  assert.equal((await session.token()).accessToken, "canary-access-1");
});

test("onTokens may look at tokens(), and finds the newest", async () => {
  const server = scripted(fresh(1));
  let seen;
  let session;
  const made = server.expired({}, { onTokens: () => void (seen = session.tokens()) });
  session = made.session;
  await session.token();
  assert.equal(seen.refreshToken, "canary-refresh-1");
});

test("what onTokens does to its tokens changes nothing here", async () => {
  const server = scripted(fresh(1), fresh(2));
  const { session } = server.expired({}, {
    onTokens(tokens) {
      tokens.refreshToken = "changed";
      tokens.scope.push("changed");
    },
  });
  await session.token();
  assert.equal(session.tokens().refreshToken, "canary-refresh-1");
  await session.token({ fresh: true });
  assert.equal(server.requests[1].parameters.get("refresh_token"), "canary-refresh-1");
});

test("f75 a background refresh whose onTokens fails disturbs nobody", async () => {
  const server = scripted(fresh(1));
  const { client, events } = server.client();
  const session = client.session(stored({ expiresAt: server.clock.ms + 3_600_000 }), {
    onTokens: () => { throw new Error("store"); },
  });
  await session.token();
  server.clock.ms += 50 * 60_000;
  assert.equal((await session.token()).accessToken, "canary-access-0");
  await until(() => events.some(({ type }) => type === "save_failed"));
  server.clock.ms += 2_000;
  assert.equal((await session.token()).accessToken, "canary-access-1");
});

test("a caller of callback who gives up leaves an exchange that is saved all the same", async () => {
  const { client } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  providers.emulator.delayAnswers(50, { times: 1 });
  const saved = [];
  const controller = new AbortController();
  const connecting = client.callback(callback, transaction, {
    signal: controller.signal, onTokens: (tokens) => void saved.push(tokens),
  });
  await until(() => providers.sent("token").length === 1);
  controller.abort(new Error("gone"));
  await assert.rejects(connecting, /gone/);
  await until(() => saved.length === 1);
  await client.session(saved[0]).token({ fresh: true });
});

test("a signal that was aborted before stops callback before the transaction is used up", async () => {
  const { client } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  await assert.rejects(client.callback(callback, transaction, { signal: AbortSignal.abort(new Error("no")) }), /no/);
  await client.callback(callback, transaction);
});

test("a misspelt option is refused by name, before the code is used", async () => {
  const { client } = providers.client("lumoauth");
  const { callback, transaction } = await providers.arrive(client, "lumoauth");
  const refused = failure({ kind: "configuration", message: /^onToken is not an option/, recovery: "fix_configuration" });
  await assert.rejects(client.callback(callback, transaction, { onToken() {} }), refused);
  const session = await client.callback(callback, transaction);
  assert.throws(() => client.session(session.tokens(), { onToken() {} }), refused);
  for (const onTokens of [null, "save", {}]) {
    assert.throws(() => client.session(session.tokens(), { onTokens }), failure({ kind: "configuration", message: /^onTokens must be/ }));
  }
  assert.throws(() => client.session(session.tokens(), { signal: 5 }), failure({ kind: "configuration", message: /^signal/ }));
  assert.ok(client.authorize({ redirectUri }));
});
