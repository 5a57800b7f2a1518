/**
 * What goes wrong on purpose.
 *
 * @typedef {object} Fault
 * @property {number} [times] how many requests it meets; 1
 * @property {string} [provider] any when left out
 * @property {string} [endpoint] the endpoint's name, such as `token` or `api`; `token`
 * @property {number} [status] answer with this status, `headers` and `body`
 * @property {Record<string, string>} [headers]
 * @property {string | object} [body] an object is sent as JSON
 * @property {boolean} [disconnect] close the connection without an answer
 * @property {boolean} [processed] the provider does its work first, so only its answer is lost
 * @property {number} [delay] ms to wait before the answer
 */

/** The faults that are still to come, in the order in which they were asked for. */
export class Faults {
  /** @type {Fault[]} */
  #waiting = [];

  /** @param {Fault} fault */
  add({ times = 1, endpoint = "token", ...fault }) {
    this.#waiting.push({ times, endpoint, ...fault });
  }

  clear() {
    this.#waiting = [];
  }

  /**
   * The fault that this request meets, used up by that. A delay alone and a failure can meet one request together.
   *
   * @param {string | null} provider
   * @param {string | null} endpoint
   * @returns {Partial<Fault>}
   */
  take(provider, endpoint) {
    const meets = (fault) =>
      fault.endpoint === endpoint && (fault.provider === undefined || fault.provider === provider);
    const delay = this.#waiting.find((fault) => meets(fault) && isDelayOnly(fault));
    const failure = this.#waiting.find((fault) => meets(fault) && !isDelayOnly(fault));
    for (const fault of [delay, failure]) if (fault) fault.times -= 1;
    this.#waiting = this.#waiting.filter((fault) => fault.times > 0);
    return { ...delay, ...failure };
  }
}

function isDelayOnly(fault) {
  return fault.status === undefined && !fault.disconnect;
}

/**
 * What is sent instead of the real answer, or undefined when the real answer stays.
 *
 * @param {Fault} fault
 * @returns {import("./http.js").Reply | undefined}
 */
export function faultReply({ status, headers = {}, body = "" }) {
  if (status === undefined) return undefined;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/plain" : "application/json";
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { status, headers: { "content-type": type, ...named }, body: text };
}
