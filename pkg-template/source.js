// A source of tokens: the layer's, and the last answer that it gave.
//
// The layer says until when an answer may be handed out again; until then nothing is asked. That is all that is decided
// here, and it keeps the frequent case at two comparisons.

import { checkSignal } from "./check.js";
import { refused } from "./errors.js";
import { attempt } from "./host.js";
import { current, run } from "./instance.js";
import { abortable } from "./stop.js";
import { orFail } from "./values.js";

export class Source {
  #open;
  #now;
  #monotonic;
  #layer = null;
  #instance = null;
  #answer = null;
  #from = 0;
  #closed = false;

  /**
   * @param {() => object} open makes the layer's source, in the live instance
   * @param {(() => number) | undefined} now the caller's clock; then there is no monotonic one
   */
  constructor(open, now) {
    this.#open = open;
    // Not `Date.now` itself: fake timers put another `Date` in the place of this one.
    this.#now = now ?? (() => Date.now());
    this.#monotonic = now === undefined;
  }

  /** The answer at hand, while it may be handed out without asking; else `null`. */
  atHand() {
    const answer = this.#answer;
    if (answer === null) return null;
    const now = this.#now();
    // The wall clock may have been set back or forward, or be a test's own that gives no number; the monotonic one
    // stands still while a machine sleeps.
    if (!(now < answer.until && now >= this.#from)) return null;
    return this.#monotonic && performance.now() >= answer.untilMonotonic ? null : answer;
  }

  /**
   * @param {{ signal?: AbortSignal, fresh?: boolean }} [options]
   * @returns {Promise<Answer> | Answer} at once where nothing has to be sent: then callers are served in their order
   */
  ask({ signal, fresh = false } = {}) {
    checkSignal(signal);
    if (typeof fresh !== "boolean") throw refused("fresh", "must be true or false");
    signal?.throwIfAborted();
    if (fresh) this.#answer = null;
    else if (this.atHand() !== null) return this.#answer;
    const layer = this.layer();
    const answer = layer.token(fresh);
    if (answer instanceof Promise) return join(layer, answer, signal).then((answer) => this.#keep(answer));
    return this.#keep(answer);
  }

  #keep(answer) {
    orFail(answer);
    this.#from = this.#now();
    if (!this.#closed) this.#answer = answer;
    return answer;
  }

  /** A 401 for an answer's token. Says whether another token may help. */
  reject(answer) {
    const again = this.layer().reject(answer.version);
    if (this.#answer === answer) this.#answer = null;
    return again;
  }

  /** Forgets the answer at hand, and keeps no other. */
  close() {
    this.#closed = true;
    this.#answer = null;
  }

  /** The layer's source, in the live instance: after a trap it is made anew. */
  layer() {
    const instance = current();
    if (this.#instance !== instance) {
      this.#layer = orFail(this.#open());
      this.#instance = instance;
      this.#answer = null;
    }
    return this.#layer;
  }
}

/** Waits for a flight. A caller that gives up leaves it, and the others go on. */
function join(layer, flight, signal) {
  // A dead instance has no flight to leave, and says so by throwing, which under an event would end the process.
  const leave = () => attempt(() => layer.leave(flight));
  return abortable(run(() => flight), signal, leave);
}
