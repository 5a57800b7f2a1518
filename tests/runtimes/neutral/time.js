// Time that stands still until it is told to go on, for the package's clock and its timers.

const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis;

/** Lets promises settle: the event loop goes round once. A timer takes a millisecond or four, an immediate doesn't. */
const turn = () => new Promise((resolve) => (setImmediate ?? setTimeout)(resolve, 0));

/** How often the event loop goes round before something that was to happen counts as not happening. */
const MOST_TURNS = 200;

/** An object, as Node's are: its own fetch asks them not to keep the process alive. */
class Timer {
  constructor(callback, ms, due, repeats) {
    Object.assign(this, { callback, ms, due, repeats });
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }
}

/** The virtual clock, and the timers that are started while it is installed. */
export class VirtualTime {
  #timers = new Set();

  /** @param {number} start ms since 1970 */
  constructor(start) {
    this.now = start;
  }

  install() {
    const start = (callback, ms, repeats) => {
      const timer = new Timer(callback, ms, this.now + Math.max(0, ms), repeats);
      this.#timers.add(timer);
      return timer;
    };
    // The connections of the runtime's own fetch have timers from before. Where they were not ended, they ring for what has
    // been collected meanwhile: in Node 20 that ends the process.
    const stop = (timer) => {
      if (timer instanceof Timer) this.#timers.delete(timer);
      else clearTimeout(timer);
    };
    globalThis.setTimeout = (callback, ms = 0, ...given) => start(() => callback(...given), ms, false);
    globalThis.setInterval = (callback, ms = 0, ...given) => start(() => callback(...given), ms, true);
    globalThis.clearTimeout = stop;
    globalThis.clearInterval = stop;
  }

  uninstall() {
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
  }

  /** The timers that are running: how long they take, and when they are due. */
  get timers() {
    return [...this.#timers];
  }

  /** Goes on to a time. What is due on the way rings in its order, with the clock at its time. */
  async moveTo(time) {
    for (let due = this.#nextDue(); due <= time; due = this.#nextDue()) {
      this.now = Math.max(this.now, due);
      await this.#ring(due);
    }
    this.now = time;
  }

  /** Rings what is due within some ms, while the clock stands still. */
  async ring(ms, until) {
    const end = this.now + ms;
    for (let due = this.#nextDue(); due <= end && !until(); due = this.#nextDue()) await this.#ring(due);
  }

  #nextDue() {
    let next = Infinity;
    for (const { due } of this.#timers) next = Math.min(next, due);
    return next;
  }

  async #ring(due) {
    const ringing = this.timers.filter((timer) => timer.due === due);
    for (const timer of ringing) {
      // One may have ended another.
      if (!this.#timers.has(timer)) continue;
      if (timer.repeats) timer.due += Math.max(1, timer.ms);
      else this.#timers.delete(timer);
      timer.callback();
    }
    // What repeats only counts; nobody waits for it.
    if (!ringing.every(({ repeats }) => repeats)) await settled();
  }
}

/** Waits until something holds, or surely won't; and then a little, for what follows from it. */
export async function settled(holds = () => true) {
  for (let turns = 0; turns < MOST_TURNS && !holds(); turns += 1) await turn();
  for (let turns = 0; turns < 3; turns += 1) await turn();
}
