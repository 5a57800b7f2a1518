// What the WebAssembly layer makes its answers with: one call each, where setting members one by one would cost
// microseconds.

import { TokenwellError } from "./errors.js";
import { Token } from "./token.js";

/** A token, and until when it may be handed out again without asking. */
export class Answer {
  constructor(token, until, untilMonotonic, version) {
    this.token = token;
    this.until = until;
    this.untilMonotonic = untilMonotonic;
    this.version = version;
  }
}

/** Why there is no token. Every caller gets an error of its own, with its own stack. */
export class Failure {
  constructor(kind, message, details) {
    this.kind = kind;
    this.message = message;
    this.details = details;
  }

  toError() {
    return new TokenwellError(this.kind, this.message, this.details);
  }
}

const words = (text) => text?.split(" ") ?? [];

/** Makes an answer. Lists come as words with a space between them, and what is empty does not come. */
export function token(accessToken, expiresAt, scope, deviations, extra, until, untilMonotonic, version) {
  const token = new Token(accessToken, expiresAt ?? null, words(scope), words(deviations), extra);
  return new Answer(token, until, untilMonotonic ?? Infinity, version);
}

/** The names that a message of the core's may mention, in its own spelling. What stands in quotes is the server's own. */
const NAMES =
  /"[^]*"|\b(allow_insecure_loopback|allowed_origins|api_base|base_url|client_(auth|id|secret)|redirect_uri|tenant_prefix|(authorization|introspection|revocation|token)_endpoint)\b/g;

/** Makes a failure. The names of options in its message are written as JavaScript does, unless it is to stay `verbatim`. */
export function failure(
  kind, message, verbatim, error, description, status, endpoint, retryable, retryAfter, recovery, requestId,
) {
  const camel = (name) => (name[0] === '"' ? name : name.replace(/_./g, ([, letter]) => letter.toUpperCase()));
  const details = { error, description, status, endpoint, retryable, retryAfter, recovery, requestId };
  return new Failure(kind, verbatim ? message : message.replace(NAMES, camel), details);
}

/** Tokens of a session, for the caller's store. */
export function tokens(accessToken, refreshToken, idToken, expiresAt, scope, issuedFor) {
  expiresAt ??= null;
  return { accessToken, refreshToken, idToken, expiresAt, scope: scope.match(/[^ ]+/g) ?? [], tokenType: "Bearer", issuedFor };
}

/** What the one thing is that an event says besides its attempt. */
const SAID = { request: "background", response: "status", retry: "delay", deviation: "deviations" };

/** Tells the caller's `onEvent` of one client. */
export class Events {
  #tell;
  #about;

  constructor(onEvent, provider, endpoint) {
    this.#tell = onEvent;
    this.#about = { provider, endpoint };
  }

  tell(type, attempt, said) {
    const event = { type, ...this.#about };
    if (attempt > 0) event.attempt = attempt;
    if (said instanceof Failure) Object.assign(event, { errorKind: said.kind, message: said.message });
    else if (said !== undefined) event[SAID[type]] = type === "deviation" ? words(said) : said;
    // Whatever it throws, now or later, is its own affair. It is called without a `this`.
    try {
      (0, this.#tell)(event)?.catch?.(() => {});
    } catch {}
  }
}

/** Gives what the layer gave or resolved with, unless it is a failure. */
export function orFail(answer) {
  if (answer instanceof Failure) throw answer.toError();
  return answer;
}
