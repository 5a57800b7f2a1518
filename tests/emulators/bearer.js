/**
 * Finds the access token of an API request (RFC 6750), or refuses in the provider's own shape.
 *
 * `refuse(status, code, message, headers)` makes what is thrown; `accepts(record)` says whether a live token was made
 * for this API. A token of another provider, tenant, account or environment is as unknown as an invented one.
 *
 * @param {object} world
 * @param {import("./http.js").EmulatedRequest} request
 * @param {{ accepts: (record: object) => boolean, refuse: (status: number, code: string, message: string, headers: Record<string, string>) => Error }} api
 * @returns {object} the token's record
 */
export function bearerToken(world, request, { accepts, refuse }) {
  const header = request.headers.authorization;
  // RFC 6750 section 3.1: a request without authentication gets a challenge without an error code.
  if (header === undefined || !/^bearer(?: |$)/i.test(header)) {
    throw refuse(401, "unauthenticated", "Authentication is required.", { "www-authenticate": challenge({}) });
  }
  const match = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header);
  if (!match) {
    throw refuse(400, "invalid_request", "The Authorization header is malformed.", {
      "www-authenticate": challenge({ error: "invalid_request" }),
    });
  }
  const record = world.tokens.accessTokens.get(match[1]);
  if (!world.tokens.isLive(record) || !accepts(record)) {
    throw refuse(401, "invalid_token", "The access token is expired, revoked or not valid here.", {
      "www-authenticate": challenge({ error: "invalid_token" }),
    });
  }
  return record;
}

/**
 * Refuses with 403 unless the token carries one of the scopes.
 *
 * @param {object} record the token's record
 * @param {string[]} scopes any of these is enough
 * @param {(status: number, code: string, message: string, headers: Record<string, string>) => Error} refuse
 */
export function requireScope(record, scopes, refuse) {
  if (scopes.some((scope) => record.scope.includes(scope))) return;
  throw refuse(403, "insufficient_scope", `The access token lacks the scope ${scopes[0]}.`, {
    "www-authenticate": challenge({ error: "insufficient_scope", scope: scopes[0] }),
  });
}

function challenge(parameters) {
  const parts = Object.entries({ realm: "api", ...parameters }).map(([name, value]) => `${name}="${value}"`);
  return `Bearer ${parts.join(", ")}`;
}
