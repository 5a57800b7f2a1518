// What every emulated endpoint needs of HTTP: replies, refusals and strict readers of bodies.

/**
 * A request as a handler sees it: as the provider itself would have received it, not as it came over loopback.
 *
 * @typedef {object} EmulatedRequest
 * @property {string} method
 * @property {"https" | "http"} protocol
 * @property {string} host
 * @property {string} path
 * @property {URLSearchParams} query
 * @property {Record<string, string>} headers lower-case names
 * @property {string} body
 */

/**
 * An answer before it is sent.
 *
 * @typedef {object} Reply
 * @property {number} status
 * @property {Record<string, string | string[]>} headers
 * @property {string} body
 */

/** An answer that ends the handling of a request where it is thrown. */
export class Refusal extends Error {
  /** @param {Reply} reply */
  constructor(reply) {
    super(`refused with status ${reply.status}`);
    this.reply = reply;
  }
}

/**
 * A JSON answer.
 *
 * @param {number} status
 * @param {unknown} value
 * @param {Record<string, string>} [headers]
 * @returns {Reply}
 */
export function json(status, value, headers = {}) {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** RFC 6749 section 5.1: answers that carry tokens are not stored. Error answers get the same headers. */
export const noStore = Object.freeze({ "cache-control": "no-store", pragma: "no-cache" });

/**
 * The media type without its parameters, in lower case.
 *
 * @param {EmulatedRequest} request
 */
export function mediaType(request) {
  return (request.headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
}

/**
 * Reads `application/x-www-form-urlencoded` as a strict server does: a bad percent sequence, a byte that has no place
 * in a URI, or invalid UTF-8 is an error and not a replacement character.
 *
 * @param {string} text
 * @returns {[string, string][]} pairs in order; a body is a list of pairs and not a map
 * @throws {SyntaxError}
 */
export function parseForm(text) {
  if (text === "") return [];
  return text.split("&").map((pair) => {
    if (!/^[A-Za-z0-9*._~+%=!'()/:?@$,;[\]-]*$/.test(pair) || /%(?![0-9A-Fa-f]{2})/.test(pair)) {
      throw new SyntaxError("malformed form");
    }
    const split = pair.indexOf("=");
    if (split < 1) throw new SyntaxError("malformed form");
    try {
      return [formDecode(pair.slice(0, split)), formDecode(pair.slice(split + 1))];
    } catch {
      throw new SyntaxError("malformed form");
    }
  });
}

/**
 * Decodes one form-encoded value (RFC 6749 appendix B).
 *
 * @param {string} text
 * @throws {URIError} when the bytes are not UTF-8
 */
export function formDecode(text) {
  return decodeURIComponent(text.replaceAll("+", " "));
}

/**
 * Reads one JSON object.
 *
 * @param {string} text
 * @returns {[string, unknown][]} pairs in order, with members that appear twice kept twice
 * @throws {SyntaxError}
 */
export function parseJsonObject(text) {
  const value = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new SyntaxError("not an object");
  return memberNames(text).map((name) => [name, value[name]]);
}

/** The names of an object's own members, also those that JSON.parse folds into one. */
function memberNames(text) {
  const names = [];
  let depth = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    const [token, colon] = match;
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    else if (colon !== undefined && depth === 1) names.push(JSON.parse(token.slice(0, -colon.length)));
  }
  return names;
}

/**
 * The parsed body for the record of requests: an object for JSON and for a form (a repeated name becomes an array),
 * else the text, else null.
 *
 * @param {EmulatedRequest} request
 */
export function recordedBody(request) {
  if (request.body === "") return null;
  try {
    if (mediaType(request) === "application/json") return JSON.parse(request.body);
    if (mediaType(request) !== "application/x-www-form-urlencoded") return request.body;
    const record = {};
    for (const [name, value] of parseForm(request.body)) {
      record[name] = Object.hasOwn(record, name) ? [record[name], value].flat() : value;
    }
    return record;
  } catch {
    return request.body;
  }
}
