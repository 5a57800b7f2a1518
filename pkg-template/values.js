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

/** Why there is none. Every caller gets an error of its own, with its own stack. */
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

/** Makes a failure. */
export function failure(kind, message, error, description, status, endpoint, retryable, retryAfter, recovery, requestId) {
  return new Failure(kind, message, { error, description, status, endpoint, retryable, retryAfter, recovery, requestId });
}

/** Makes an event of those members that are known. */
export function event(type, provider, endpoint, attempt, status, delay, background, deviations, errorKind, message) {
  const members = {
    type, provider, endpoint, attempt, status, delay, background, deviations: deviations?.split(" "), errorKind, message,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Runs a synchronous call into the layer, which throws failures. */
export function orThrow(call) {
  try {
    return call();
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown.toError() : thrown;
  }
}

/** Gives what the layer resolved with, unless it is a failure. */
export function orFail(answer) {
  if (answer instanceof Failure) throw answer.toError();
  return answer;
}
