// What this runtime offers the layer: its kind, timers, the environment.

import { isObject, isText } from "./check.js";

/** The longest that a timer can take, in ms; a longer one would ring at once. */
export const LONGEST_TIMER = 2_147_483_647;

/** Reads something of the caller's or the runtime's. Where that throws, it counts as absent. */
export function attempt(read) {
  try {
    return read();
  } catch {}
}

/** What this runtime is. */
export class Runtime {
  /** A browser's page has both; no server has. */
  static isPage() {
    return isObject(globalThis.window) && isObject(globalThis.document);
  }

  /** Whether requests share no I/O, as in workerd, which alone has this. */
  static isolatesRequests() {
    return typeof WebSocketPair === "function";
  }
}

/** An environment variable: from the object that the caller gave, else from the runtime. An empty one counts as absent. */
export function variable(name, environment) {
  const value =
    environment === undefined
      ? (attempt(() => globalThis.process.env[name]) ?? attempt(() => globalThis.Deno.env.get(name)))
      : attempt(() => environment[name]);
  return isText(value) && value !== "" ? value : undefined;
}

/** Rings something once; that may set the timer again. */
export class Timer {
  #handle;

  constructor(target, ms, inBackground) {
    this.set(target, ms, inBackground);
  }

  /** A timer in the background does not keep the process alive. Where the runtime refuses one, there is none. */
  set(target, ms, inBackground) {
    attempt(() => {
      this.#handle = setTimeout(() => target.ring(this), Math.min(ms, LONGEST_TIMER));
      // Node's timers are objects with these methods; elsewhere they are numbers and keep nothing alive.
      if (inBackground) this.#handle.unref?.();
    });
  }

  /** From now on the process waits for it: somebody has joined what was in the background. */
  keepAlive() {
    attempt(() => this.#handle.ref?.());
  }

  clear() {
    attempt(() => clearTimeout(this.#handle));
  }
}

/** Counts while the request that made it is alive. */
export class Pulse {
  count = 0;
  #handle;

  constructor(ms) {
    attempt(() => {
      this.#handle = setInterval(() => this.count++, ms);
    });
  }

  clear() {
    attempt(() => clearInterval(this.#handle));
  }
}
