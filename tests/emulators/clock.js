/** The emulator's time, which tests move. Milliseconds since 1970. */
export class Clock {
  #offset = 0;

  /** @returns {number} ms since 1970 */
  now() {
    return Date.now() + this.#offset;
  }

  /** Whole seconds since 1970, as JSON Web Tokens count them. */
  seconds() {
    return Math.floor(this.now() / 1000);
  }

  /** @param {number} ms may be negative */
  advance(ms) {
    this.#offset += ms;
  }

  /** @param {number} ms since 1970 */
  set(ms) {
    this.#offset = ms - Date.now();
  }

  /** Back to the machine's own time. */
  reset() {
    this.#offset = 0;
  }
}
