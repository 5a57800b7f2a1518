// What has to work in every runtime, over the runtime's own network. This file runs in all of them unchanged.

import { essentials, last } from "./essentials.js";
import { scenarios } from "./neutral/scenarios.js";
import { vectors } from "./neutral/vectors.js";
import { check, connect, emulated, equal, fails, runCases } from "./surroundings.js";

/**
 * Runs every case.
 *
 * @param {object} tokenwell the package, as the runtime loads it
 * @param {string} address where the servers are told, see `world.js`
 * @param {object} [runtime] what is different in it, see {@link runCases}
 * @returns {Promise<{ name: string, problem: string | null }[]>} in the order of {@link names}
 */
export function endToEnd(tokenwell, address, runtime) {
  return runCases(CASES, tokenwell, address, runtime);
}

const CASES = {
  ...essentials,

  "client credentials: oidc-provider, in the body": (surroundings) => oidc(surroundings, "post", "client_secret_post"),

  "client credentials: oidc-provider, Basic": (surroundings) => oidc(surroundings, "strange", "client_secret_basic"),

  async "200 callers make one token request"(surroundings) {
    await surroundings.ask("fail", { delay: 50 });
    const client = connect(surroundings, "luminary");
    const tokens = await Promise.all(Array.from({ length: 200 }, () => client.token()));
    equal(new Set(tokens.map(({ accessToken }) => accessToken)).size, 1, "tokens");
    equal((await surroundings.ask("requests", { endpoint: "token" })).statuses, [200], "token requests");
  },

  async "a 401 brings a new token and a retry"(surroundings) {
    const client = connect(surroundings, "lucca");
    const { accessToken } = await client.token();
    await surroundings.ask("revoke", { token: accessToken });
    equal((await client.fetch("employees")).status, 200, "the status of the API");
    equal((await surroundings.ask("requests", { endpoint: "api" })).statuses, [401, 200], "API requests");
    equal((await surroundings.ask("requests", { endpoint: "token" })).statuses, [200, 200], "token requests");
  },

  async "a server's error is retried, and told when it stays"(surroundings) {
    await surroundings.ask("fail", { status: 500, body: "down" });
    await connect(surroundings, "luminary").token();
    equal((await surroundings.ask("requests", { endpoint: "token" })).statuses, [500, 200], "token requests");
    await surroundings.ask("fail", { status: 503, headers: { "retry-after": "7" } });
    await fails(surroundings, () => connect(surroundings, "luminary", { retries: 0 }).token(), {
      kind: "oauth", status: 503, retryable: true, retryAfter: 7000, recovery: "retry",
    });
  },

  async "a console shows what an object is, and nothing but its members"(surroundings) {
    const { inspect } = surroundings;
    // Not every runtime has one that shows objects.
    if (inspect === undefined) return;
    const client = connect(surroundings, "lucca");
    const [shownClient, shownToken] = [inspect(client), inspect(await client.token())];
    check(/^Client \{\s+provider: .lucca.,?\s+\}$/.test(shownClient), shownClient);
    check(/^Token \{\s+tokenType: /.test(shownToken), shownToken);
    check(!/accessToken|extra|authorization/.test(shownToken), shownToken);
  },

  async "a redirect of the API takes no token elsewhere"(surroundings) {
    await surroundings.ask("fail", { endpoint: "api", status: 307, headers: { location: `${surroundings.address}/trap` } });
    await fails(surroundings, () => connect(surroundings, "luminary").fetch("households"), { kind: "redirect_refused" });
    equal((await surroundings.ask("requests", { endpoint: "api" })).trapped, 0, "requests that followed");
  },

  async "a caller who gives up gets the signal's reason, the others the token"(surroundings) {
    await surroundings.ask("fail", { delay: 300 });
    const client = connect(surroundings, "luminary");
    const controller = new AbortController();
    const [leaving, staying] = [client.token({ signal: controller.signal }), client.token()];
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 50);
    equal(await leaving.catch((error) => error === reason), true, "the rejection is the reason");
    check((await staying).accessToken.length > 10, "a token for who stays");
    // Where nothing is shared but values, who leads takes the request along, and who stays sends one of their own.
    const expected = surroundings.isolatesRequests ? [null, 200] : [200];
    equal((await surroundings.ask("requests", { endpoint: "token" })).statuses, expected, "token requests");
  },

  async "the last caller to give up ends the request"(surroundings) {
    await surroundings.ask("fail", { delay: 60_000 });
    const client = connect(surroundings, "luminary");
    const controller = new AbortController();
    const leaving = client.token({ signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    equal((await leaving.catch((error) => error)).name, "AbortError", "the rejection");
    check((await client.token()).accessToken.length > 10, "the next call has a token");
  },

  async "a server that does not answer runs into the timeout"(surroundings) {
    await surroundings.ask("fail", { delay: 60_000 });
    const client = connect(surroundings, "luminary", { timeout: 800, retries: 0 });
    await fails(surroundings, () => client.token(), { kind: "timeout", retryable: true });
    check((await client.token({ fresh: true })).accessToken.length > 10, "the next call has a token");
  },

  async "an answer without an end is cut off"(surroundings) {
    await surroundings.ask("fail", { status: 200, headers: { "content-type": "application/json" }, body: " ".repeat(1_200_000) });
    await fails(surroundings, () => connect(surroundings, "luminary").token(), { kind: "response_too_large" });
  },

  async "a connection that is refused was never used"(surroundings) {
    const { clientId, clientSecret } = surroundings.world.clients.luminary;
    const nobody = await exchanging(surroundings, {
      clientId,
      clientSecret,
      tokenEndpoint: `${surroundings.world.nobody}/token`,
      allowInsecureLoopback: true,
      fetch: undefined,
    });
    if (surroundings.tellsRefusals) {
      await fails(surroundings, nobody.callback, { kind: "network", retryable: true });
      equal(nobody.attempts(), 3, "attempts");
    } else {
      // What may have been sent is not sent again.
      await fails(surroundings, nobody.callback, { kind: "ambiguous", recovery: "reauthorize" });
      equal(nobody.attempts(), 1, "attempts");
    }
  },

  async "a connection that breaks off may have been used"(surroundings) {
    await surroundings.ask("fail", { disconnect: true, times: 9 });
    const { clientId, clientSecret } = surroundings.world.clients.luminary;
    const breaking = await exchanging(surroundings, {
      clientId,
      clientSecret,
      tokenEndpoint: "https://auth.withluminary.com/oauth2/token",
    });
    await fails(surroundings, breaking.callback, { kind: "ambiguous", recovery: "reauthorize" });
    equal(breaking.attempts(), 1, "attempts");
  },

  async "a user is connected, refreshed and disconnected"(surroundings) {
    const client = connect(surroundings, "lumoauth");
    const redirectUri = "https://app.example/callback";
    const { url, transaction } = client.authorize({ redirectUri, scope: "openid profile email" });
    const callback = await surroundings.ask("approve", { url });
    const session = await client.callback(callback, transaction);
    const first = await session.token();
    const second = await session.token({ fresh: true });
    check(first.accessToken !== second.accessToken, "a refreshed token");
    equal(session.claims.sub, "user-ada", "who signed in");
    surroundings.shown.push(transaction, session, first, second);
    await fails(surroundings, () => client.callback(callback, transaction), { kind: "callback" });
    await session.disconnect();
    await fails(surroundings, () => session.token(), { recovery: "reauthorize" });
  },

  vectors: (surroundings) => neutral(vectors, surroundings, surroundings.world.vectors, 700),

  scenarios: (surroundings) => neutral(scenarios, surroundings, surroundings.world.scenarios, 100),

  ...last,
};

/** What the cases are called: the rows of the table. */
export const names = Object.keys(CASES);

async function oidc({ tokenwell, world, shown }, name, clientAuth) {
  const { clientId, clientSecret } = world.oidc.clients[name];
  const client = tokenwell.oauth({
    tokenEndpoint: world.oidc.tokenEndpoint,
    apiBase: world.oidc.issuer,
    clientId,
    clientSecret,
    clientAuth,
    scope: "api:read",
    allowInsecureLoopback: true,
  });
  const token = await client.token();
  shown.push(client, token);
  equal([token.scope, token.deviations], [["api:read"], []], "scope and deviations");
  const response = await client.fetch("/api");
  equal(await response.json(), { clientId, subject: null, scope: "api:read" }, "the API's answer");
}

/** The exchange of a code, which may be repeated only where it certainly was not sent. */
async function exchanging({ tokenwell, world, shown }, options) {
  let attempts = 0;
  const client = tokenwell.oauth({
    authorizationEndpoint: "https://auth.example.com/authorize",
    fetch: emulated(world),
    onEvent: (event) => {
      shown.push(event);
      if (event.type === "request") attempts += 1;
    },
    ...options,
  });
  const { url, transaction } = client.authorize({ redirectUri: "https://app.example/callback" });
  const state = new URL(url).searchParams.get("state");
  return { callback: () => client.callback(`/callback?code=canary-code&state=${state}`, transaction), attempts: () => attempts };
}

/** The language-neutral cases, of which there are this many at least. */
async function neutral(runner, { tokenwell, inspect }, files, least) {
  const cases = runner(tokenwell, files, { inspect });
  const problems = [];
  for (const { file, id, run } of cases) problems.push(...(await run()).map((problem) => `${file}/${id}: ${problem}`));
  equal(problems, [], "differences");
  check(cases.length >= least, `${least} cases, there are ${cases.length}`);
}
