import { authorizationEndpoints } from "./authorize.js";
import { bearerToken, requireScope } from "./bearer.js";
import { json, mediaType, noStore, parseJsonObject, Refusal } from "./http.js";
import { tokenEndpoint } from "./token-endpoint.js";
import { introspectionEndpoint, revocationEndpoint } from "./token-management.js";

const regionHosts = ["app.lumoauth.dev", "eu.app.lumoauth.dev"];

/** Newer pages write `/orgs/{org}` for `/t/{tenant}`. */
const tenantPath = /^\/(?:t|orgs)\/([A-Za-z0-9_-]+)(\/.*)$/;

/**
 * LumoAuth: everything but the permission check lies under a tenant. Two shapes of API errors are in use.
 *
 * @param {object} world the emulator's shared state
 */
export function lumoauth(world) {
  const facts = {
    provider: "lumoauth",
    bodyFormat: "form",
    basic: true,
    grants: ["client_credentials", "authorization_code", "refresh_token"],
    tokenType: "Bearer",
    expiresIn: 3600,
    answersScope: true,
    grantsAllByDefault: true,
    refreshLifetime: 30 * 24 * 3600,
    revokesOnCodeReuse: true,
    rotation: () => "rotate",
    refuse: (error, description, request) => {
      const status = { invalid_client: 401, access_denied: 403 }[error] ?? 400;
      const headers = { ...noStore };
      if (error === "invalid_client" && request.headers.authorization !== undefined) {
        headers["www-authenticate"] = 'Basic realm="lumoauth"';
      }
      return new Refusal(json(status, { error, error_description: description }, headers));
    },
    serves: (client, request) => client.tenant === tenantAt(request),
    // Several issuer strings are in use for one tenant, so which one it is, is a setting of the emulator.
    issuer: (request) => world.settings.lumoauth.issuer({ host: request.host, tenant: tenantAt(request) }),
    issuesRefreshToken: () => true,
    issuesIdToken: (scope) => scope.includes("openid"),
    codeLifetime: 600,
    defaultScope: ["openid", "profile", "email"],
    requiresState: false,
    requiresPkce: () => true,
    answersIssuer: true,
  };
  const { authorize, decide } = authorizationEndpoints(world, facts);
  const ofTenant = {
    "/api/v1/oauth/token": { name: "token", methods: ["POST"], handle: tokenEndpoint(world, facts) },
    "/api/v1/oauth/authorize": { name: "authorize", methods: ["GET"], handle: authorize },
    "/api/v1/oauth/authorize/decision": { name: "decision", methods: ["POST"], handle: decide },
    "/api/v1/oauth/revoke": { name: "revoke", methods: ["POST"], handle: revocationEndpoint(world, facts) },
    "/api/v1/oauth/introspect": { name: "introspect", methods: ["POST"], handle: introspectionEndpoint(world, facts) },
    "/api/v1/oauth/userinfo": { name: "userinfo", methods: ["GET"], handle: userinfo },
    "/api/v1/.well-known/jwks.json": { name: "jwks", methods: ["GET"], handle: () => json(200, world.signer.jwks()) },
    "/api/v1/.well-known/openid-configuration": { name: "metadata", methods: ["GET"], handle: metadata },
    "/api/v1/.well-known/oauth-authorization-server": { name: "metadata", methods: ["GET"], handle: metadata },
  };
  const ofRegion = {
    "/api/v1/authz/check": { name: "api", methods: ["POST"], handle: check },
  };

  /** A custom domain stands for one tenant and drops the prefix. */
  function locate(host, path) {
    const domains = world.settings.lumoauth.customDomains;
    if (Object.hasOwn(domains, host)) return { tenant: domains[host], rest: path };
    const match = tenantPath.exec(path);
    return match ? { tenant: match[1], rest: match[2] } : null;
  }

  function tenantAt(request) {
    return locate(request.host, request.path)?.tenant;
  }

  function userinfo(request) {
    const accepts = (record) => tokenOf(record, request) && record.client.tenant === tenantAt(request);
    const record = bearerToken(world, request, { accepts, refuse: apiError });
    requireScope(record, ["openid"], apiError);
    const user = world.users.bySubject(record.subject);
    if (!user) throw apiError(403, "forbidden", "The access token does not stand for a user.");
    return json(200, { sub: user.sub, given_name: user.first_name, family_name: user.last_name, email: user.email });
  }

  function check(request) {
    const record = bearerToken(world, request, { accepts: (one) => tokenOf(one, request), refuse: apiError });
    const permission = readPermission(request);
    return json(200, { allowed: record.client.permissions.includes(permission), permission });
  }

  function metadata(request) {
    const base = `https://${request.host}${request.path.replace(/\/\.well-known\/.*$/, "")}`;
    return json(200, {
      issuer: facts.issuer(request),
      authorization_endpoint: `${base}/oauth/authorize`,
      token_endpoint: `${base}/oauth/token`,
      revocation_endpoint: `${base}/oauth/revoke`,
      introspection_endpoint: `${base}/oauth/introspect`,
      userinfo_endpoint: `${base}/oauth/userinfo`,
      jwks_uri: `${base}/.well-known/jwks.json`,
      response_types_supported: ["code"],
      grant_types_supported: facts.grants,
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
      code_challenge_methods_supported: ["S256"],
      id_token_signing_alg_values_supported: ["RS256"],
      authorization_response_iss_parameter_supported: true,
    });
  }

  return {
    name: "lumoauth",
    owns: (host) => regionHosts.includes(host) || Object.hasOwn(world.settings.lumoauth.customDomains, host),
    find(host, path) {
      if (Object.hasOwn(ofRegion, path)) return ofRegion[path];
      const place = locate(host, path);
      if (!place || !Object.hasOwn(ofTenant, place.rest)) return null;
      const known = world.registered.some((one) => one.provider === "lumoauth" && one.tenant === place.tenant);
      return known ? ofTenant[place.rest] : null;
    },
    refuse: apiError,
  };
}

/** A region knows its own tokens only. */
function tokenOf(record, request) {
  return record.provider === "lumoauth" && record.host === request.host;
}

function apiError(status, code, message, headers = {}) {
  return new Refusal(json(status, { error: true, message, status, code }, headers));
}

/** The second shape: `error` is a name, and there are details. */
function invalidInput(status, name, message, details) {
  return new Refusal(json(status, { error: name, message, status, details }));
}

function readPermission(request) {
  if (mediaType(request) !== "application/json") {
    throw invalidInput(415, "unsupported_media_type", "The Content-Type must be application/json.", {});
  }
  let members;
  try {
    members = parseJsonObject(request.body);
  } catch {
    throw invalidInput(400, "invalid_json", "The body is not a JSON object.", {});
  }
  const { permission, context, ...unknown } = Object.fromEntries(members);
  if (new Set(members.map(([name]) => name)).size !== members.length || Object.keys(unknown).length > 0) {
    throw invalidInput(400, "validation_error", "The body has members that are unknown or appear twice.", unknown);
  }
  if (typeof permission !== "string" || permission === "") {
    throw invalidInput(400, "validation_error", "A permission is required.", { permission: ["This value is required."] });
  }
  const isObject = typeof context === "object" && context !== null && !Array.isArray(context);
  if (context !== undefined && !isObject) {
    throw invalidInput(400, "validation_error", "The context must be an object.", { context: ["Must be an object."] });
  }
  return permission;
}
