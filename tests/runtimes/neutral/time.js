// Time that stands still until it is told to go on, for the package's clock and its timers.

const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

/** Lets promises settle: the event loop goes round once. */
const turn = () => new Promise((resolve) => real.setTimeout(resolve, 0));

/** How often the event loop goes round before something that was to happen counts as not happening. */
const MOST_TURNS = 200;

/** The virtual clock, and the timers that `globalThis.setTimeout` starts while it is installed. */
export class VirtualTime {
  #timers = new Map();
  #last = 0;

  /** @param {number} start ms since 1970 */
  constructor(start) {
    this.now = start;
  }

  install() {
    globalThis.setTimeout = (callback, ms = 0) => {
      this.#last += 1;
      this.#timers.set(this.#last, { due: this.now + Math.max(0, ms), ms, callback });
      return this.#last;
    };
    globalThis.clearTimeout = (timer) => void this.#timers.delete(timer);
  }

  uninstall() {
    Object.assign(globalThis, real);
  }

  /** The timers that are running: how long they take, and when they are due. */
  get timers() {
    return [...this.#timers.values()].map(({ ms, due }) => ({ ms, due }));
  }

  /** Goes on to a time. What is due on the way rings in its order, with the clock at its time. */
  async moveTo(time) {
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.due <= time);
      if (due.length === 0) break;
      const [id, timer] = due.reduce((first, next) => (next[1].due < first[1].due ? next : first));
      this.#timers.delete(id);
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
