// The options of single calls. What is wrong with them is refused by name, as with those of a client.

import { refused } from "./errors.js";

/**
 * An object of options, if it is one and has none but these.
 *
 * @param {unknown} options
 * @param {readonly string[]} known what they are called
 * @returns {object}
 */
export function optionsOf(options = {}, known) {
  if (!isObject(options)) throw refused("options", "must be an object");
  // A misspelt onTokens would lose the refresh token at its first rotation.
  const name = Object.keys(options).find((name) => !known.includes(name));
  if (name !== undefined) throw refused(name, `is not an option: the options are ${known.join(", ")}`);
  checkSignal(options.signal);
  return options;
}

export function checkSignal(signal) {
  if (signal !== undefined && signal !== null && typeof signal.throwIfAborted !== "function") {
    throw refused("signal", "must be an AbortSignal");
  }
}

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
