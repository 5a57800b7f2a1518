// What the tests of this folder share: an emulator for each file, and the four providers as data.

import { createRequire } from "node:module";
import { after, afterEach, before } from "node:test";
import * as esm from "tokenwell";
import { createEmulator } from "../emulators/index.js";

/** The package as both kinds of programs load it. */
export const packages = { "ES modules": esm, CommonJS: createRequire(import.meta.url)("tokenwell") };

/** Each provider: its own options, a first API call, and what its token endpoint is called. */
export const providers = {
  luminary: {
    options: { subdomain: "acme" },
    call: ["households?limit=1"],
    token: "https://auth.withluminary.com/oauth2/token",
    api: "https://acme.luminary.com/v1/households",
    variables: { clientId: "CLIENT_ID", clientSecret: "CLIENT_SECRET" },
  },
  lumanu: {
    options: { environment: "sandbox" },
    call: [
      "payable",
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          workspace_id: "workspace-of-the-platform",
          payee_email: "payee@people.example",
          amount: 12500,
          description: "A drawing",
        }),
      },
    ],
    token: "https://auth-staging.lumanu.com/oauth/token",
    api: "https://api.demo.lumanu.link/api/rest/payable",
    variables: { clientId: "LUMANU_CLIENT_ID", clientSecret: "LUMANU_CLIENT_SECRET" },
  },
  lumoauth: {
    options: { tenant: "acme" },
    call: [
      "authz/check",
      { method: "POST", headers: { "content-type": "application/json" }, body: `{"permission":"document.view"}` },
    ],
    token: "https://app.lumoauth.dev/t/acme/api/v1/oauth/token",
    api: "https://app.lumoauth.dev/api/v1/authz/check",
    variables: { clientId: "LUMOAUTH_CLIENT_ID", clientSecret: "LUMOAUTH_CLIENT_SECRET" },
  },
  lucca: {
    options: { account: "example" },
    call: ["employees?limit=1"],
    token: "https://accounts.world.luccasoftware.com/connect/token",
    api: "https://example.ilucca.net/lucca-api/employees",
    variables: { clientId: "LUCCA_CLIENT_ID", clientSecret: "LUCCA_CLIENT_SECRET" },
  },
};

/** An emulator for the tests of one file, fresh for each test. */
export function useEmulator() {
  const holder = { emulator: undefined };
  before(async () => {
    holder.emulator = await createEmulator({ loopback: true });
  });
  afterEach(() => holder.emulator.reset());
  after(() => holder.emulator.close());
  return {
    get emulator() {
      return holder.emulator;
    },
    /** A client of a provider with the sample credentials. */
    client(provider, options = {}, tokenwell = esm) {
      const { clientId, clientSecret } = holder.emulator.clients[provider];
      const { options: own } = providers[provider];
      return tokenwell[provider]({ ...own, clientId, clientSecret, fetch: holder.emulator.fetch, ...options });
    },
    /** What reached an endpoint, such as `token`. */
    sent(endpoint) {
      return holder.emulator.requests.filter((request) => request.endpoint === endpoint);
    },
  };
}

/** For `assert.rejects` and `assert.throws`: a TokenwellError with these members; a regular expression is searched for. */
export function failure(members) {
  return (error) => {
    const wrong = Object.entries({ name: "TokenwellError", ...members }).filter(([name, value]) =>
      value instanceof RegExp ? !value.test(error[name]) : error[name] !== value,
    );
    if (wrong.length === 0) return true;
    const found = wrong.map(([name, value]) => `${name} is ${error[name]} and not ${value}`).join("; ");
    throw new Error(`${found}: ${error.stack}`, { cause: error });
  };
}
