// The same task for each library, in the words of its own manual.

import { ServerClient } from "@auth0/auth0-server-js";
import { ConfidentialClientApplication } from "@azure/msal-node";
import { OAuth2Client as BadgatewayClient, OAuth2Fetch } from "@badgateway/oauth2-client";
import { OAuth2Client as GoogleClient } from "google-auth-library";
import * as oauth4webapi from "oauth4webapi";
import * as openid from "openid-client";
import { ClientCredentials } from "simple-oauth2";
import { oauth } from "tokenwell";
import { headers as answerHeaders, tokenAnswer } from "./server.js";

const clientId = "client";
const clientSecret = "secret of the client";
const scope = "read";

/** Answers as the server does, without a network. */
export const stubFetch = async () => new Response(tokenAnswer, { headers: answerHeaders });

/** @param {string} origin where the server listens */
export function tokenwell(origin, options = {}) {
  return oauth({
    tokenEndpoint: `${origin}/token`, apiBase: origin, clientId, clientSecret, scope, allowInsecureLoopback: true, ...options,
  });
}

/**
 * Token requests over `fetch`: each call sends one.
 *
 * @param {string} origin
 * @param {typeof globalThis.fetch} [fetch] instead of the runtime's
 */
export function tokenRequests(origin, fetch = globalThis.fetch) {
  const tokenEndpoint = `${origin}/token`;
  const ours = tokenwell(origin, { fetch });

  const body = new URLSearchParams({
    grant_type: "client_credentials", scope, client_id: clientId, client_secret: clientSecret,
  }).toString();
  const init = {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body,
  };

  const badgateway = new BadgatewayClient({
    server: origin, tokenEndpoint, clientId, clientSecret, authenticationMethod: "client_secret_post", fetch,
  });

  const server = { issuer: origin, token_endpoint: tokenEndpoint };
  const client = { client_id: clientId };
  const authentication = oauth4webapi.ClientSecretPost(clientSecret);
  const insecure = { [oauth4webapi.allowInsecureRequests]: true, [oauth4webapi.customFetch]: fetch };

  const configuration = new openid.Configuration(server, clientId, clientSecret, openid.ClientSecretPost(clientSecret));
  openid.allowInsecureRequests(configuration);
  configuration[openid.customFetch] = fetch;

  return {
    "bare fetch": async () => (await fetch(tokenEndpoint, init)).json(),
    tokenwell: () => ours.token({ fresh: true }),
    "@badgateway/oauth2-client": () => badgateway.clientCredentials({ scope: [scope] }),
    oauth4webapi: async () => {
      const response = await oauth4webapi.clientCredentialsGrantRequest(server, client, authentication, { scope }, insecure);
      return oauth4webapi.processClientCredentialsResponse(server, client, response);
    },
    "openid-client": () => openid.clientCredentialsGrant(configuration, { scope }),
  };
}

/** The one that sends by Node's own `http`, and so takes part where there is a network. */
export function simpleOauth2(origin) {
  const client = new ClientCredentials({
    client: { id: clientId, secret: clientSecret },
    auth: { tokenHost: origin, tokenPath: "/token" },
    options: { authorizationMethod: "body" },
  });
  return () => client.getToken({ scope });
}

/** Tokens that are there already: no call sends anything. */
export async function cachedTokens() {
  const origin = "http://127.0.0.1:9";
  const ours = tokenwell(origin, { fetch: stubFetch });
  const badgateway = badgatewayFetch(origin, stubFetch);
  const google = googleClient();
  const microsoft = new ConfidentialClientApplication({
    auth: { clientId, clientSecret, authority: "https://login.example.com/tenant", ...microsoftMetadata() },
    system: { networkClient: { sendPostRequestAsync: microsoftAnswer, sendGetRequestAsync: microsoftAnswer } },
  });
  const auth0 = new ServerClient({
    domain: "auth.example.com", clientId, clientSecret, stateStore: auth0State(), transactionStore: nothingStored,
  });
  const constant = "a token";
  return {
    "async function, constant": async () => constant,
    tokenwell: () => ours.token(),
    "@badgateway/oauth2-client": () => badgateway.getAccessToken(),
    "google-auth-library": () => google.getAccessToken(),
    "@azure/msal-node": () => microsoft.acquireTokenByClientCredential({ scopes: ["https://api.example.com/.default"] }),
    "@auth0/auth0-server-js": () => auth0.getAccessToken(),
  };
}

/** GET with a token that is there already; the answer is read to its end. */
export function authenticatedGets(origin) {
  const url = `${origin}/employees?limit=10`;
  const target = new URL(url);
  const accessToken = JSON.parse(tokenAnswer).access_token;
  const init = { headers: { authorization: `Bearer ${accessToken}` } };
  const ours = tokenwell(origin);
  const badgateway = badgatewayFetch(origin);
  const google = googleClient();
  const insecure = { [oauth4webapi.allowInsecureRequests]: true };
  const configuration = new openid.Configuration({ issuer: origin }, clientId, clientSecret);
  openid.allowInsecureRequests(configuration);
  return {
    "bare fetch": async () => (await fetch(url, init)).text(),
    tokenwell: async () => (await ours.fetch("employees?limit=10")).text(),
    "@badgateway/oauth2-client": async () => (await badgateway.fetch(url)).text(),
    oauth4webapi: async () =>
      (await oauth4webapi.protectedResourceRequest(accessToken, "GET", target, undefined, undefined, insecure)).text(),
    "openid-client": async () => (await openid.fetchProtectedResource(configuration, accessToken, target, "GET")).text(),
    "google-auth-library": async () => (await google.request({ url, responseType: "text" })).data,
  };
}

/** @param {typeof globalThis.fetch} [fetch] */
export function badgatewayFetch(origin, fetch = globalThis.fetch) {
  const client = new BadgatewayClient({
    server: origin, tokenEndpoint: `${origin}/token`, clientId, clientSecret, authenticationMethod: "client_secret_post", fetch,
  });
  return new OAuth2Fetch({ client, scheduleRefresh: false, getNewToken: () => client.clientCredentials({ scope: [scope] }) });
}

function googleClient() {
  const client = new GoogleClient({ clientId, clientSecret });
  client.setCredentials({ access_token: JSON.parse(tokenAnswer).access_token, expiry_date: Date.now() + 3_600_000 });
  return client;
}

async function microsoftAnswer() {
  return { status: 200, headers: {}, body: JSON.parse(tokenAnswer) };
}

function microsoftMetadata() {
  const authority = "https://login.example.com/tenant";
  return {
    knownAuthorities: ["login.example.com"],
    authorityMetadata: JSON.stringify({
      issuer: `${authority}/v2.0`,
      token_endpoint: `${authority}/oauth2/v2.0/token`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
      jwks_uri: `${authority}/discovery/v2.0/keys`,
    }),
    cloudDiscoveryMetadata: JSON.stringify({
      tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`,
      "api-version": "1.1",
      metadata: [
        { preferred_network: "login.example.com", preferred_cache: "login.example.com", aliases: ["login.example.com"] },
      ],
    }),
  };
}

const nothingStored = { get: async () => undefined, set: async () => {}, delete: async () => {} };

function auth0State() {
  const expiresAt = Math.floor(Date.now() / 1000) + 3600;
  const { access_token: accessToken } = JSON.parse(tokenAnswer);
  const state = {
    user: { sub: "user" },
    idToken: "id",
    refreshToken: "refresh",
    tokenSets: [{ audience: "default", accessToken, scope, expiresAt }],
    internal: { sid: "session", createdAt: expiresAt },
  };
  return { ...nothingStored, get: async () => state };
}
