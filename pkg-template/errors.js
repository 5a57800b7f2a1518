/**
 * What every failing call of Tokenwell rejects with. All members are safe to log: none holds a secret or a body.
 */
export class TokenwellError extends Error {
  static name = "TokenwellError";

  /**
   * @param {string} kind what happened, a stable name such as `oauth`
   * @param {string} message one sentence: what happened, at which host, and what to do
   * @param {object} [details] the members below, where they are known, and `cause`
   */
  constructor(kind, message, details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.error = details.error ?? null;
    this.description = details.description ?? null;
    this.status = details.status ?? null;
    this.endpoint = details.endpoint ?? null;
    this.retryable = details.retryable ?? false;
    this.retryAfter = details.retryAfter ?? null;
    this.recovery = details.recovery ?? "none";
    this.requestId = details.requestId ?? null;
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
