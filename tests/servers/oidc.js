import { createServer } from "node:http";
import { generateKeyPairSync, randomBytes } from "node:crypto";
// Version 8: the last major line that supports Node 20.
import Provider, { errors } from "oidc-provider";
import { memoryAdapter } from "./memory-adapter.js";

/**
 * Registered at every server. `clientSecret` null means a public client. The provider takes a secret by either method,
 * whichever the client registered; `authMethod` is the registered one. The id and secret of `strange` come apart unless
 * each is form-encoded before the two are joined (RFC 6749 section 2.3.1).
 */
const sampleClients = {
  post: { clientId: "post-client", clientSecret: "canary-secret-oidc-post", authMethod: "client_secret_post" },
  basic: { clientId: "basic-client", clientSecret: "canary-secret-oidc-basic", authMethod: "client_secret_basic" },
  strange: { clientId: "id with space:+%&", clientSecret: "p@ss:w/rd +%&=", authMethod: "client_secret_basic" },
  public: { clientId: "public-client", clientSecret: null, authMethod: "none" },
};

/** Granted to every client. The server knows one more, `api:admin`; a scope that it doesn't know it leaves out. */
const grantedScopes = ["openid", "profile", "email", "offline_access", "api:read", "api:write"];

/**
 * An API that takes only tokens which name it (RFC 8707). Beside `openid`, the server gives one for it only where the token
 * request repeats it; else one for its own userinfo endpoint.
 */
export const resource = "https://api.example/only-for-it";

/**
 * Starts `oidc-provider`, an authorization server that others wrote, on loopback: client credentials, authorization
 * code with PKCE, refresh tokens that rotate and whose reuse revokes the grant, introspection and revocation.
 *
 * @param {object} [options]
 * @param {number} [options.accessTokenLifetime] seconds; 3600
 * @param {string} [options.redirectUri] registered for every client; `http://127.0.0.1:3000/callback`
 * @returns {Promise<OidcServer>}
 *
 * @typedef {object} OidcServer
 * @property {string} issuer
 * @property {string} authorizationEndpoint
 * @property {string} tokenEndpoint
 * @property {string} introspectionEndpoint
 * @property {string} revocationEndpoint
 * @property {string} jwksUri
 * @property {string} apiUrl a protected resource of ours; answers `{ clientId, subject, scope }` to a live access token
 * @property {string} redirectUri
 * @property {Record<string, { clientId: string, clientSecret: string | null, authMethod: string }>} clients
 * @property {{ method: string, path: string, query: Record<string, string>, headers: Record<string, string>, body: string, status: number | null }[]} requests
 * @property {(url: string, choice?: { user?: string, decline?: boolean }) => Promise<string>} approve plays the browser
 *   and resolves to the callback URL
 * @property {() => Promise<void>} close
 */
export async function createOidcServer({
  accessTokenLifetime = 3600,
  redirectUri = "http://127.0.0.1:3000/callback",
} = {}) {
  const server = createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const clients = structuredClone(sampleClients);
  const requests = [];
  const provider = new Provider(issuer, configuration(clients, { accessTokenLifetime, redirectUri }));
  const answerOAuth = provider.callback();

  server.on("request", (incoming, outgoing) => {
    record(requests, incoming, outgoing);
    const { pathname } = new URL(incoming.url, issuer);
    if (pathname === "/api") answerApi(provider, incoming, outgoing).catch(() => outgoing.destroy());
    else if (pathname.startsWith("/interaction/")) answerInteraction(provider, incoming, outgoing).catch(() => outgoing.destroy());
    else answerOAuth(incoming, outgoing);
  });

  return {
    issuer,
    authorizationEndpoint: `${issuer}/auth`,
    tokenEndpoint: `${issuer}/token`,
    introspectionEndpoint: `${issuer}/token/introspection`,
    revocationEndpoint: `${issuer}/token/revocation`,
    jwksUri: `${issuer}/jwks`,
    apiUrl: `${issuer}/api`,
    redirectUri,
    clients,
    requests,
    approve: (url, choice) => approve(issuer, url, choice),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configuration(clients, { accessTokenLifetime, redirectUri }) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const day = 24 * 3600;
  return {
    adapter: memoryAdapter(),
    clients: Object.values(clients).map(({ clientId, clientSecret, authMethod }) => ({
      client_id: clientId,
      ...(clientSecret === null ? {} : { client_secret: clientSecret }),
      token_endpoint_auth_method: authMethod,
      redirect_uris: [redirectUri],
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token", ...(clientSecret === null ? [] : ["client_credentials"])],
      scope: grantedScopes.join(" "),
      // A web client may not have a redirect URI with http.
      application_type: "native",
    })),
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "oidc", use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    scopes: [...grantedScopes, "api:admin"],
    claims: { profile: ["name"], email: ["email"] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: id, email: `${id}@people.example` }),
    }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, named) => {
          if (named !== resource) throw new errors.InvalidTarget();
          return { scope: "api:read api:write", accessTokenFormat: "opaque" };
        },
      },
      introspection: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
      revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    pkce: { methods: ["S256"], required: () => true },
    issueRefreshToken: (_context, client) => client.grantTypeAllowed("refresh_token"),
    // Once used, an old refresh token that comes back revokes the grant and all that it gave.
    rotateRefreshToken: true,
    ttl: {
      AccessToken: accessTokenLifetime,
      ClientCredentials: accessTokenLifetime,
      AuthorizationCode: 600,
      IdToken: 3600,
      RefreshToken: 30 * day,
      Interaction: 600,
      Grant: 30 * day,
      Session: day,
    },
  };
}

/** Notes requests with their bodies, without taking the bodies away from the provider, which reads the stream itself. */
function record(requests, incoming, outgoing) {
  const { pathname, searchParams } = new URL(incoming.url, "http://loopback.invalid");
  const entry = {
    method: incoming.method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: incoming.headers,
    body: "",
    status: null,
  };
  requests.push(entry);
  const push = incoming.push;
  incoming.push = function noted(chunk, encoding) {
    if (chunk !== null) entry.body += chunk.toString("utf8");
    return push.call(this, chunk, encoding);
  };
  outgoing.once("finish", () => {
    entry.status = outgoing.statusCode;
  });
}

/** The protected resource. It asks the provider's own store about the token, as introspection does. */
async function answerApi(provider, incoming, outgoing) {
  const value = /^bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(incoming.headers.authorization ?? "")?.[1];
  const token = value && ((await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value)));
  outgoing.setHeader("content-type", "application/json");
  if (!token?.isValid) {
    outgoing.statusCode = 401;
    outgoing.setHeader("www-authenticate", value ? 'Bearer realm="api", error="invalid_token"' : 'Bearer realm="api"');
    outgoing.end(JSON.stringify({ error: "invalid_token" }));
    return;
  }
  outgoing.end(JSON.stringify({ clientId: token.clientId, subject: token.accountId ?? null, scope: token.scope ?? null }));
}

/** Signs in and consents, or declines, as the query says; whoever plays the browser adds it. */
async function answerInteraction(provider, incoming, outgoing) {
  const details = await provider.interactionDetails(incoming, outgoing);
  const choice = new URL(incoming.url, "http://loopback.invalid").searchParams;
  if (choice.get("decline") === "true") {
    const declined = { error: "access_denied", error_description: "The user declined the request." };
    await provider.interactionFinished(incoming, outgoing, declined, { mergeWithLastSubmission: false });
    return;
  }
  if (details.prompt.name === "login") {
    const login = { accountId: choice.get("user") };
    await provider.interactionFinished(incoming, outgoing, { login }, { mergeWithLastSubmission: false });
    return;
  }
  const grant = details.grantId
    ? await provider.Grant.find(details.grantId)
    : new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
  grant.addOIDCScope((details.params.scope ?? "").trim());
  if (details.params.resource !== undefined) grant.addResourceScope(resource, details.params.scope);
  const consent = { grantId: await grant.save() };
  await provider.interactionFinished(incoming, outgoing, { consent }, { mergeWithLastSubmission: true });
}

/** A browser with cookies that stops where it would leave the server. */
async function approve(issuer, url, { user = "ada", decline = false } = {}) {
  const cookies = new Map();
  let next = new URL(url);
  for (let steps = 0; steps < 20; steps += 1) {
    if (next.pathname.startsWith("/interaction/")) {
      next.searchParams.set("user", user);
      next.searchParams.set("decline", String(decline));
    }
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(next, { redirect: "manual", headers: { cookie, accept: "text/html" } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const text = await response.text();
    const location = response.headers.get("location");
    if (location === null) throw new Error(`The authorization endpoint showed a page: ${response.status} ${text}`);
    next = new URL(location, next);
    if (next.origin !== issuer) return next.href;
  }
  throw new Error("The authorization did not come to an end.");
}
