// The typed calls: an API's JSON, or the error that its answer stands for.

import { failed, send } from "./fetch.js";
import { LONGEST_TIMER } from "./host.js";
import { discard } from "./stop.js";

/** The name of a method that the package keeps to itself: clients and sessions call their provider's API with it. */
export const CALL = Symbol("call");

/**
 * Calls an API, and gives its JSON or throws what went wrong.
 *
 * @param {import("./connection.js").Connection} connection
 * @param {import("./source.js").Source} source
 * @param {string} path below the API base
 * @param {unknown} [body] sent as JSON, with POST
 */
export async function call(connection, source, path, body) {
  // Unlike a fetch of the caller's own, which has the caller's signal, this call has to end by itself.
  const signal = AbortSignal.timeout(Math.min(connection.timeout, LONGEST_TIMER));
  const init = body === undefined ? { signal } : {
    signal,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  try {
    return await json(connection, await send(connection, source, path, init));
  } catch (thrown) {
    if (thrown !== signal.reason || !signal.aborted) throw thrown;
    const url = connection.apiUrl(path);
    throw failed("timeout", url, "did not answer in time: try again, or allow more time", { retryable: true, recovery: "retry" });
  }
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
    if (thrown?.name === "TimeoutError") throw thrown;
    throw connection.layer().networkFailure(url, thrown).toError();
  }
  if (!response.ok) {
    const challenge = response.headers.get("www-authenticate") ?? undefined;
    const bytes = new TextEncoder().encode(text);
    throw connection.layer().apiFailure(url, token.accessToken, response.status, challenge, bytes).toError();
  }
  try {
    return JSON.parse(text);
  } catch {
    throw failed("api", url, "answered with something other than JSON: check the request", { status: response.status });
  }
}
