// What a token request looked like when it was on its way.

const formats = { "application/x-www-form-urlencoded": "form", "application/json": "JSON" };

/**
 * @typedef {object} Sent a request as it was received, or as it went out where the server is not ours
 * @property {"token" | "api"} to
 * @property {string} method
 * @property {string} url
 * @property {Record<string, string>} headers lower-case names
 * @property {string} body
 * @property {number | null} status of its answer
 */

/**
 * The grant, and how the client authenticated. Throws if it was not this client, or not by exactly one method.
 *
 * @param {Sent} request
 * @param {{ clientId: string, clientSecret: string }} client
 * @returns {{ grant: string, authentication: string }}
 */
export function readTokenRequest({ headers, body }, { clientId, clientSecret }) {
  const format = formats[headers["content-type"]?.split(";")[0]];
  if (format === undefined) throw new Error(`The token request came as ${headers["content-type"]}.`);
  const parameters = format === "JSON" ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
  const inBody = parameters.client_secret !== undefined;
  const inHeader = headers.authorization !== undefined;
  if (inBody === inHeader) throw new Error(`The token request authenticated ${inBody ? "twice" : "not at all"}.`);
  const seen = inBody ? [parameters.client_id, parameters.client_secret] : readBasic(headers.authorization);
  if (seen[0] !== clientId || seen[1] !== clientSecret) throw new Error("The token request came from another client.");
  return {
    grant: parameters.grant_type.replace("_", " ") + (parameters.code_verifier === undefined ? "" : " with PKCE"),
    authentication: inBody ? `id and secret in the ${format} body` : "id and secret in the header, Authorization: Basic",
  };
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded each, before they are joined. */
function readBasic(header) {
  const [scheme, encoded] = header.split(" ");
  if (scheme !== "Basic") throw new Error(`The token request authenticated by ${scheme}.`);
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  const decode = (part) => new URLSearchParams(`part=${part}`).get("part");
  return [decode(text.slice(0, colon)), decode(text.slice(colon + 1))];
}

/**
 * Throws unless the API was called with this very token (RFC 6750 section 2.1).
 *
 * @param {Sent} request
 * @param {import("tokenwell").Token} token
 */
export function checkBearer({ headers }, token) {
  if (headers.authorization !== `Bearer ${token.accessToken}`) throw new Error("The API was called without the token.");
}
