// The providers themselves, with credentials from the environment.

import { luminary, lumanu, lumoauth, lucca } from "tokenwell";
import { calls } from "./calls.js";
import { playScene } from "./scene.js";

/** `needs`: the client's id and secret first. `note`: what else there is to know about the variables. */
const providers = {
  luminary: {
    title: "Luminary",
    needs: ["CLIENT_ID", "CLIENT_SECRET", "WITHLUMINARY_SUBDOMAIN"],
    note: "WITHLUMINARY_SUBDOMAIN is acme for https://acme.luminary.com; LUMINARY_API_BASE, if set, is the API's base URL instead.",
    open: (env, common) => luminary({ ...common, apiBase: env.LUMINARY_API_BASE }),
    call: calls.luminary,
  },
  lumanu: {
    title: "Lumanu",
    needs: ["LUMANU_CLIENT_ID", "LUMANU_CLIENT_SECRET", "LUMANU_ENVIRONMENT"],
    note: "LUMANU_ENVIRONMENT is sandbox or production. Only a token is requested: the call that it is good for pays money.",
    open: (env, common) => lumanu({ ...common, environment: env.LUMANU_ENVIRONMENT }),
    call: null,
  },
  lumoauth: {
    title: "LumoAuth",
    needs: ["LUMOAUTH_CLIENT_ID", "LUMOAUTH_CLIENT_SECRET", "LUMOAUTH_TENANT"],
    note: "LUMOAUTH_URL, if set, is another region, such as https://eu.app.lumoauth.dev.",
    open: (_env, common) => lumoauth(common),
    call: calls.lumoauth,
  },
  lucca: {
    title: "Lucca",
    needs: ["LUCCA_CLIENT_ID", "LUCCA_CLIENT_SECRET", "LUCCA_ACCOUNT"],
    note: "LUCCA_ACCOUNT is example for https://example.ilucca.net; LUCCA_HOST, if set, stands for ilucca.net.",
    open: (env, common) =>
      lucca({ ...common, account: env.LUCCA_ACCOUNT, host: env.LUCCA_HOST, scope: "employees.readonly" }),
    call: calls.lucca,
  },
};

export const liveNames = Object.keys(providers);

/**
 * The scene for a provider, or a sentence that says what is missing. Nothing is sent before the scene is played.
 *
 * @param {string} name
 * @param {Record<string, string | undefined>} env
 * @returns {{ title: string, run: () => Promise<[string, string][]> } | string}
 */
export function live(name, env) {
  if (!Object.hasOwn(providers, name)) return `There is no provider "${name}": the names are ${liveNames.join(", ")}.`;
  const { title, needs, note, open, call } = providers[name];
  const missing = needs.filter((variable) => !env[variable]);
  if (missing.length > 0) return `Set ${missing.join(", ")} in the environment. ${note}`;
  const client = { clientId: env[needs[0]], clientSecret: env[needs[1]] };
  return {
    title,
    async run() {
      const requests = [];
      const api = open(env, { env, fetch: watchedFetch(requests) });
      return playScene({ api, call, client, sent: () => requests });
    },
  };
}

/** The runtime's `fetch`, which notes what goes out through it. */
function watchedFetch(requests) {
  return async (input, init) => {
    const headers = Object.fromEntries(new Headers(init?.headers));
    const body = String(init?.body ?? "");
    const to = headers.authorization?.startsWith("Bearer ") ? "api" : "token";
    const request = { to, method: init?.method ?? "GET", url: String(input), headers, body, status: null };
    requests.push(request);
    const response = await fetch(input, init);
    request.status = response.status;
    return response;
  };
}
