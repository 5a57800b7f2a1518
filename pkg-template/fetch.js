// An authenticated request: the token goes to the allowed origins only, and a 401 gets one more try.

import { TokenwellError } from "./errors.js";
import { abortable, discard } from "./stop.js";
import { Failure, orFail } from "./values.js";

/** The name of a method that the package keeps to itself: clients and sessions call their provider's API with it. */
export const CALL = Symbol("call");

/** As many as `fetch` itself follows. */
const MOST_REDIRECTS = 20;

/** The longest that a timer can take, in ms. */
const LONGEST_TIMER = 2_147_483_647;

/** Headers that describe a body, and go with it when a redirect drops it. */
const BODY_HEADERS = ["content-encoding", "content-language", "content-length", "content-location", "content-type"];

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
  const request = typeof input?.url === "string" ? input : null;
  const target = connection.apiUrl(request === null ? String(input) : request.url);
  const signal = init?.signal ?? request?.signal;
  const given = init?.headers ?? request?.headers;
  const headers = given ? new Headers(given) : null;
  if (headers?.has("authorization")) {
    throw new TokenwellError(
      "configuration",
      "headers has an Authorization of its own, which would fight with the token's: leave it out, or use the plain fetch.",
      { recovery: "fix_configuration" },
    );
  }
  const exchange = {
    layer,
    fetch: connection.fetch,
    // The body of a Request is a stream, which can be read once.
    input: request ?? target,
    headers,
    insisted: connection.apiHeaders(),
    init: { ...init, signal, redirect: "manual" },
    redirect: init?.redirect ?? request?.redirect ?? "follow",
    method: (init?.method ?? request?.method ?? "GET").toUpperCase(),
    repeatable: isRepeatable(init?.body ?? request?.body),
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
  let { input, url, method } = exchange;
  const init = { ...exchange.init, headers: headersOf(exchange, token) };
  for (let redirects = 0; ; redirects++) {
    const response = await attempt(exchange, input, init, url);
    const location = isRedirect(response.status) ? response.headers.get("location") : null;
    if (location === null || exchange.redirect === "manual") return response;
    discard(response.body);
    if (exchange.redirect === "error" || redirects === MOST_REDIRECTS) {
      const why = redirects === MOST_REDIRECTS ? "redirects in a circle" : "answered with a redirect";
      throw new TokenwellError("redirect_refused", `${shown(url)} ${why}, which was not followed: request the final URL.`, {
        endpoint: shown(url),
        status: response.status,
        recovery: "fix_configuration",
      });
    }
    const next = exchange.layer.apiRedirect(url, location);
    if (next instanceof Failure) next.details.status = response.status;
    orFail(next);
    const dropsBody =
      (response.status === 303 && method !== "HEAD") || (response.status <= 302 && method === "POST");
    if (dropsBody) {
      if (method !== "HEAD") method = "GET";
      delete init.body;
      // A copy, since a second try sends the body again.
      init.headers = new Headers(init.headers);
      for (const name of BODY_HEADERS) init.headers.delete(name);
    } else if (!exchange.repeatable) {
      throw new TokenwellError(
        "redirect_refused",
        `${shown(url)} wants the request's body at another address, and a stream can be sent only once: request the final URL.`,
        { endpoint: shown(url), status: response.status, recovery: "fix_configuration" },
      );
    }
    if (input !== url) {
      // A Request carries its own address, so what goes on from it is its method and headers.
      for (const member of ["mode", "integrity", "keepalive", "referrer", "cache"]) delete init[member];
    }
    init.method = method;
    input = url = next;
  }
}

/** The caller's headers, those that the API insists on, and the token. */
function headersOf({ headers, insisted }, token) {
  const sent = { authorization: token.authorization() };
  for (let index = 0; index < insisted.length; index += 2) {
    if (!headers?.has(insisted[index])) sent[insisted[index]] = insisted[index + 1];
  }
  if (headers === null) return new Headers(sent);
  const all = new Headers(headers);
  for (const name in sent) all.set(name, sent[name]);
  return all;
}

async function attempt({ layer, fetch }, input, init, url) {
  try {
    const response = await abortable(fetch(input, init), init.signal);
    if (typeof response?.status === "number" && typeof response.headers?.get === "function") return response;
  } catch (thrown) {
    if (init.signal?.aborted) throw init.signal.reason;
    throw layer.networkFailure(url, thrown).toError();
  }
  throw new TokenwellError("runtime", `What was to fetch ${shown(url)} gave something other than a Response: check the fetch option.`, {
    endpoint: shown(url),
    recovery: "fix_configuration",
  });
}

/**
 * Calls an API, and gives its JSON or throws what went wrong.
 *
 * @param {import("./connection.js").Connection} connection
 * @param {import("./source.js").Source} source
 * @param {string} path below the API base
 * @param {unknown} [body] sent as JSON, with POST
 */
export function call(connection, source, path, body) {
  const endpoint = shown(connection.apiUrl(path));
  const controller = new AbortController();
  const { signal } = controller;
  const init = body === undefined ? { signal } : {
    signal,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  return new Promise((resolve, reject) => {
    // Unlike a fetch of the caller's own, which has the caller's signal, this call has to end by itself, also where a
    // fetch heeds no signal. Not by `AbortSignal.timeout`, for whose timer Node does not stay alive.
    const timer = setTimeout(() => {
      reject(new TokenwellError("timeout", `${endpoint} did not answer in time: try again, or allow more time.`, {
        endpoint,
        retryable: true,
        recovery: "retry",
      }));
      controller.abort();
    }, Math.min(connection.timeout, LONGEST_TIMER));
    send(connection, source, path, init)
      .then((answered) => json(connection, answered))
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}

/** An API's JSON, or the error that its answer stands for. */
async function json(connection, { response, token, url, lost }) {
  if (lost?.recovery === "reauthorize") {
    discard(response.body);
    throw lost;
  }
  let text;
  try {
    text = await response.text();
  } catch (thrown) {
    throw connection.layer().networkFailure(url, thrown).toError();
  }
  if (!response.ok) {
    throw connection.layer().apiFailure(url, token.accessToken, response, text).toError();
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new TokenwellError("api", `${shown(url)} answered with something other than JSON: check the request.`, {
      endpoint: shown(url),
      status: response.status,
    });
  }
}

const isRedirect = (status) => status === 301 || status === 302 || status === 303 || status === 307 || status === 308;

/** Whether a body can be sent twice. */
function isRepeatable(body) {
  return !(body instanceof ReadableStream) && typeof body?.[Symbol.asyncIterator] !== "function";
}

/** Origin and path: what of a URL may be shown. */
function shown(url) {
  return url.split(/[?#]/, 1)[0];
}
