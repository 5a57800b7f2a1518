// What differs between an expectation of the language-neutral cases and what the package did.

/** What stands in every secret that a case plants, and may stand in nothing that is shown. */
const CANARY = "canary";

/** The canary as it is, and as base64 wherever in a longer text it stands. */
const NEEDLES = [CANARY, ...["", "x", "xx"].map(encodedAfter)];

function encodedAfter(before) {
  const encoded = btoa(before + CANARY).replace(/=+$/, "");
  // The first characters belong to what stands before, the last may belong to what comes after.
  return encoded.slice(before.length === 0 ? 0 : before.length + 1, -1);
}

/** The members that an expected error may have. */
const ERROR_MEMBERS = [
  "kind", "error", "description", "status", "endpoint", "retryable", "retryAfter", "recovery", "requestId",
];

/** What of an expected token can be seen in the package. */
const TOKEN_MEMBERS = {
  accessToken: ({ token }) => token.accessToken,
  accessTokenLength: ({ token }) => token.accessToken.length,
  tokenType: ({ token }) => token.tokenType,
  expiresIn: ({ token, now }) => (token.expiresAt === null ? null : token.expiresAt - now),
  scope: ({ token }) => token.scope,
  deviations: ({ token }) => [...token.deviations].sort(),
  extra: ({ token }) => token.extra,
  // Without a user there is nothing to refresh, so the application's own token comes without it.
  refreshToken: ({ session }) => (session === undefined ? undefined : (session.tokens().refreshToken ?? null)),
};

/** Collects what differs, as sentences. */
export class Differences {
  /** @type {string[]} */
  list = [];
  #inspect;

  /** @param {(value: unknown) => string} [inspect] what the runtime's `console.log` prints of a value */
  constructor(inspect = () => "") {
    this.#inspect = inspect;
  }

  add(problem) {
    this.list.push(problem);
  }

  /** Compares where something is expected. `{ from, to }` is a range with both ends. */
  compare(what, expected, got) {
    if (expected === undefined || same(expected, got)) return;
    this.add(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
  }

  /** Nothing that can be printed of a value holds a secret. */
  scan(what, value, never = []) {
    const text = printed(value, this.#inspect).toLowerCase();
    for (const secret of [...NEEDLES, ...never]) {
      if (text.includes(secret.toLowerCase())) this.add(`${what} shows the secret ${secret}: ${text}`);
    }
  }

  error(expected, error, never) {
    const { option, says = [], ...members } = expected;
    for (const [name, value] of Object.entries(members)) {
      if (!ERROR_MEMBERS.includes(name)) throw new Error(`unknown member ${name} in an expected error`);
      this.compare(name, value, error[name]);
    }
    if (error.name !== "TokenwellError") this.add(`the error is no TokenwellError: ${error.stack}`);
    for (const part of option === undefined ? says : [option, ...says]) {
      // The files spell an option in a sentence as the core does.
      const spellings = [part, part.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())];
      if (!spellings.some((spelling) => error.message.includes(spelling))) {
        this.add(`the message does not say ${JSON.stringify(part)}: ${error.message}`);
      }
    }
    this.scan("the error", error, never);
  }

  /** How a call ended, where an error is expected or isn't. Gives the value of a success. */
  outcome(expected, { value, error }, never) {
    if (error !== undefined && expected !== undefined) this.error(expected, error, never);
    else if (error !== undefined) this.add(`expected success, got ${error.stack}`);
    else if (expected !== undefined) this.add("expected an error, got a success");
    if (error === undefined) this.scan("the result", value, never);
    return error === undefined && expected === undefined ? value : undefined;
  }

  /** @param {import("./wire.js").Sent | undefined} sent */
  request(expected, sent) {
    if (sent === undefined) {
      this.add("no request was sent");
      return;
    }
    const { headers = {}, form, json, ...members } = expected;
    for (const [name, value] of Object.entries(members)) this.compare(name, value, sent[name] ?? null);
    for (const [name, value] of Object.entries(headers)) this.compare(name, value, sent.headers.get(name));
    if (form !== undefined) this.compare("form", sorted(form), sorted([...new URLSearchParams(sent.body)]));
    if (json !== undefined) this.compare("json", json, readJson(sent.body));
    this.scan("the URL", sent.url);
  }

  /** @param {{ token: object, session?: object, now: number }} got */
  token(expected, got) {
    for (const [name, value] of Object.entries(expected)) {
      if (TOKEN_MEMBERS[name] === undefined) throw new Error(`unknown member ${name} in an expected token`);
      const seen = TOKEN_MEMBERS[name](got);
      if (seen !== undefined) this.compare(name, value, seen);
    }
    this.compare("authorization", `Bearer ${got.token.accessToken}`, got.token.authorization());
    this.scan("the token", got.token);
  }
}

/** Pairs in any order. */
export const sorted = (pairs) => pairs.map((pair) => JSON.stringify(pair)).sort();

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function same(expected, got) {
  if (expected === got) return true;
  if (typeof expected !== "object" || expected === null) return false;
  if (typeof got === "number") return expected.from <= got && got <= expected.to;
  if (typeof got !== "object" || got === null || Array.isArray(expected) !== Array.isArray(got)) return false;
  const names = Object.keys(expected);
  return names.length === Object.keys(got).length && names.every((name) => same(expected[name], got[name]));
}

/** Everything that a program may print of a value, as one text. */
function printed(value, inspect) {
  const texts = [String(value), JSON.stringify(value) ?? "", inspect(value)];
  if (typeof value === "object" && value !== null) texts.push(JSON.stringify({ ...value }));
  if (value instanceof Error) {
    const own = Object.getOwnPropertyNames(value).map((name) => `${name} ${String(value[name])}`);
    texts.push(value.message, value.stack ?? "", ...own);
    if (value.cause !== undefined) texts.push(printed(value.cause, inspect));
  }
  return texts.join("\n");
}
