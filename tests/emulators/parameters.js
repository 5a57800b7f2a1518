import { mediaType, parseForm, parseJsonObject } from "./http.js";

/** RFC 6749 section 3.3 and appendix A.4: scope tokens of NQCHAR, one space between. */
const scopePattern = /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/;

/**
 * The parameters of a token, revocation, introspection or authorization request.
 * RFC 6749 section 3.2: none may appear twice, and an empty value counts as left out. RFC 8707 lets `resource` repeat.
 */
export class Parameters {
  #values = new Map();
  /** @type {string[]} */
  resources = [];

  /**
   * @param {Iterable<[string, unknown]>} pairs
   * @param {(description: string) => Error} malformed makes what is thrown
   */
  constructor(pairs, malformed) {
    for (const [name, value] of pairs) {
      if (name === "resource") {
        this.resources.push(...[value].flat());
        continue;
      }
      if (typeof value !== "string") throw malformed(`The parameter ${name} must be a string.`);
      if (this.#values.has(name)) throw malformed(`The parameter ${name} appears twice.`);
      this.#values.set(name, value);
    }
  }

  /** @param {string} name @returns {string | undefined} */
  get(name) {
    return this.#values.get(name) || undefined;
  }

  /**
   * The requested scope, or undefined when none was named.
   *
   * @param {(description: string) => Error} malformed makes what is thrown for an ill-formed scope
   * @returns {string[] | undefined}
   */
  scope(malformed) {
    const scope = this.get("scope");
    if (scope === undefined) return undefined;
    if (!scopePattern.test(scope)) throw malformed("The scope is not a list of tokens with one space between.");
    return scope.split(" ");
  }
}

/**
 * Reads a request body in the one format that the provider takes.
 *
 * @param {import("./http.js").EmulatedRequest} request
 * @param {"form" | "json"} format
 * @param {(description: string) => Error} malformed makes what is thrown
 */
export function bodyParameters(request, format, malformed) {
  const wanted = format === "json" ? "application/json" : "application/x-www-form-urlencoded";
  if (mediaType(request) !== wanted) throw malformed(`The Content-Type must be ${wanted}.`);
  let pairs;
  try {
    pairs = format === "json" ? parseJsonObject(request.body) : parseForm(request.body);
  } catch {
    throw malformed(`The body is not well-formed ${wanted}.`);
  }
  return new Parameters(pairs, malformed);
}
