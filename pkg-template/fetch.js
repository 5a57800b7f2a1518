// An authenticated request: the token goes to the allowed origins only, and a 401 gets one more try.

import { isFunction, isObject, isText } from "./check.js";
import { TokenwellError, refused } from "./errors.js";
import { attempt } from "./host.js";
import { abortable, discard } from "./stop.js";
import { Failure, orFail } from "./values.js";

/** As many as `fetch` itself follows. */
const MOST_REDIRECTS = 20;

/** Headers that describe a body, and go with it when a redirect drops it. */
const BODY_HEADERS = ["content-encoding", "content-language", "content-length", "content-location", "content-type"];

/** Node's and Bun's words for what is wrong with a request, such as a header of the connection's that was passed on. */
const UNSENDABLE = /INVALID_ARG|UND_ERR_NOT_SUPPORTED|REQ_CONTENT_LENGTH/;

/** Node's and Bun's mark of a web stream that failed by itself; they alone can read it from outside. */
const FAILED = Symbol.for("nodejs.stream.errored");

/**
 * Sends a request with a token.
 *
 * @param {import("./connection.js").Connection} connection
 * @param {import("./source.js").Source} source
 * @param {string | URL | Request} input
 * @param {RequestInit} [init]
 * @returns {Promise<{ response: Response, token: Token, url: string, lost?: Error }>} `lost` is why a 401 stands
 */
export async function send(connection, source, input, init) {
  const layer = connection.layer();
  const request = isText(input?.url) ? input : null;
  const target = connection.apiUrl(request === null ? addressOf(input) : request.url);
  // As with fetch, a null frees a Request of its signal.
  const signal = init?.signal === undefined ? request?.signal : init.signal;
  const headers = headersOf(init?.headers ?? request?.headers);
  const sent = init?.body == null ? request : init;
  if (sent?.bodyUsed || sent?.body?.locked) {
    throw refused("body", "was read before, and a stream can be sent only once: give each call a new one");
  }
  const redirect = init?.redirect ?? request?.redirect ?? "follow";
  if (!/^(follow|manual|error)$/.test(redirect)) throw refused("redirect", "must be follow, manual or error");
  const exchange = {
    layer,
    fetch: connection.fetch,
    // The body of a Request is a stream, which can be read once.
    input: request ?? target,
    headers,
    apiHeaders: connection.apiHeaders(),
    init: { ...membersOf(init), signal, redirect: "manual" },
    redirect,
    method: String(init?.method ?? request?.method ?? "GET").toUpperCase(),
    repeatable: isRepeatable(sent?.body),
    url: target,
  };
  const asked = source.ask({ signal });
  const first = asked instanceof Promise ? await asked : asked;
  const response = await follow(exchange, first.token);
  const rejected =
    response.status === 401 && layer.rejectsToken(401, response.headers.get("www-authenticate") ?? undefined);
  if (!rejected || !source.reject(first) || !exchange.repeatable) {
    return { response, token: first.token, url: exchange.url };
  }
  let second;
  try {
    second = await source.ask({ signal });
  } catch (error) {
    // There is an answer, so a failure to get another token must not hide it. A caller who gave up is told so.
    if (signal?.aborted) throw error;
    return { response, token: first.token, url: exchange.url, lost: error };
  }
  discard(response.body);
  return { response: await follow(exchange, second.token), token: second.token, url: exchange.url };
}

/** Sends, and follows redirects as `fetch` would, but never to where the token may not go. */
async function follow(exchange, token) {
  const { input, url, method } = exchange;
  const request = { input, url, method, init: { ...exchange.init, headers: withToken(exchange, token) } };
  for (let redirects = 0; ; redirects++) {
    const response = await fetched(exchange, request);
    const { status } = response;
    const location = isRedirect(status) ? response.headers.get("location") : null;
    if (location === null || exchange.redirect === "manual") return response;
    discard(response.body);
    const refuse = (why) => {
      const details = { status, recovery: "fix_configuration" };
      throw failed("redirect_refused", request.url, `${why}: request the final URL`, details);
    };
    if (exchange.redirect === "error") refuse("answered with a redirect, which was not followed");
    if (redirects === MOST_REDIRECTS) refuse("redirects in a circle, which was not followed");
    const next = exchange.layer.apiRedirect(request.url, location);
    if (next instanceof Failure) next.details.status = status;
    orFail(next);
    if ((status === 303 && !/^(GET|HEAD)$/.test(request.method)) || (status <= 302 && request.method === "POST")) {
      dropBody(request);
    } else if (!exchange.repeatable) {
      refuse("wants the request's body at another address, and a stream can be sent only once");
    }
    request.init.method = request.method;
    request.input = request.url = next;
  }
}

/** Makes a request a GET, as `fetch` does. */
function dropBody(request) {
  const { init } = request;
  request.method = "GET";
  delete init.body;
  // A copy, since a second try sends the body again.
  init.headers = new Headers(init.headers);
  for (const name of BODY_HEADERS) init.headers.delete(name);
}

/** Where a request goes that is none yet. `undefined` would be a path below the API's base, too. */
function addressOf(input) {
  const address = isObject(input) ? attempt(() => `${input}`) : input;
  if (isText(address) && !address.startsWith("[object ")) return address;
  throw refused("input", "must be a URL, a path below the API's base, or a Request");
}

/** What an init says, also where it is a Request (of whichever library) or inherits: a spread takes own members only. */
function membersOf(init) {
  if (init !== undefined && init !== null && !isObject(init)) throw refused("init", "must be an object");
  const members = { ...init };
  for (const name of ["method", "body", "duplex"]) {
    const value = init?.[name];
    if (value != null) members[name] = watched(value);
  }
  return members;
}

/** A body that a generator makes, which is marked where that fails. Streams have marks of their own. */
function watched(body) {
  if (isStream(body) || isRepeatable(body)) return body;
  async function* read() {
    try {
      yield* body;
    } catch (thrown) {
      parts[FAILED] = true;
      throw thrown;
    }
  }
  const parts = read();
  return parts;
}

/** The caller's headers as an object that is not the caller's, if there are any. */
function headersOf(given) {
  if (!given) return null;
  let headers;
  try {
    headers = new Headers(given);
  } catch {
    // What was thrown holds the header, which may be a secret.
    throw refused("headers", "has a name or a value that HTTP does not allow");
  }
  if (headers.has("authorization")) {
    throw refused("headers", "has an Authorization of its own, which would fight with the token's: leave it out, or use the plain fetch");
  }
  return headers;
}

/** The caller's headers, those that the API insists on, and the token. */
function withToken({ headers, apiHeaders }, token) {
  const sent = { authorization: token.authorization() };
  for (let index = 0; index < apiHeaders.length; index += 2) {
    if (!headers?.has(apiHeaders[index])) sent[apiHeaders[index]] = apiHeaders[index + 1];
  }
  if (headers === null) return new Headers(sent);
  const all = new Headers(headers);
  for (const [name, value] of Object.entries(sent)) all.set(name, value);
  return all;
}

async function fetched({ layer, fetch, method }, { input, init, url }) {
  try {
    const response = await abortable(fetch(input, init), init.signal);
    if (typeof response?.status === "number" && isFunction(response.headers?.get)) return response;
  } catch (thrown) {
    if (init.signal?.aborted) throw init.signal.reason;
    const cause = attempt(() => thrown.cause ?? thrown);
    // A stream of Node's own keeps why it failed, also where the network did.
    if (init.body?.[FAILED] || (isObject(cause) && init.body?.errored === cause)) {
      throw failed("aborted", url, "got no whole request, since its body failed while it was read: look at what makes the stream");
    }
    const code = attempt(() => cause.code);
    // With neither code nor cause it may say that no request could be made of this, and not that the network failed.
    const bare = code === undefined && attempt(() => thrown.cause === undefined);
    if (UNSENDABLE.test(code) || (bare && !isRequest(url, { ...init, method }))) {
      const rules = 'check its headers, method, mode and cache; a GET has no body, and a stream needs duplex "half"';
      throw refused("init", `cannot be sent to ${shown(url)}: ${rules}`);
    }
    // The address is one, so it is the Request that was not read as such.
    if (input !== url && code === "ERR_INVALID_URL") {
      throw refused("input", "is a Request of another library than the fetch in use: pass its url, and the Request as init");
    }
    throw layer.networkFailure(url, thrown).toError();
  }
  throw failed("runtime", url, "was fetched by something that gave no Response: check the option fetch", {
    recovery: "fix_configuration",
  });
}

/** Whether the runtime can make a request of it. A stream may have been read by now, so another one stands in for it. */
function isRequest(url, init) {
  try {
    // Taken from a response, since old workers have no constructor for streams.
    new Request(url, isRepeatable(init.body) ? init : { ...init, body: new Response(" ").body });
    return true;
  } catch {
    return false;
  }
}

/** What became of an API request. `problem` completes the sentence that the address begins. */
export function failed(kind, url, problem, details) {
  return new TokenwellError(kind, `${shown(url)} ${problem}`, { endpoint: shown(url), ...details });
}

const isRedirect = (status) => [301, 302, 303, 307, 308].includes(status);

/** Node's oldest streams can only be piped, and other libraries' fetch takes them. */
const isStream = (body) => body instanceof ReadableStream || isFunction(body?.pipe);

/** Whether a body can be sent twice. */
const isRepeatable = (body) => !isStream(body) && !isFunction(body?.[Symbol.asyncIterator]);

/** Origin and path: what of a URL may be shown. */
function shown(url) {
  return url.split(/[?#]/, 1)[0];
}
