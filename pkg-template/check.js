// What a caller passes is looked at before anything is done with it, and what is wrong with it is refused by name.

import { refused } from "./errors.js";

export const isText = (value) => typeof value === "string";
export const isFunction = (value) => typeof value === "function";
export const isObject = (value) => typeof value === "object" && value !== null;
/** Bytes, also those of another realm, such as what a `fetch` reads that a `vm` context was given. */
export const isBytes = (value) => ArrayBuffer.isView(value) && value.BYTES_PER_ELEMENT === 1;
export const isRecord = (value) => isObject(value) && !Array.isArray(value);

export function checkRecord(options) {
  if (!isRecord(options)) throw refused("options", "must be an object");
}

export function checkSignal(signal) {
  if (signal !== undefined && signal !== null && !isFunction(signal.throwIfAborted)) {
    throw refused("signal", "must be an AbortSignal");
  }
}

/**
 * The options of one call, if they are an object that has none but these.
 *
 * @param {unknown} options
 * @param {readonly string[]} known what they are called
 * @returns {object}
 */
export function optionsOf(options = {}, known) {
  checkRecord(options);
  // A misspelt onTokens would lose the refresh token at its first rotation.
  const name = Object.keys(options).find((name) => !known.includes(name));
  if (name !== undefined) throw refused(name, `is not an option: the options are ${known.join(", ")}`);
  checkSignal(options.signal);
  return options;
}
