// Sends a request of the layer's and reads its response to the end, in one call of the layer's. What the response means,
// the core decides.

import { isBytes, isFunction, isObject } from "./check.js";
import { attempt } from "./host.js";
import { discard } from "./stop.js";

/** What came back. Where that is no response, a text comes in its place: the problem. */
class Exchanged {
  constructor(status, headers, names, body = new Uint8Array()) {
    this.status = status;
    let lines = "";
    for (const name of names) {
      const value = headers.get(name);
      if (typeof value === "string") lines += `${name}\n${value}\n`;
    }
    this.headers = lines;
    this.body = body;
  }
}

/** Sends the requests of one client. */
export class Sender {
  /** The most bytes that a body may have. */
  largest;
  /** Those of the next requests, without what goes with one only. */
  headers;
  #fetch;
  #names;
  #method;
  #url;

  /**
   * @param {typeof globalThis.fetch | undefined} fetch else the runtime's as it is then: tests replace it
   * @param {string} names of the response's headers to take, each on a line
   */
  constructor(fetch, names) {
    this.#fetch = fetch;
    this.#names = names.split("\n");
  }

  /** What came back to a request of somebody else's, with the body that was read already. Nothing may be thrown here. */
  exchanged({ status, headers }, text) {
    const harmless = { get: (name) => attempt(() => headers.get(name)) };
    return new Exchanged(status, harmless, this.#names, new TextEncoder().encode(text));
  }

  /** Where the next requests go. */
  head(method, url) {
    this.#method = method;
    this.#url = url;
  }

  /**
   * Sends one request and reads its response to the end.
   *
   * @param {string | undefined} authorization
   * @param {string} body
   * @param {Stop} stop
   * @returns {Promise<Exchanged | string>} rejects if stopped, and with what `fetch` threw
   */
  send(authorization, body, stop) {
    // Called without a `this`: as a method it would be an "Illegal invocation" in workers.
    const fetch = this.#fetch ?? globalThis.fetch;
    if (!isFunction(fetch)) return Promise.resolve("this runtime has no fetch");
    // A copy: the same ones are sent again, and these are the caller's own fetch's to change.
    const headers = new Headers(this.headers);
    if (authorization !== undefined) headers.set("authorization", authorization);
    // Neither `cache` nor `credentials` nor `mode`: some workers throw on them.
    const init = { method: this.#method, headers, body, redirect: "manual", signal: stop.signal };
    // Nothing is sent where everybody gave up before.
    return stop.or(stop.reason || exchange(fetch, this.#url, init, this.#names, this.largest, stop));
  }
}

async function exchange(fetch, url, init, names, largest, stop) {
  try {
    const exchanged = await take(await fetch(url, init), names, largest, stop);
    if (typeof exchanged === "string") stop.free();
    return exchanged;
  } catch (thrown) {
    stop.free();
    throw thrown;
  }
}

/** Takes from a response what the layer reads. It may be an object of a caller's own, of any shape. */
async function take(response, names, largest, stop) {
  if (!isObject(response)) return "no object";
  const { status, headers, type, redirected } = response;
  if (typeof status !== "number") return "no status";
  if (!isObject(headers) || !isFunction(headers.get)) return "no headers";
  // `redirect: "manual"` shows the redirect itself on servers, and an opaque one where a browser's rules are followed. A
  // fetch of the caller's own that follows it all the same has asked somebody else, whose answer is not the server's.
  const shown = redirected || status === 0 || type === "opaqueredirect" ? 302 : status;
  let body;
  // Nothing in a redirect's body matters, and it may be endless.
  if (shown >= 300 && shown < 400) discard(response.body);
  else body = await read(response, largest, stop);
  if (typeof body === "string") return body;
  return new Exchanged(shown, headers, names, body);
}

/**
 * Reads chunk by chunk, so that a small body that unpacks to a huge one is stopped on the way.
 *
 * @returns {Promise<Uint8Array | string | undefined>} the bytes, or why there are none
 */
async function read(response, largest, stop) {
  const stream = response.body;
  if (response.bodyUsed || stream?.locked) return "a body that was read before";
  if (!isFunction(stream?.getReader)) return readAtOnce(response, stream, largest);
  const reader = stream.getReader();
  const chunks = [];
  let size = 0;
  while (stop.reads(reader)) {
    const { done, value } = await reader.read();
    if (done) return chunks.length === 1 ? chunks[0] : join(chunks, size);
    if (!isBytes(value)) return "a body without bytes";
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
  if (!isFunction(response.arrayBuffer)) return stream == null ? undefined : "no readable body";
  const buffer = await response.arrayBuffer();
  const size = buffer?.byteLength;
  // Looked at before anything is copied: an array of an impossible length would throw.
  if (typeof size !== "number") return "a body without bytes";
  return size > largest ? "too large" : new Uint8Array(buffer);
}
