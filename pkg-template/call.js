// The typed calls: an API's JSON, or the error that its answer stands for.

import { refused } from "./errors.js";
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
export function call(connection, source, path, body) {
  const url = connection.apiUrl(path);
  const controller = new AbortController();
  const { signal } = controller;
  const init = body === undefined ? { signal } : {
    signal,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: written(body),
  };
  return new Promise((resolve, reject) => {
    // Unlike a fetch of the caller's own, which has the caller's signal, this call has to end by itself, also where a
    // fetch heeds no signal. Not by `AbortSignal.timeout`, for whose timer Node does not stay alive.
    const timer = setTimeout(() => {
      reject(failed("timeout", url, "did not answer in time: try again, or allow more time", { retryable: true, recovery: "retry" }));
      controller.abort();
    }, Math.min(connection.timeout, LONGEST_TIMER));
    send(connection, source, path, init)
      .then((answered) => json(connection, answered))
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}

/** Members as JSON. What JSON cannot hold is refused by the name of the option that it came from. */
function written(body) {
  for (const name in body) {
    try {
      JSON.stringify(body[name]);
    } catch {
      const option = name.replace(/_./, ([, letter]) => letter.toUpperCase());
      throw refused(option, "cannot be written as JSON: pass no BigInt, and nothing that holds itself");
    }
  }
  return JSON.stringify(body);
}

/** An API's JSON, or the error that its answer stands for. */
async function json(connection, { response, token, url, lost }) {
  if (lost?.recovery === "reauthorize") {
    discard(response.body);
    throw lost;
  }
  if (response.bodyUsed || response.body?.locked) {
    const problem = "was fetched by something that read the response before: check the option fetch";
    throw failed("runtime", url, problem, { recovery: "fix_configuration" });
  }
  let text;
  try {
    // Made a text: a caller's own response may give anything, and the layer can take nothing else.
    text = `${await response.text()}`;
  } catch (thrown) {
    throw connection.layer().networkFailure(url, thrown).toError();
  }
  if (!response.ok) {
    throw connection.layer().apiFailure(url, token.accessToken, response, text).toError();
  }
  try {
    return JSON.parse(text);
  } catch {
    throw failed("api", url, "answered with something other than JSON: check the request", { status: response.status });
  }
}
