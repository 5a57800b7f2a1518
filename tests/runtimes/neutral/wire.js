// The other end of the wire: what the package sent, and what it is answered.

/**
 * A request as the injected `fetch` saw it.
 *
 * @typedef {object} Sent
 * @property {string} url
 * @property {string} method
 * @property {Headers} headers
 * @property {string} body
 */

/** What makes some worker throw, or would let a runtime send or follow what the package decides about. */
const UNSAFE_MEMBERS = ["cache", "credentials", "mode", "referrer", "integrity", "keepalive"];

/**
 * A `fetch` that notes every request and answers it with what `answer` gives.
 *
 * @param {(sent: Sent, number: number) => Response | Promise<Response>} answer `number` counts from 1
 * @returns {{ fetch: typeof globalThis.fetch, sent: Sent[] }}
 */
export function wire(answer) {
  const sent = [];
  const fetch = async (url, init) => {
    if (init.redirect !== "manual") throw new Error(`redirect is ${init.redirect}, so a runtime would follow it`);
    const unsafe = UNSAFE_MEMBERS.filter((name) => name in init);
    if (unsafe.length > 0) throw new Error(`fetch was given ${unsafe}, which some worker refuses`);
    const { method = "GET", headers, body = "" } = init;
    const noted = { url, method, headers: new Headers(headers), body };
    sent.push(noted);
    return answer(noted, sent.length);
  };
  return { fetch, sent };
}

/** A token response that nothing can be said against. */
export const goodToken = (accessToken = "canary-access-token", members = {}) =>
  response({ body: JSON.stringify({ access_token: accessToken, token_type: "Bearer", expires_in: 3600, ...members }) });

/**
 * The `Response` that a case describes: status 200 and JSON that is not to be stored, unless it says otherwise.
 *
 * @param {{ status?: number, headers?: [string, string][], body?: string, bodyHex?: string, repeat?: object }} [given]
 */
export function response(given = {}) {
  const { status = 200, headers = [["content-type", "application/json"], ["cache-control", "no-store"]] } = given;
  const list = new Headers();
  for (const [name, value] of headers) list.append(name, value);
  // These have no body, not even an empty one.
  return new Response(status === 204 || status === 304 ? null : bytes(given), { status, headers: list });
}

function bytes({ body = "", bodyHex, repeat }) {
  if (bodyHex !== undefined) {
    return Uint8Array.from(bodyHex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  }
  // `%` marks the place, so that a file need not hold a hundred thousand characters. A function, since `$` in a text
  // would mean something.
  const text = repeat === undefined ? body : body.replace("%", () => repeat.text.repeat(repeat.times));
  return new TextEncoder().encode(text);
}
