// What the layer asks of the runtime where one call of its own would take a dozen: a request that is sent and read to
// its end, what stops it, and a promise to be settled later. What an answer means, the core decides.

/** Why something was stopped, in the layer's numbers. */
const TIMED_OUT = 1;

/** The longest that a timer can take, in ms; a longer one would ring at once. */
const LONGEST_TIMER = 2_147_483_647;

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

/** A promise, and what resolves it. */
export class Deferred {
  promise = new Promise((resolve) => {
    this.resolve = resolve;
  });

  ring() {
    this.resolve();
  }
}

/** Rings something once, be it one of these or a function of the layer's. */
export class Timer {
  #handle;

  /** A timer in the background does not keep the process alive. A runtime that gives none here goes without. */
  constructor(target, ms, inBackground) {
    const ring = typeof target === "function" ? target : () => target.ring();
    try {
      this.#handle = setTimeout(ring, Math.min(ms, LONGEST_TIMER));
      // Node's timers are objects with these methods; elsewhere they are numbers and keep nothing alive.
      if (inBackground) this.#handle.unref?.();
    } catch {}
  }

  /** From now on the process waits for it: somebody has joined what was in the background. */
  keepAlive() {
    quietly(() => this.#handle.ref?.());
  }

  clear() {
    try {
      clearTimeout(this.#handle);
    } catch {}
  }
}

/** Counts while the request that made it is alive. */
export class Pulse {
  count = 0;
  #handle;

  constructor(ms) {
    quietly(() => {
      this.#handle = setInterval(() => this.count++, ms);
    });
  }

  clear() {
    quietly(() => clearInterval(this.#handle));
  }
}

function quietly(work) {
  try {
    work();
  } catch {}
}

/** What came back: a response, or the `problem` for which it is none. */
class Exchanged {
  constructor(status, headers, body, problem) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.problem = problem;
  }
}

const unusable = (problem) => new Exchanged(0, "", undefined, problem);

/** Sends the requests of one client. */
export class Sender {
  #fetch;
  #names;
  #largest;
  #method;
  #url;
  #headers;

  /**
   * @param {typeof globalThis.fetch | undefined} fetch else the runtime's as it is then: tests replace it
   * @param {string} names of the response's headers to take, each on a line
   * @param {number} largest body, in bytes
   */
  constructor(fetch, names, largest) {
    this.#fetch = fetch;
    this.#names = names.split("\n");
    this.#largest = largest;
  }

  /** Where the next requests go, and with what headers. */
  head(method, url, headers) {
    this.#method = method;
    this.#url = url;
    this.#headers = headers;
  }

  /**
   * Sends one request and reads its response to the end.
   *
   * @param {string | undefined} authorization
   * @param {string} body
   * @param {Stop} stop
   * @returns {Promise<Exchanged>} rejects if stopped, and with what `fetch` threw
   */
  send(authorization, body, stop) {
    // Called without a `this`: as a method it would be an "Illegal invocation" in workers.
    const fetch = this.#fetch ?? globalThis.fetch;
    if (typeof fetch !== "function") return Promise.resolve(unusable("this runtime has no fetch"));
    // A copy: the same ones are sent again, and these are the caller's own fetch's to change.
    const headers = new Headers(this.#headers);
    if (authorization !== undefined) headers.set("authorization", authorization);
    // Neither `cache` nor `credentials` nor `mode`: some workers throw on them.
    const init = { method: this.#method, headers, body, redirect: "manual", signal: stop.signal };
    return stop.or(attempt(fetch, this.#url, init, this.#names, this.#largest, stop));
  }
}

async function attempt(fetch, url, init, names, largest, stop) {
  try {
    const exchanged = await take(await fetch(url, init), names, largest, stop);
    if (exchanged.problem !== undefined) stop.free();
    return exchanged;
  } catch (thrown) {
    stop.free();
    throw thrown;
  }
}

/** Takes from a response what the layer reads. It may be an object of a caller's own, of any shape. */
async function take(response, names, largest, stop) {
  if (!isObject(response)) return unusable("no object");
  const { status, headers, type } = response;
  if (typeof status !== "number") return unusable("no status");
  if (!isObject(headers) || typeof headers.get !== "function") return unusable("no headers");
  // `redirect: "manual"` shows the redirect itself on servers, and an opaque one where a browser's rules are followed.
  const shown = status === 0 || type === "opaqueredirect" ? 302 : status;
  let body;
  // Nothing in a redirect's body matters, and it may be endless.
  if (shown >= 300 && shown < 400) discard(response.body);
  else body = await read(response, largest, stop);
  if (typeof body === "string") return unusable(body);
  let lines = "";
  for (const name of names) {
    const value = headers.get(name);
    if (typeof value === "string") lines += `${name}:${value}\n`;
  }
  return new Exchanged(shown, lines, body);
}

/**
 * Reads chunk by chunk, so that a small body that unpacks to a huge one is stopped on the way.
 *
 * @returns {Promise<Uint8Array | string | undefined>} the bytes, or why there are none
 */
async function read(response, largest, stop) {
  const stream = response.body;
  if (typeof stream?.getReader !== "function") return readAtOnce(response, stream, largest);
  const reader = stream.getReader();
  const chunks = [];
  let size = 0;
  while (stop.reads(reader)) {
    const { done, value } = await reader.read();
    if (done) return chunks.length === 1 ? chunks[0] : join(chunks, size);
    if (!(value instanceof Uint8Array)) return "a body without bytes";
    size += value.length;
    if (size > largest) {
      discard(reader);
      return "too large";
    }
    chunks.push(value);
  }
}

function join(chunks, size) {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** A response without a stream: an empty one, or a test's own object. */
async function readAtOnce(response, stream, largest) {
  if (typeof response.arrayBuffer !== "function") return stream == null ? undefined : "no readable body";
  const buffer = await response.arrayBuffer();
  const size = buffer?.byteLength;
  // Looked at before anything is copied: an array of an impossible length would throw.
  if (typeof size !== "number") return "a body without bytes";
  return size > largest ? "too large" : new Uint8Array(buffer);
}

/** Cancels a stream or its reader. Its rejection is nobody's surprise. */
export function discard(stream) {
  Promise.resolve(stream?.cancel?.()).catch(() => {});
}

/** What this runtime is. */
export class Runtime {
  /** A browser's page has both; no server has. A DOM that a test runner puts up in Node is no browser. */
  static isPage() {
    const { window, document, process } = globalThis;
    return isObject(window) && isObject(document) && typeof process?.versions?.node !== "string";
  }

  /**
   * What an error says, and its causes, and the errors that an `AggregateError` is made of: their codes on one line,
   * and then the messages.
   */
  static told(thrown) {
    const codes = [];
    let words = "";
    const collect = (error, depth) => {
      if (!isObject(error) || depth > 3) return;
      const member = (name) => {
        try {
          return error[name];
        } catch {}
      };
      const [code, message, errors] = ["code", "message", "errors"].map(member);
      if (typeof code === "string" && /^\w{1,48}$/.test(code)) codes.push(code);
      if (typeof message === "string") words += message;
      words += " ";
      collect(member("cause"), depth + 1);
      if (Array.isArray(errors)) errors.slice(0, 8).forEach((inner) => collect(inner, depth + 1));
    };
    collect(thrown, 0);
    return `${codes.join(" ")}\n${words}`;
  }

  /** Whether requests share no I/O, as in workerd, which alone has this. */
  static isolatesRequests() {
    return typeof WebSocketPair === "function";
  }
}

const isObject = (value) => typeof value === "object" && value !== null;
