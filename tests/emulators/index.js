import { randomBytes } from "node:crypto";
import { pendingHeader, plainConsentPage } from "./authorize.js";
import { Clock } from "./clock.js";
import { Faults } from "./faults.js";
import { mappingFetch } from "./fetch.js";
import { lucca } from "./lucca.js";
import { lumanu } from "./lumanu.js";
import { luminary } from "./luminary.js";
import { lumoauth } from "./lumoauth.js";
import { sampleClients, sampleUsers } from "./samples.js";
import { emulatorServer } from "./server.js";
import { Signer, TokenStore } from "./tokens.js";

/**
 * One request and its answer, as the provider would have seen them.
 *
 * @typedef {object} Exchange
 * @property {string | null} provider
 * @property {string | null} endpoint `token`, `authorize`, `decision`, `revoke`, `introspect`, `userinfo`, `jwks`,
 *   `metadata` or `api`; null where nothing lives
 * @property {string} method
 * @property {"https" | "http"} protocol
 * @property {string} host
 * @property {string} path
 * @property {Record<string, string>} query
 * @property {Record<string, string>} headers lower-case names
 * @property {unknown} body parsed JSON, a form as an object, other text as it is, or null
 * @property {string} rawBody
 * @property {number} at the emulator's time, ms since 1970
 * @property {number | null} status null until answered, and when the connection was closed instead
 */

/**
 * Starts a strict emulator of all four providers on loopback.
 *
 * The answer's members:
 * - `origin`, `url`: where it listens, as `http://127.0.0.1:PORT` without and with a slash at the end
 * - `fetch`: reaches the providers' real hosts here, and nothing else
 * - `prefixed(url)`: the address of a real https URL for programs that cannot take a `fetch`
 * - `requests`: every {@link Exchange}, oldest first; `refused`: hosts that `fetch` could not reach
 * - `clients`: the registered clients by name; add one by assigning to a new name, change one in place
 * - `users`: the people who can sign in, by name; `settings`: what the providers leave open
 * - `tokens`: the maps `accessTokens`, `refreshTokens` and `codes`, from value to record
 * - `clock`: `now()`, `advance(ms)`, `set(ms)`; tokens expire by it
 * - `approve(url, { user, decline })`: plays the browser, resolves to the callback URL
 * - `revoke(token)`, `rotateSecret(name, secret?)`, `fail(fault)`, `delayAnswers(ms, fault?)`
 * - `reset()`: as it was at the start; `unref()`: do not keep the process alive; `close()`
 *
 * @param {object} [options]
 * @param {Record<string, import("./samples.js").RegisteredClient>} [options.clients] instead of the samples
 * @param {object} [options.users] instead of the samples
 * @param {{ lumanu?: object, lumoauth?: object }} [options.settings] over the defaults
 * @param {(pending: import("./authorize.js").PendingAuthorization) => string} [options.consent] renders the page of
 *   the authorization endpoints as HTML
 * @param {boolean} [options.loopback] let `fetch` reach other servers on loopback
 */
export async function createEmulator(options = {}) {
  const world = createWorld(options);
  const server = emulatorServer(world);
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const refused = [];
  const knows = (host) => world.providers.some((provider) => provider.owns(host));
  const fetch = mappingFetch({ origin, knows, refused, loopback: options.loopback ?? false });

  return {
    origin,
    url: `${origin}/`,
    fetch,
    refused,
    requests: world.requests,
    clients: world.clients,
    users: world.people,
    settings: world.settings,
    tokens: world.tokens,
    clock: world.clock,
    prefixed: (url) => prefixed(origin, url),
    approve: (url, choice) => approve(fetch, url, choice),

    /** Revokes an access token, or a refresh token with its family. @param {string} token */
    revoke(token) {
      return world.tokens.revoke(token);
    },

    /** Gives a client another secret; the old one is refused from now on. @returns {string} the new secret */
    rotateSecret(name, secret = `canary-secret-rotated-${randomBytes(9).toString("base64url")}`) {
      world.clients[name].clientSecret = secret;
      return secret;
    },

    /** Makes the next requests fail. @param {import("./faults.js").Fault} fault */
    fail(fault) {
      world.faults.add(fault);
    },

    /** Makes answers late. @param {number} ms @param {import("./faults.js").Fault} [fault] every token answer */
    delayAnswers(ms, fault = { times: Infinity }) {
      world.faults.add({ ...fault, delay: ms });
    },

    reset() {
      refused.length = 0;
      world.reset();
    },

    unref() {
      server.unref();
      server.on("connection", (socket) => socket.unref());
    },

    async close() {
      world.wake();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The state that all providers share. */
function createWorld({ clients = sampleClients(), users = sampleUsers(), settings = {}, consent = plainConsentPage }) {
  const first = structuredClone(clients);
  const clock = new Clock();
  const sleepers = new Set();
  const world = {
    clock,
    consent,
    clients,
    people: users,
    requests: [],
    pending: new Map(),
    tokens: new TokenStore(clock),
    signer: new Signer(),
    faults: new Faults(),
    settings: mergedSettings(settings),
    get registered() {
      return Object.values(clients);
    },
    users: {
      byName: (name) => (Object.hasOwn(users, name) ? users[name] : undefined),
      bySubject: (subject) => Object.values(users).find((user) => user.sub === subject),
    },
    pause: (ms) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          sleepers.delete(done);
          resolve();
        };
        const timer = setTimeout(done, ms).unref();
        sleepers.add(done);
      }),
    wake: () => {
      for (const done of [...sleepers]) done();
    },
    reset() {
      world.wake();
      world.requests.length = 0;
      world.pending.clear();
      world.tokens.clear();
      world.faults.clear();
      clock.reset();
      Object.assign(world.settings, mergedSettings(settings));
      for (const name of Object.keys(clients)) if (!Object.hasOwn(first, name)) delete clients[name];
      for (const name of Object.keys(first)) Object.assign((clients[name] ??= {}), structuredClone(first[name]));
    },
  };
  world.providers = [luminary, lumanu, lumoauth, lucca].map((provider) => provider(world));
  return world;
}

/** What the providers' pages leave open. */
function mergedSettings({ lumanu: ofLumanu = {}, lumoauth: ofLumoauth = {} }) {
  return {
    lumanu: { refreshTokens: "keep", needsOfflineAccess: false, ...ofLumanu },
    lumoauth: { issuer: ({ host, tenant }) => `https://${host}/t/${tenant}`, customDomains: {}, ...ofLumoauth },
  };
}

function prefixed(origin, url) {
  const { protocol, host, pathname, search } = new URL(url);
  if (protocol !== "https:") throw new TypeError("Only https URLs have an address under /host/.");
  return `${origin}/host/${host}${pathname}${search}`;
}

/** Plays the browser: opens the authorization URL, answers its page, and stops at the callback. */
async function approve(fetch, url, { user = "ada", decline = false } = {}) {
  const page = await fetch(url, { redirect: "manual" });
  const text = await page.text();
  if (page.status === 302) return page.headers.get("location");
  const id = page.headers.get(pendingHeader);
  if (id === null) throw new Error(`The authorization endpoint showed an error page: ${page.status} ${text}`);
  const decision = await fetch(new URL("authorize/decision", url), {
    method: "POST",
    body: new URLSearchParams({ authorization: id, user, decision: decline ? "decline" : "approve" }),
    redirect: "manual",
  });
  if (decision.status !== 303) throw new Error(`The decision was refused: ${decision.status} ${await decision.text()}`);
  await decision.body?.cancel();
  return decision.headers.get("location");
}
