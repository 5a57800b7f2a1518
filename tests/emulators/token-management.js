import { json, noStore } from "./http.js";
import { authenticatedRequest } from "./token-endpoint.js";

/**
 * A revocation endpoint (RFC 7009): 200 for every authenticated client, whatever the token is.
 *
 * @param {object} world the emulator's shared state
 * @param {import("./token-endpoint.js").ServerFacts} facts
 */
export function revocationEndpoint(world, facts) {
  return (request) => {
    const { client, value } = namedToken(world, facts, request);
    const record = world.tokens.accessTokens.get(value) ?? world.tokens.refreshTokens.get(value);
    if (record?.client === client) world.tokens.revoke(value);
    return json(200, {}, noStore);
  };
}

/**
 * An introspection endpoint (RFC 7662). A client learns nothing about the tokens of another.
 *
 * @param {object} world the emulator's shared state
 * @param {import("./token-endpoint.js").ServerFacts} facts
 */
export function introspectionEndpoint(world, facts) {
  return (request) => {
    const { client, value } = namedToken(world, facts, request);
    const record = world.tokens.accessTokens.get(value) ?? world.tokens.refreshTokens.get(value);
    if (record?.client !== client || record.used || !world.tokens.isLive(record)) {
      return json(200, { active: false }, noStore);
    }
    const active = {
      active: true,
      client_id: client.clientId,
      scope: record.scope.join(" "),
      sub: record.subject ?? client.clientId,
      iss: facts.issuer(request),
      iat: Math.floor(record.issuedAt / 1000),
      exp: Math.floor(record.expiresAt / 1000),
      ...(world.tokens.accessTokens.has(value) ? { token_type: facts.tokenType } : {}),
    };
    return json(200, active, noStore);
  };
}

function namedToken(world, facts, request) {
  const { client, parameters } = authenticatedRequest(world, facts, request);
  const value = parameters.get("token");
  if (value === undefined) throw facts.refuse("invalid_request", "The parameter token is missing.", request);
  return { client, value };
}
