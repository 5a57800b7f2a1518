// Waiting: promises that are settled later, and what ends a wait early.

/** Why something was stopped, in the layer's numbers. */
const TIMED_OUT = 1;

/** Ends a request, or another wait, once. */
export class Stop {
  /** 0 until stopped. */
  reason = 0;
  #controller;
  #release;
  #reader;

  get signal() {
    return (this.#controller ??= new AbortController()).signal;
  }

  /** Aborts the request, and ends the waiting too, since a caller's `fetch` may ignore its signal. */
  now(reason) {
    if (this.reason !== 0) return;
    this.reason = reason;
    this.#release?.();
    this.#controller?.abort();
    discard(this.#reader);
  }

  /** Its timer has run out. */
  ring() {
    this.now(TIMED_OUT);
  }

  /** Waits for one thing at a time; rejects when stopped. */
  or(pending) {
    return new Promise((resolve, reject) => {
      if (this.reason !== 0) reject();
      this.#release = reject;
      Promise.resolve(pending).then(resolve, reject);
    });
  }

  /** What is read: it is cancelled when stopped, or at once if that has been. Gives whether it may be read. */
  reads(stream) {
    this.#reader = stream;
    if (this.reason !== 0) discard(stream);
    return this.reason === 0;
  }

  /** The request has failed: frees the connection where a part of the response is still to come. */
  free() {
    this.#controller?.abort();
    this.#controller = undefined;
  }
}

/** A promise, what resolves it, and how many wait for it. */
export class Deferred {
  constructor() {
    this.renew();
  }

  /** A promise for those who come from now on. */
  renew() {
    this.waiters = 0;
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  join() {
    this.waiters++;
    return this.promise;
  }

  /** One fewer waits for this promise. Says whether that was the last one. */
  leave(promise) {
    return promise === this.promise && --this.waiters === 0;
  }

  ring() {
    this.resolve();
  }
}

/**
 * Tells those who wait for a late answer that they wait in vain, and gives the answer some more time. Those who come
 * meanwhile wait no longer than the first.
 */
export class Late {
  constructor(answer, failure, stop, every, more) {
    this.ring = (timer) => {
      answer.resolve(failure);
      answer.renew();
      const ms = Math.min(every, more);
      more -= ms;
      timer.set(more > 0 ? this : stop, ms, true);
    };
  }
}

/** What a signal ends. It is one listener for all: of an eleventh, Node warns the program. */
class Waits extends Set {
  handleEvent() {
    for (const stop of this) stop();
  }
}

/** What each signal ends, while somebody waits. */
const waits = new WeakMap();

/**
 * Waits for a promise, or until the signal says not to: then it rejects with the signal's reason, and the work goes on.
 *
 * @param {() => void} [leave] is called when the signal says so
 */
export function abortable(promise, signal, leave) {
  if (signal === undefined || signal === null) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => {
      reject(signal.reason);
      leave?.();
    };
    // No event comes for a signal that was aborted before.
    if (signal.aborted) stop();
    const all = waits.get(signal) ?? new Waits();
    waits.set(signal, all.add(stop));
    // As often as one likes: it is the same listener.
    signal.addEventListener("abort", all, { once: true });
    const settle = (how) => (value) => {
      all.delete(stop);
      if (all.size === 0) signal.removeEventListener("abort", all);
      how(value);
    };
    Promise.resolve(promise).then(settle(resolve), settle(reject));
  });
}

/** Cancels a stream or its reader. Nobody needs to know that it rejects, or that a caller's own one throws. */
export function discard(stream) {
  new Promise((done) => done(stream?.cancel?.())).catch(() => {});
}
