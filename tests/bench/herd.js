// Many at once: callers of one cold client, clients whose tokens expire in one second, and sessions that are held.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { badgatewayFetch, tokenwell } from "./lib/contestants.js";
import { median } from "./lib/race.js";
import { report, table } from "./lib/report.js";
import { startServer } from "./lib/server.js";

const CALLERS = 10_000;
const CLIENTS = 10_000;
const SESSIONS = 100_000;
const MOST_AT_ONCE = 64;

// A server at some distance, so that requests can pile up.
const server = await startServer(5);
const stats = async () => (await fetch(`${server.origin}/stats`)).json();
const repeat = (count, make) => Array.from({ length: count }, (_, index) => make(index));
const timed = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** @param {() => { token: () => Promise<unknown> }} make a cold client */
async function callers(make) {
  const times = [];
  let most = 0;
  for (let run = 0; run < 11; run++) {
    await stats();
    const client = make();
    times.push(await timed(() => Promise.all(repeat(CALLERS, () => client.token()))));
    most = Math.max(most, (await stats()).requests);
  }
  return { milliseconds: median(times), requests: most };
}

/** All at a first time, and all again when what they got has expired. */
async function clients() {
  let now = Date.now();
  const all = repeat(CLIENTS, (index) =>
    tokenwell(server.origin, { tokenEndpoint: `${server.origin}/tenants/${index}/token`, now: () => now, deadline: 120_000 }),
  );
  await Promise.all(all.map((client) => client.token()));
  now += 3_600_000;
  await stats();
  const milliseconds = await timed(() => Promise.all(all.map((client) => client.token())));
  return { milliseconds, ...(await stats()) };
}

function bytes(what) {
  const program = fileURLToPath(new URL("programs/held-sessions.js", import.meta.url));
  return Number(execFileSync(process.execPath, ["--expose-gc", program, String(SESSIONS), what], { encoding: "utf8" }));
}

const ours = await callers(() => tokenwell(server.origin));
const theirs = await callers(() => {
  const client = badgatewayFetch(server.origin);
  return { token: () => client.getAccessToken() };
});
const expiring = await clients();
server.stop();
const tokensOnly = bytes("tokens");
const session = bytes("session");
const used = bytes("used");

table(
  ["ms", "token requests", "most at once"],
  [
    [`${CALLERS} callers, tokenwell`, ours.milliseconds, String(ours.requests), null],
    [`${CALLERS} callers, badgateway`, theirs.milliseconds, String(theirs.requests), null],
    [`${CLIENTS} clients expire`, expiring.milliseconds, String(expiring.requests), String(expiring.mostAtOnce)],
  ],
);
console.log();
table(["bytes"], [["tokens of one session, parsed", tokensOnly], ["session with its tokens", session], ["after its first use", used]]);
await report({ callers: { tokenwell: ours, "@badgateway/oauth2-client": theirs }, clients: expiring, tokensOnly, session, used }, [
  { what: "token requests of 10 000 callers of a cold client", measured: ours.requests, atMost: 1 },
  { what: "token requests per client of 10 000 that expire", measured: expiring.requests / CLIENTS, atMost: 1 },
  { what: "of those at once", measured: expiring.mostAtOnce, atMost: MOST_AT_ONCE },
  { what: "bytes of a held session besides its tokens", measured: session - tokensOnly, atMost: 1_000 },
]);
