/** What each member says where nothing is known. */
const UNKNOWN = {
  error: null,
  description: null,
  status: null,
  endpoint: null,
  retryable: false,
  retryAfter: null,
  recovery: "none",
  requestId: null,
};

/**
 * What every failing call of Tokenwell rejects with. All members are safe to log: none holds a secret or a body.
 */
export class TokenwellError extends Error {
  static name = "TokenwellError";

  /**
   * @param {string} kind what happened, a stable name such as `oauth`
   * @param {string} message one sentence: what happened, at which host, and what to do
   * @param {object} [details] further members, where they are known, and `cause`
   */
  constructor(kind, message, { cause, ...details } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    for (const name in UNKNOWN) this[name] = details[name] ?? UNKNOWN[name];
  }

  /** For logs: JSON would leave out what the errors of the language have. */
  toJSON() {
    return { name: this.name, message: this.message, ...this };
  }
}

/**
 * The refusal of an option or argument.
 *
 * @param {string} name what it is called
 * @param {string} problem completes the sentence "`name` …"
 */
export function refused(name, problem) {
  return new TokenwellError("configuration", `${name} ${problem}`, { recovery: "fix_configuration" });
}

// On the prototype, as with the errors of the language: not repeated among each error's own members.
Object.defineProperty(TokenwellError.prototype, "name", { value: "TokenwellError", configurable: true, writable: true });
