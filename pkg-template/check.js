// What a caller passes is looked at before anything is done with it.

import { refused } from "./errors.js";

export const isText = (value) => typeof value === "string";
export const isFunction = (value) => typeof value === "function";
export const isObject = (value) => typeof value === "object" && value !== null;
export const isRecord = (value) => isObject(value) && !Array.isArray(value);

export function checkOptions(options) {
  if (!isRecord(options)) throw refused("options", "must be an object");
}

export function checkSignal(signal) {
  if (signal !== undefined && signal !== null && !isFunction(signal.throwIfAborted)) {
    throw refused("signal", "must be an AbortSignal");
  }
}
