// Time that stands still until it is told to go on, for the package's clock and its timers.

const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

/** Lets promises settle: the event loop goes round once. A timer takes a millisecond or four, an immediate doesn't. */
const turn = () => new Promise((resolve) => (setImmediate ?? real.setTimeout)(resolve, 0));

const { setImmediate } = globalThis;

/** How often the event loop goes round before something that was to happen counts as not happening. */
const MOST_TURNS = 200;

/** An object, as Node's are: its own fetch asks them not to keep the process alive. */
class Timer {
  constructor(callback, ms, due) {
    Object.assign(this, { callback, ms, due });
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }
}

/** The virtual clock, and the timers that `globalThis.setTimeout` starts while it is installed. */
export class VirtualTime {
  #timers = new Set();

  /** @param {number} start ms since 1970 */
  constructor(start) {
    this.now = start;
  }

  install() {
    globalThis.setTimeout = (callback, ms = 0, ...given) => {
      const timer = new Timer(() => callback(...given), ms, this.now + Math.max(0, ms));
      this.#timers.add(timer);
      return timer;
    };
    globalThis.clearTimeout = (timer) => void this.#timers.delete(timer);
  }

  uninstall() {
    Object.assign(globalThis, real);
  }

  /** The timers that are running: how long they take, and when they are due. */
  get timers() {
    return [...this.#timers];
  }

  /** Goes on to a time. What is due on the way rings in its order, with the clock at its time. */
  async moveTo(time) {
    for (;;) {
      const due = this.timers.filter((timer) => timer.due <= time);
      if (due.length === 0) break;
      const timer = due.reduce((first, next) => (next.due < first.due ? next : first));
      this.#timers.delete(timer);
      this.now = Math.max(this.now, timer.due);
      timer.callback();
      await settled();
    }
    this.now = time;
  }
}

/** Waits until something holds, or surely won't; and then a little, for what follows from it. */
export async function settled(holds = () => true) {
  for (let turns = 0; turns < MOST_TURNS && !holds(); turns += 1) await turn();
  for (let turns = 0; turns < 3; turns += 1) await turn();
}
