// What has to work wherever the package is loaded at all: in every runtime, and out of every bundle.

import { Differences } from "./neutral/differences.js";
import { PROVIDERS, check, connect, equal, fails, runCases } from "./surroundings.js";

/** Each asks for a token; whatever else there is to be right, without these nothing is. */
export const essentials = {
  async "client credentials: the four providers"(surroundings) {
    for (const [provider, { call }] of Object.entries(PROVIDERS)) {
      const client = connect(surroundings, provider);
      const token = await client.token();
      surroundings.shown.push(token);
      check(token.accessToken.length > 10, "a token");
      check(typeof (await call(client)) === "object", `${provider}'s API answers`);
    }
    equal((await surroundings.ask("requests", { endpoint: "token" })).statuses, [200, 200, 200, 200], "token requests");
    equal((await surroundings.ask("requests", { endpoint: "api" })).statuses.length, 4, "API requests");
  },

  async "a token is cached"(surroundings) {
    const client = connect(surroundings, "lucca");
    const first = await client.token();
    for (let times = 0; times < 100; times += 1) equal((await client.token()).accessToken, first.accessToken, "the token");
    equal((await surroundings.ask("requests", { endpoint: "token" })).statuses, [200], "token requests");
  },

  async "a refusal has the server's own words"(surroundings) {
    const wrong = connect(surroundings, "lucca", { clientSecret: "canary-of-another" });
    await fails(surroundings, () => wrong.token(), {
      kind: "oauth", error: "invalid_client", retryable: false, recovery: "fix_configuration",
    });
  },

  async "a redirect of the token endpoint is refused"(surroundings) {
    const location = `${surroundings.address}/trap`;
    for (const status of [301, 302, 303, 307, 308]) {
      await surroundings.ask("fail", { status, headers: { location } });
      await fails(surroundings, () => connect(surroundings, "luminary").token(), { kind: "redirect_refused" });
    }
    equal((await surroundings.ask("requests", { endpoint: "token" })).trapped, 0, "requests that followed");
  },
};

/** Stands behind all other cases. */
export const last = {
  /** The last one: it looks at what all the others left. */
  async "nothing that is shown holds a secret"({ shown, inspect }) {
    check(shown.length > 25, "there is something to look at");
    const differences = new Differences(inspect);
    for (const value of shown) differences.scan("what was shown", value);
    equal(differences.list, [], "secrets");
  },
};

/** Runs these alone, with the parameters and the result of `endToEnd`. */
export function runEssentials(tokenwell, address, runtime) {
  return runCases({ ...essentials, ...last }, tokenwell, address, runtime);
}

/** What they are called: the rows of a bundle's table. */
export const names = Object.keys({ ...essentials, ...last });
