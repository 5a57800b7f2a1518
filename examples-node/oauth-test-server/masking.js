// What is shown of a secret: that it is there, and its last four characters, so that two can be told apart.

/** Parameters, members and headers whose values are secrets. `state` and `nonce` are, until they are used. */
const secretNames = new Set([
  "access_token", "refresh_token", "id_token", "token", "code", "code_verifier", "client_secret", "client_assertion",
  "state", "nonce", "form_token", "authorization",
]);

/** @param {string} value */
export function masked(value) {
  return `••••••••${value.length >= 16 ? value.slice(-4) : ""}`;
}

function shown(name, value) {
  return secretNames.has(name.toLowerCase()) && typeof value === "string" ? masked(value) : value;
}

/** @param {string} text an absolute URL */
export function maskedUrl(text) {
  const [base, query] = text.split(/\?(.*)/s);
  return query === undefined ? base : `${base}?${maskedForm(query).replaceAll("\n", "&")}`;
}

/**
 * @param {string} name
 * @param {string} value
 */
export function maskedHeader(name, value) {
  if (name === "location") return maskedUrl(value);
  if (name === "cookie" || name === "set-cookie") return masked("");
  const credentials = /^(Bearer|Basic) (.+)$/i.exec(name === "authorization" ? value : "");
  return credentials ? `${credentials[1]} ${masked(credentials[2])}` : shown(name, value);
}

/**
 * A body to read: each parameter on a line for a form, indented for JSON.
 *
 * @param {string} text
 * @param {string} contentType
 * @param {{ answer?: boolean }} [options] in an answer, `code` is an error's name and no authorization code
 */
export function maskedBody(text, contentType, { answer = false } = {}) {
  if (text === "") return "";
  if (/\bform-urlencoded\b/i.test(contentType)) return maskedForm(text);
  if (/\bjson\b/i.test(contentType)) {
    try {
      const reviver = (name, value) => (answer && name === "code" ? value : shown(name, value));
      return JSON.stringify(JSON.parse(text, reviver), null, 2);
    } catch {
      // What cannot be read cannot be masked.
    }
  }
  return `(${Buffer.byteLength(text)} bytes of ${contentType || "something"})`;
}

function maskedForm(text) {
  return [...new URLSearchParams(text)].map(([name, value]) => `${name}=${shown(name, value)}`).join("\n");
}
