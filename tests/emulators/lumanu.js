import { randomUUID } from "node:crypto";
import { authorizationEndpoints } from "./authorize.js";
import { bearerToken } from "./bearer.js";
import { json, mediaType, noStore, parseJsonObject, Refusal } from "./http.js";
import { tokenEndpoint } from "./token-endpoint.js";

/** The production authorization endpoint is a guess: the provider's page names none. */
const environments = {
  sandbox: {
    authHost: "auth-staging.lumanu.com",
    apiHost: "api.demo.lumanu.link",
    audience: "https://lumanu-demo.hasura.app/v1/graphql",
  },
  production: {
    authHost: "auth.lumanu.com",
    apiHost: "api.lumanu.com",
    audience: "https://lumanu-prod.hasura.app/v1/graphql",
  },
};

/** Auth0, which runs the login, answers these with its own words and statuses. */
const auth0Answers = {
  invalid_client: { status: 401, error: "access_denied", description: "Unauthorized" },
  access_denied: { status: 403 },
  invalid_grant: { status: 403 },
  unauthorized_client: { status: 403 },
};

/**
 * Lumanu: JSON bodies for every grant, Auth0's errors at the token endpoint, `{"error": {code, message, request_id}}`
 * at the API.
 *
 * @param {object} world the emulator's shared state
 */
export function lumanu(world) {
  const facts = {
    provider: "lumanu",
    bodyFormat: "json",
    basic: false,
    grants: ["client_credentials", "authorization_code", "refresh_token"],
    tokenType: "Bearer",
    expiresIn: 86400,
    answersScope: false,
    grantsAllByDefault: false,
    refreshLifetime: 30 * 24 * 3600,
    revokesOnCodeReuse: false,
    // A new refresh token is optional in the answer; which it is, is a setting of the emulator.
    rotation: () => world.settings.lumanu.refreshTokens,
    refuse: (error, description) => {
      const { status = 400, ...own } = auth0Answers[error] ?? {};
      return new Refusal(json(status, { error: own.error ?? error, error_description: own.description ?? description }, noStore));
    },
    serves: (client, request) => client.environment === environmentOf(request.host),
    issuer: (request) => `https://${environments[environmentOf(request.host)].authHost}/`,
    // Without an audience the token is an opaque one, which the API then refuses.
    audience: (_client, parameters, request) => {
      const audience = parameters.get("audience");
      if (audience === undefined) return null;
      if (audience === audienceAt(request)) return audience;
      throw facts.refuse("access_denied", `Service not found: ${audience}`);
    },
    userAudience: (request) => audienceAt(request),
    issuesRefreshToken: (scope) => !world.settings.lumanu.needsOfflineAccess || scope.includes("offline_access"),
    issuesIdToken: () => true,
    codeLifetime: 600,
    defaultScope: ["openid", "profile", "email"],
    requiresState: true,
    requiresPkce: () => false,
    answersIssuer: false,
  };
  const { authorize, decide } = authorizationEndpoints(world, facts);
  const authorizationServer = {
    "/oauth/token": { name: "token", methods: ["POST"], handle: tokenEndpoint(world, facts) },
    "/.well-known/jwks.json": { name: "jwks", methods: ["GET"], handle: () => json(200, world.signer.jwks()) },
  };
  const api = {
    "/api/oauth/authorize": { name: "authorize", methods: ["GET"], handle: authorize },
    "/api/oauth/authorize/decision": { name: "decision", methods: ["POST"], handle: decide },
    "/api/rest/payable": { name: "api", methods: ["POST"], handle: createPayable },
    "/api/rest/user/current": { name: "api", methods: ["GET"], handle: currentUser },
    "/api/rest/user/current/workspaces": { name: "api", methods: ["GET"], handle: currentUserWorkspaces },
  };

  function token(request) {
    const accepts = (record) => record.provider === "lumanu" && record.audience === audienceAt(request);
    return bearerToken(world, request, { accepts, refuse: apiError });
  }

  /** These answer to user tokens only, never to client-credentials tokens. */
  function userOf(request) {
    const user = world.users.bySubject(token(request).subject);
    if (!user) throw apiError(403, "user_token_required", "This needs an access token of a user.");
    return user;
  }

  function currentUser(request) {
    const { sub: id, first_name, last_name, created_at, updated_at } = userOf(request);
    return json(200, { id, first_name, last_name, created_at, updated_at });
  }

  function currentUserWorkspaces(request) {
    return json(200, { data: userOf(request).workspaces });
  }

  function createPayable(request) {
    const record = token(request);
    const payable = readPayable(request);
    const workspaces = record.subject
      ? world.users.bySubject(record.subject).workspaces.map((workspace) => workspace.id)
      : record.client.workspaces;
    if (!workspaces.includes(payable.workspace_id)) {
      throw apiError(403, "forbidden", "The access token does not reach this workspace.");
    }
    return json(200, { id: randomUUID(), ...payable, status: "pending", created_at: new Date(world.clock.now()).toISOString() });
  }

  return {
    name: "lumanu",
    owns: (host) => environmentOf(host) !== undefined,
    find(host, path) {
      const endpoints = host === environments[environmentOf(host)].authHost ? authorizationServer : api;
      return Object.hasOwn(endpoints, path) ? endpoints[path] : null;
    },
    refuse: apiError,
  };
}

function environmentOf(host) {
  return Object.keys(environments).find((name) => [environments[name].authHost, environments[name].apiHost].includes(host));
}

function audienceAt(request) {
  return environments[environmentOf(request.host)].audience;
}

function apiError(status, code, message, headers = {}) {
  const requestId = randomUUID();
  return new Refusal(json(status, { error: { code, message, request_id: requestId } }, { "x-request-id": requestId, ...headers }));
}

/** Amounts are whole US cents. */
function readPayable(request) {
  if (mediaType(request) !== "application/json") {
    throw apiError(415, "unsupported_media_type", "The Content-Type must be application/json.");
  }
  let members;
  try {
    members = parseJsonObject(request.body);
  } catch {
    throw apiError(400, "invalid_json", "The body is not a JSON object.");
  }
  const payable = Object.fromEntries(members);
  const names = ["workspace_id", "payee_email", "amount", "description"];
  const unknown = Object.keys(payable).find((name) => !names.includes(name));
  if (unknown !== undefined) throw apiError(400, "validation_error", `The member ${unknown} is unknown.`);
  const wrong =
    members.length !== names.length ||
    !["workspace_id", "payee_email", "description"].every((name) => typeof payable[name] === "string" && payable[name] !== "") ||
    !/^[^@\s]+@[^@\s]+$/.test(payable.payee_email) ||
    !Number.isSafeInteger(payable.amount) ||
    payable.amount <= 0;
  if (wrong) {
    throw apiError(400, "validation_error", "A payable has workspace_id, payee_email, amount in cents, and description.");
  }
  return payable;
}
