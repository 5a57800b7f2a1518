// The four providers as this server presents them: what can be started, and what can be called afterwards.

import { luminary, lumanu, lumoauth, lucca } from "tokenwell";

/**
 * @typedef {object} Call
 * @property {string} name in the form
 * @property {string} path below the API's base, or a URL
 * @property {object} [body] sent as JSON, with POST
 * @property {string} about
 *
 * @typedef {object} Flow
 * @property {string} scope what is asked for unless something else is typed
 * @property {Call[]} calls
 *
 * @typedef {object} Provider
 * @property {string} name
 * @property {string} title
 * @property {string} about
 * @property {(common: object) => import("tokenwell").Client} open
 * @property {boolean} canRevoke whether it has a revocation endpoint (RFC 7009)
 * @property {string | null} issuer what `iss` has to be, where the provider sends it
 * @property {{ client_credentials: Flow, authorization_code?: Flow }} flows
 */

export const flowTitles = {
  client_credentials: "Client credentials",
  authorization_code: "Authorization code",
};

const lumoauthIssuer = "https://app.lumoauth.dev/t/acme";

const households = [{ name: "households", path: "households?limit=3", about: "The first three households" }];

const checks = [
  {
    name: "check",
    path: "authz/check",
    body: { permission: "document.view" },
    about: "May document.view? It may",
  },
  {
    name: "check-delete",
    path: "authz/check",
    body: { permission: "document.delete" },
    about: "May document.delete? It may not",
  },
];

/** @type {Provider[]} */
export const providers = [
  {
    name: "lumanu",
    title: "Lumanu",
    about: "JSON bodies, an audience, tokens for a day. Users connect their workspaces.",
    open: (common) => lumanu({ ...common, environment: "sandbox" }),
    canRevoke: false,
    issuer: null,
    flows: {
      client_credentials: {
        scope: "",
        calls: [
          {
            name: "payable",
            path: "payable",
            body: {
              workspace_id: "workspace-of-the-platform",
              payee_email: "payee@people.example",
              amount: 12_500,
              description: "A drawing",
            },
            about: "Create a payable of 125 dollars",
          },
          { name: "user", path: "user/current", about: "The current user: refused, since no user is behind this token" },
        ],
      },
      authorization_code: {
        scope: "openid profile email",
        calls: [
          { name: "user", path: "user/current", about: "The user who signed in" },
          { name: "workspaces", path: "user/current/workspaces", about: "The user's workspaces" },
        ],
      },
    },
  },
  {
    name: "lumoauth",
    title: "LumoAuth",
    about: "Form bodies, always PKCE, iss in the callback. Refresh tokens rotate at every use.",
    open: (common) => lumoauth({ ...common, issuer: lumoauthIssuer }),
    canRevoke: true,
    issuer: lumoauthIssuer,
    flows: {
      client_credentials: { scope: "read:users", calls: checks },
      authorization_code: {
        scope: "openid profile email",
        calls: [
          {
            name: "userinfo",
            path: "https://app.lumoauth.dev/t/acme/api/v1/oauth/userinfo",
            about: "The user who signed in",
          },
          ...checks,
        ],
      },
    },
  },
  {
    name: "luminary",
    title: "Luminary",
    about: "Form bodies, tokens for an hour. A refresh token comes with offline_access.",
    open: (common) => luminary(common),
    canRevoke: false,
    issuer: null,
    flows: {
      client_credentials: { scope: "", calls: households },
      authorization_code: { scope: "openid profile email offline_access", calls: households },
    },
  },
  {
    name: "lucca",
    title: "Lucca",
    about: "One token host for all accounts, tokens for half an hour, a version header at the API.",
    open: (common) => lucca({ ...common, account: "example" }),
    canRevoke: false,
    issuer: null,
    flows: {
      client_credentials: {
        scope: "employees.readonly",
        calls: [{ name: "employees", path: "employees?limit=3", about: "The first three employees" }],
      },
    },
  },
];

/** @param {string | null} name */
export function findProvider(name) {
  return providers.find((provider) => provider.name === name);
}
