import { createHash, randomUUID } from "node:crypto";
import { formDecode, json, noStore } from "./http.js";
import { bodyParameters } from "./parameters.js";

/**
 * What an authorization server is like, as data. One file a provider holds its facts.
 *
 * @typedef {object} ServerFacts
 * @property {string} provider
 * @property {"form" | "json"} bodyFormat
 * @property {boolean} basic whether HTTP Basic authenticates a client too
 * @property {string[]} grants
 * @property {string} tokenType as the provider spells it
 * @property {number} expiresIn seconds
 * @property {boolean} answersScope
 * @property {boolean} grantsAllByDefault whether leaving out `scope` asks for every granted scope
 * @property {number} refreshLifetime seconds
 * @property {boolean} revokesOnCodeReuse
 * @property {() => "keep" | "rotate"} rotation
 * @property {(error: string, description: string, request: import("./http.js").EmulatedRequest) => Error} refuse
 * @property {(client: object, request: import("./http.js").EmulatedRequest) => boolean} serves
 * @property {(request: import("./http.js").EmulatedRequest) => string} issuer
 * @property {(client: object, parameters: import("./parameters.js").Parameters, request: import("./http.js").EmulatedRequest) => string | null} [audience]
 * @property {(scope: string[]) => boolean} issuesRefreshToken
 * @property {(scope: string[]) => boolean} issuesIdToken
 */

/**
 * A token endpoint (RFC 6749 section 3.2) that behaves as `facts` say.
 *
 * @param {object} world the emulator's shared state
 * @param {ServerFacts} facts
 * @returns {(request: import("./http.js").EmulatedRequest) => import("./http.js").Reply}
 */
export function tokenEndpoint(world, facts) {
  const grants = {
    client_credentials: clientCredentials,
    authorization_code: authorizationCode,
    refresh_token: refreshToken,
  };
  return (request) => {
    const refuse = (error, description) => facts.refuse(error, description, request);
    const { client, parameters } = authenticatedRequest(world, facts, request);
    const grantType = parameters.get("grant_type");
    if (grantType === undefined) throw refuse("invalid_request", "The parameter grant_type is missing.");
    if (!facts.grants.includes(grantType)) throw refuse("unsupported_grant_type", "This grant type is not supported.");
    if (!client.grants.includes(grantType)) throw refuse("unauthorized_client", "The client may not use this grant.");
    return json(200, grants[grantType]({ world, facts, request, client, parameters, refuse }), noStore);
  };
}

/**
 * Reads a form or JSON request and authenticates its client by exactly one method (RFC 6749 section 2.3).
 *
 * @param {object} world
 * @param {ServerFacts} facts
 * @param {import("./http.js").EmulatedRequest} request
 */
export function authenticatedRequest(world, facts, request) {
  const refuse = (error, description) => facts.refuse(error, description, request);
  const parameters = bodyParameters(request, facts.bodyFormat, (text) => refuse("invalid_request", text));
  const header = request.headers.authorization;
  let clientId = parameters.get("client_id");
  let secret = parameters.get("client_secret");
  if (header !== undefined) {
    if (secret !== undefined) throw refuse("invalid_request", "Use only one client authentication method.");
    if (!facts.basic) throw refuse("invalid_client", "HTTP Basic is not accepted here.");
    const basic = readBasic(header);
    if (!basic) throw refuse("invalid_client", "The Authorization header is not well-formed Basic.");
    if (clientId !== undefined && clientId !== basic.clientId) {
      throw refuse("invalid_request", "The client_id differs from the Authorization header.");
    }
    ({ clientId, secret } = basic);
  }
  const client = world.registered.find((one) => one.provider === facts.provider && one.clientId === clientId);
  // One answer for an unknown client and a wrong secret, so that nothing is learned by asking.
  if (!client || !facts.serves(client, request) || (client.clientSecret ?? undefined) !== secret) {
    throw refuse("invalid_client", "The client is unknown or its credentials are wrong.");
  }
  return { client, parameters };
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded each, before they are joined. */
function readBasic(header) {
  const match = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header);
  if (!match) return null;
  const text = Buffer.from(match[1], "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) return null;
  try {
    return { clientId: formDecode(text.slice(0, colon)), secret: formDecode(text.slice(colon + 1)) };
  } catch {
    return null;
  }
}

function clientCredentials({ world, facts, request, client, parameters, refuse }) {
  if (client.clientSecret === null) throw refuse("unauthorized_client", "A public client has no identity of its own.");
  const scope = grantedScope(client, parameters, facts.grantsAllByDefault ? client.scopes : [], refuse);
  return answer(facts, {
    scope,
    accessToken: world.tokens.issueAccessToken({
      provider: facts.provider,
      host: request.host,
      client,
      grant: "client_credentials",
      subject: null,
      scope,
      audience: facts.audience ? facts.audience(client, parameters, request) : null,
      resources: parameters.resources,
      family: null,
      lifetime: facts.expiresIn,
    }),
  });
}

/**
 * @param {object} client
 * @param {import("./parameters.js").Parameters} parameters
 * @param {string[]} fallback what is granted when no scope is named
 * @param {(error: string, description: string) => Error} refuse
 */
export function grantedScope(client, parameters, fallback, refuse) {
  const requested = parameters.scope((text) => refuse("invalid_scope", text)) ?? fallback;
  const missing = requested.filter((one) => !client.scopes.includes(one));
  if (missing.length > 0) throw refuse("invalid_scope", `The client was not granted: ${missing.join(" ")}`);
  return [...requested];
}

function authorizationCode({ world, facts, request, client, parameters, refuse }) {
  const code = parameters.get("code");
  if (code === undefined) throw refuse("invalid_request", "The parameter code is missing.");
  const record = world.tokens.codes.get(code);
  if (!record || record.client !== client) throw refuse("invalid_grant", "The code is unknown.");
  if (record.used) {
    // RFC 6749 section 4.1.2: whoever sends a code again may have stolen it.
    if (facts.revokesOnCodeReuse) world.tokens.revokeFamily(record.family);
    throw refuse("invalid_grant", "The code was used before.");
  }
  if (!world.tokens.isLive(record)) throw refuse("invalid_grant", "The code has expired.");
  if (parameters.get("redirect_uri") !== record.redirectUri) {
    throw refuse("invalid_grant", "The redirect_uri differs from the one of the authorization request.");
  }
  const verifier = parameters.get("code_verifier");
  if (record.codeChallenge !== (verifier === undefined ? undefined : challengeOf(verifier))) {
    throw refuse("invalid_grant", "The code_verifier does not match the code_challenge.");
  }
  record.used = true;
  return userTokens(world, facts, request, { ...grantOf(record), nonce: record.nonce });
}

/** RFC 7636 section 4.2, S256. */
function challengeOf(verifier) {
  return /^[A-Za-z0-9._~-]{43,128}$/.test(verifier) ? createHash("sha256").update(verifier).digest("base64url") : null;
}

function refreshToken({ world, facts, request, client, parameters, refuse }) {
  const value = parameters.get("refresh_token");
  if (value === undefined) throw refuse("invalid_request", "The parameter refresh_token is missing.");
  const record = world.tokens.refreshTokens.get(value);
  if (!record || record.client !== client) throw refuse("invalid_grant", "Unknown or invalid refresh token.");
  if (record.used) {
    // RFC 9700 section 4.14.2: a rotated token that comes back means that two parties hold the family.
    world.tokens.revokeFamily(record.family);
    throw refuse("invalid_grant", "Unknown or invalid refresh token.");
  }
  if (!world.tokens.isLive(record)) throw refuse("invalid_grant", "Unknown or invalid refresh token.");
  const scope = parameters.scope((text) => refuse("invalid_scope", text)) ?? record.scope;
  if (!scope.every((one) => record.scope.includes(one))) {
    throw refuse("invalid_scope", "The scope is wider than what was granted.");
  }
  const rotates = facts.rotation() === "rotate";
  if (rotates) record.used = true;
  return userTokens(world, facts, request, { ...grantOf(record), scope, rotates, refreshScope: record.scope });
}

function grantOf({ provider, client, subject, scope, audience, family }) {
  return { provider, client, subject, scope, audience, family };
}

/** The answer to a code, or to a refresh token when `rotates` is given. */
function userTokens(world, facts, request, { nonce, rotates, refreshScope, ...grant }) {
  const issued = { ...grant, host: request.host, resources: [] };
  const accessToken = world.tokens.issueAccessToken({ ...issued, grant: "authorization_code", lifetime: facts.expiresIn });
  const givesRefreshToken = rotates ?? (facts.issuesRefreshToken(grant.scope) && grant.client.grants.includes("refresh_token"));
  const refresh = givesRefreshToken
    ? world.tokens.issueRefreshToken({ ...issued, scope: refreshScope ?? grant.scope, lifetime: facts.refreshLifetime })
    : undefined;
  const idToken = facts.issuesIdToken(grant.scope) ? signIdToken(world, facts, request, grant, nonce) : undefined;
  return answer(facts, { accessToken, scope: grant.scope, refreshToken: refresh, idToken });
}

/** OpenID Connect Core section 2. */
function signIdToken(world, facts, request, grant, nonce) {
  const iat = world.clock.seconds();
  const user = world.users.bySubject(grant.subject);
  return world.signer.sign({
    iss: facts.issuer(request),
    sub: grant.subject,
    aud: grant.client.clientId,
    iat,
    exp: iat + facts.expiresIn,
    ...(nonce === undefined ? {} : { nonce }),
    ...(grant.scope.includes("profile") ? { given_name: user.first_name, family_name: user.last_name } : {}),
    ...(grant.scope.includes("email") ? { email: user.email, email_verified: true } : {}),
    jti: randomUUID(),
  });
}

/** RFC 6749 section 5.1, in the provider's spelling. */
function answer(facts, { accessToken, scope, refreshToken: refresh, idToken }) {
  return {
    access_token: accessToken,
    token_type: facts.tokenType,
    expires_in: facts.expiresIn,
    ...(facts.answersScope ? { scope: scope.join(" ") } : {}),
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  };
}
