// Clients from the options of a case.

import { goodToken, wire } from "./wire.js";

/** A case's own members over those of its file; `null` takes one away. */
export function merged(file = {}, own = {}) {
  return Object.fromEntries(Object.entries({ ...file, ...own }).filter(([, value]) => value !== null));
}

/** The cases of some files that are for the package, each with its file. */
export function* forPackage(files, list) {
  for (const { name, content } of files) {
    for (const one of content[list]) {
      if (one.runs_in.includes("package")) yield { file: name, content, one };
    }
  }
}

/**
 * Makes a client. Nothing but what a case gives is taken from the surroundings.
 *
 * @param {object} tokenwell the package
 * @param {object} given a case's `client`
 * @param {object} own the runner's options
 */
export function client(tokenwell, { provider, ...options }, own) {
  return tokenwell[provider]({ env: {}, ...options, ...own });
}

/** What a call came to: its value or its error. */
export async function outcome(call) {
  try {
    return { value: await call() };
  } catch (error) {
    return { error };
  }
}

/** What `authorize` was given, by the name that a server reads. */
export const parameter = (url, name) => new URL(url).searchParams.get(name);

/** What stored tokens of this client hold in `issuedFor`, learned from an authorization of the same client. */
export async function issuedFor(tokenwell, { clientId, tokenEndpoint }) {
  const connecting = tokenwell.oauth({
    tokenEndpoint,
    clientId,
    authorizationEndpoint: "https://auth.example.com/authorize",
    clientAuth: "none",
    transactionKey: new Uint8Array(32),
    allowInsecureLoopback: true,
    env: {},
    fetch: wire(() => goodToken()).fetch,
  });
  const { url, transaction } = connecting.authorize({ redirectUri: "https://app.example.com/callback" });
  const session = await connecting.callback(`?code=canary-code&state=${parameter(url, "state")}`, transaction);
  return session.tokens().issuedFor;
}
