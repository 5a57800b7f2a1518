// Reads objects of options for the layer key by key, so that what is wrong can be named. Which options there are, and
// what they mean, the layer knows.

import { isBytes, isFunction, isObject, isRecord, isText } from "./check.js";
import { attempt, variable } from "./host.js";
import { Failure } from "./values.js";

/** A copy of a list, or nothing if it does not consist of strings. */
function texts(value) {
  if (!Array.isArray(value)) return;
  // A hole counts too, which `every` passes over.
  const list = [...value];
  if (list.every(isText)) return list;
}

/** Pairs of name and value, or nothing if not every value is a string. */
function members(value) {
  if (!isRecord(value)) return;
  const entries = Object.entries(value);
  if (entries.every(([, member]) => isText(member))) return entries;
}

/** A key as a text, which is what the layer keeps secrets as. */
function key(value) {
  if (isBytes(value) && value.length === 32) return btoa(String.fromCharCode(...value));
}

const only = (is) => (value) => (is(value) ? value : undefined);

/** What a value has to be, in the words of its refusal: each gives what the layer takes, or `undefined` for a wrong one. */
const KINDS = {
  anything: (value) => value,
  "a string": only(isText),
  "true or false": only((value) => typeof value === "boolean"),
  "a function": only(isFunction),
  "a string, or a function that gives one": only((value) => isText(value) || isFunction(value)),
  "an array of strings": texts,
  "a string or an array of strings": (value) => texts(isText(value) ? [value] : value),
  "an object whose members are strings": members,
  "an object of environment variables": only(isObject),
  "a Uint8Array of 32 random bytes": key,
  "a number of milliseconds since 1970, or null": only((value) => value === null || (typeof value === "number" && value >= 0)),
};

const whole = only((value) => Number.isSafeInteger(value) && value >= 0);

/** One of the words that a kind such as `"form" or "json"` consists of, as its place among them. */
function place(value, kind) {
  const index = isText(value) ? kind.split(" or ").indexOf(`"${value}"`) : -1;
  return index < 0 ? undefined : index;
}

const refusal = (key, problem) => new Failure("configuration", `${key} ${problem}`, { recovery: "fix_configuration" });

/** Reads one object. `undefined` counts as absent, and of several wrong values the first is reported. */
export class Reader {
  #object;
  #known = [];
  #refusal;

  constructor(object = {}, what) {
    this.#object = attempt(() => isRecord(object)) ? object : {};
    if (this.#object !== object) this.refuse(what, "must be an object");
  }

  /** The value of a key, if it is of that kind. */
  take(key, kind) {
    this.#known.push(key);
    const value = attempt(() => this.#object[key]);
    if (value === undefined) return;
    // What is in quotes is a choice of words. Whatever else the table does not have is a whole number of something.
    const read = KINDS[kind] ?? (kind.startsWith('"') ? place : whole);
    const taken = attempt(() => read(value, kind));
    if (taken === undefined) this.refuse(key, `must be ${kind}`);
    return taken;
  }

  variable(name) {
    return variable(name, attempt(() => this.#object.env));
  }

  refuse(key, problem) {
    this.keep(refusal(key, problem));
  }

  /** What was wrong further inside. */
  keep(refusal) {
    this.#refusal ??= refusal;
  }

  /**
   * The refusal, if there is one. What is left over comes first, with the nearest name that would be right: a misspelt
   * option is why another one is missing.
   */
  finish() {
    const known = this.#known;
    const key = attempt(() => Object.keys(this.#object))?.find((key) => !known.includes(key));
    if (key === undefined) return this.#refusal;
    const simple = (text) => text.replace(/[^a-z0-9]/gi, "").toLowerCase();
    const near = known.find((name) => simple(name) === simple(key));
    return refusal(key, `is not an option: ${near === undefined ? `the options are ${known.join(", ")}` : `did you mean ${near}?`}`);
  }
}
