import { authorizationEndpoints } from "./authorize.js";
import { bearerToken, requireScope } from "./bearer.js";
import { json, noStore, Refusal } from "./http.js";
import { tokenEndpoint } from "./token-endpoint.js";
import { introspectionEndpoint } from "./token-management.js";

const authHost = "auth.withluminary.com";
const issuer = `https://${authHost}`;

/** The page's API base, and the one that the official SDKs and the OpenAPI file use instead. */
const apiBases = [
  { host: /^([a-z0-9-]+)\.luminary\.com$/, path: "/v1" },
  { host: /^(?!auth\.)([a-z0-9-]+)\.withluminary\.com$/, path: "/api/public/v1" },
];

const households = Array.from({ length: 120 }, (_, index) => ({
  id: `household_${String(index + 1).padStart(4, "0")}`,
  name: `Household ${index + 1}`,
}));

/**
 * Luminary: OAuth errors as RFC 6749 spells them at the authorization server, `{code, message, details?}` at the API.
 *
 * @param {object} world the emulator's shared state
 */
export function luminary(world) {
  const facts = {
    provider: "luminary",
    bodyFormat: "form",
    basic: true,
    grants: ["client_credentials", "authorization_code", "refresh_token"],
    tokenType: "bearer",
    expiresIn: 3600,
    answersScope: false,
    grantsAllByDefault: false,
    refreshLifetime: 30 * 24 * 3600,
    revokesOnCodeReuse: false,
    // The provider does not say whether it rotates.
    rotation: () => "keep",
    refuse: (error, description, request) => {
      const headers = { ...noStore };
      if (error === "invalid_client" && request.headers.authorization !== undefined) {
        headers["www-authenticate"] = 'Basic realm="luminary"';
      }
      return new Refusal(json(error === "invalid_client" ? 401 : 400, { error, error_description: description }, headers));
    },
    serves: () => true,
    issuer: () => issuer,
    issuesRefreshToken: (scope) => scope.includes("offline_access"),
    issuesIdToken: (scope) => scope.includes("openid"),
    codeLifetime: 600,
    defaultScope: [],
    requiresState: false,
    requiresPkce: () => false,
    answersIssuer: false,
  };
  const { authorize, decide } = authorizationEndpoints(world, facts);
  const authorizationServer = {
    "/oauth2/token": { name: "token", methods: ["POST"], handle: tokenEndpoint(world, facts) },
    "/oauth2/authorize": { name: "authorize", methods: ["GET"], handle: authorize },
    "/oauth2/authorize/decision": { name: "decision", methods: ["POST"], handle: decide },
    "/oauth2/introspection": { name: "introspect", methods: ["POST"], handle: introspectionEndpoint(world, facts) },
    "/oauth2/userinfo": { name: "userinfo", methods: ["GET"], handle: userinfo },
    "/oauth2/jwks": { name: "jwks", methods: ["GET"], handle: () => json(200, world.signer.jwks()) },
    "/.well-known/oauth-authorization-server": { name: "metadata", methods: ["GET"], handle: () => json(200, metadata) },
    "/.well-known/openid-configuration": { name: "metadata", methods: ["GET"], handle: () => json(200, metadata) },
  };

  function userinfo(request) {
    const record = bearerToken(world, request, { accepts: (one) => one.provider === "luminary", refuse: apiError });
    requireScope(record, ["openid"], apiError);
    const user = world.users.bySubject(record.subject);
    if (!user) throw apiError(403, "forbidden", "The access token does not stand for a user.");
    return json(200, { sub: user.sub, given_name: user.first_name, family_name: user.last_name, email: user.email });
  }

  function subdomainOf(host, path) {
    for (const base of apiBases) {
      const match = base.host.exec(host);
      if (match && path === `${base.path}/households`) return match[1];
    }
    return null;
  }

  function listHouseholds(subdomain) {
    return (request) => {
      const accepts = (record) => record.provider === "luminary" && record.client.subdomains.includes(subdomain);
      bearerToken(world, request, { accepts, refuse: apiError });
      return json(200, page(request.query));
    };
  }

  return {
    name: "luminary",
    owns: (host) => host === authHost || apiBases.some((base) => base.host.test(host)),
    find(host, path) {
      if (host === authHost) return Object.hasOwn(authorizationServer, path) ? authorizationServer[path] : null;
      const subdomain = subdomainOf(host, path);
      const known = world.registered.some((one) => one.provider === "luminary" && one.subdomains.includes(subdomain));
      return known ? { name: "api", methods: ["GET"], handle: listHouseholds(subdomain) } : null;
    },
    refuse: apiError,
  };
}

function apiError(status, code, message, headers = {}, details = undefined) {
  return new Refusal(json(status, { code, message, ...(details ? { details } : {}) }, headers));
}

function invalidQuery(parameter, reason) {
  return apiError(400, "invalid_parameter", `The parameter ${parameter} ${reason}.`, {}, { parameter });
}

/** Cursor paging: `limit` is 50 unless said, at most 1000. The cursors' spelling and `page_info`'s members are guesses. */
function page(query) {
  for (const name of new Set(query.keys())) {
    if (!["limit", "after", "before"].includes(name)) throw invalidQuery(name, "is unknown");
    if (query.getAll(name).length > 1) throw invalidQuery(name, "appears twice");
  }
  const limit = query.get("limit") ?? "50";
  if (!/^[1-9]\d{0,3}$/.test(limit) || Number(limit) > 1000) throw invalidQuery("limit", "must lie between 1 and 1000");
  if (query.has("after") && query.has("before")) throw invalidQuery("before", "cannot be combined with after");
  let start = 0;
  let end = Math.min(Number(limit), households.length);
  if (query.has("after")) {
    start = positionOf(query.get("after"), "after") + 1;
    end = Math.min(start + Number(limit), households.length);
  }
  if (query.has("before")) {
    end = positionOf(query.get("before"), "before");
    start = Math.max(end - Number(limit), 0);
  }
  return {
    data: households.slice(start, end),
    page_info: {
      has_next_page: end < households.length,
      has_previous_page: start > 0,
      start_cursor: end > start ? cursorOf(start) : null,
      end_cursor: end > start ? cursorOf(end - 1) : null,
    },
    total_count: households.length,
  };
}

function cursorOf(position) {
  return Buffer.from(households[position].id).toString("base64url");
}

function positionOf(cursor, parameter) {
  const position = households.findIndex((_, index) => cursorOf(index) === cursor);
  if (position < 0) throw invalidQuery(parameter, "is not a cursor of this list");
  return position;
}

/** The provider's own document leaves out client_credentials, though it works: metadata never forbids a grant. */
const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/oauth2/authorize`,
  token_endpoint: `${issuer}/oauth2/token`,
  jwks_uri: `${issuer}/oauth2/jwks`,
  introspection_endpoint: `${issuer}/oauth2/introspection`,
  userinfo_endpoint: `${issuer}/oauth2/userinfo`,
  device_authorization_endpoint: `${issuer}/oauth2/device_authorization`,
  response_types_supported: ["code"],
  grant_types_supported: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
  token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
  code_challenge_methods_supported: ["S256"],
  id_token_signing_alg_values_supported: ["RS256"],
  scopes_supported: ["openid", "profile", "email", "offline_access"],
};
