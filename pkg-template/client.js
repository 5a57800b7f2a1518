// The five functions that make a client, and what a client can do.

import { CALL, call } from "./call.js";
import { checkRecord, isText, optionsOf } from "./check.js";
import { Connection } from "./connection.js";
import { TokenwellError, refused } from "./errors.js";
import { send } from "./fetch.js";
import { attempt } from "./host.js";
import { run } from "./instance.js";
import { Session, Store } from "./session.js";
import { SHOWN, shown } from "./shown.js";
import { Source } from "./source.js";
import { abortable } from "./stop.js";
import { orFail } from "./values.js";

export { TokenwellError };

/** How many different requests of one client are remembered. */
const MOST_SOURCES = 10_000;
/** The kinds of token that may be revoked (RFC 7009 section 2.1). */
const HINTS = ["access_token", "refresh_token"];

/** A client of one authorization server. It prints itself without its options. */
class Client {
  // Explicit, since the build shortens the names of classes, and this one is what a log shows.
  static name = "Client";
  #connection;
  #source;
  #sources = new Map();

  constructor(kind, options) {
    this.#connection = new Connection(kind, options);
    this.#source = this.#open(undefined);
    Object.defineProperty(this, "provider", { value: this.#connection.layer().provider, enumerable: true });
  }

  async token(options) {
    const source = options === undefined ? this.#source : this.#sourceOf(options);
    const atHand = options === undefined ? source.atHand() : null;
    return (atHand ?? (await source.ask(options))).token;
  }

  async fetch(input, init) {
    return (await send(this.#connection, this.#source, input, init)).response;
  }

  authorize(options) {
    const [url, transaction] = orFail(this.#connection.layer().authorize(options)).split("\n");
    return Object.freeze({ url, transaction });
  }

  async callback(url, transaction, options) {
    const store = new Store(options);
    const signal = options?.signal;
    signal?.throwIfAborted();
    const address = url?.url ?? url?.href ?? url;
    // Before the transaction is used up: the user has done nothing wrong.
    if (!isText(address)) throw refused("url", "must be the callback's URL with its query, or its request");
    if (!isText(transaction)) {
      throw new TokenwellError(
        "callback",
        "the transaction is missing: pass the text that authorize() gave, from the user's own session",
        { recovery: "reauthorize" },
      );
    }
    const exchange = run(() => this.#connection.layer().callback(address, transaction, store.save));
    // A caller who gives up leaves an exchange that goes on: its code is spent, and onTokens still gets the tokens.
    return this.#session(store, orFail(await abortable(exchange, signal)));
  }

  session(tokens, options) {
    const store = new Store(options);
    store.tokens = tokens ?? undefined;
    return this.#session(store);
  }

  async revoke(token, options) {
    await this.#about(token, options, false);
  }

  async introspect(token, options) {
    return JSON.parse(await this.#about(token, options, true));
  }

  forget() {
    this.#connection.layer().forget();
    this.#sources.clear();
    this.#source = this.#open(undefined);
  }

  [SHOWN](...given) {
    return shown(this, given);
  }

  /** Calls the provider's API with the application's token, and gives its JSON. */
  [CALL](path, body) {
    return call(this.#connection, this.#source, path, body);
  }

  /** Revokes a token, or asks about it. */
  async #about(token, options, asks) {
    const { hint, signal } = optionsOf(options, ["hint", "signal"]);
    // The glue cannot write anything else into the module: it would throw on the way, and end the instance.
    if (!isText(token)) throw refused("token", "must be a string");
    if (hint !== undefined && !(asks ? isText(hint) : HINTS.includes(hint))) throw refused("hint", `must be ${asks ? "a string" : HINTS.join(" or ")}`);
    signal?.throwIfAborted();
    return orFail(await abortable(run(() => this.#connection.layer().about(token, hint, asks)), signal));
  }

  #session(store, first) {
    return new this.constructor.Session(this.#connection, store, first);
  }

  #sourceOf(options) {
    checkRecord(options);
    const { signal, fresh, ...request } = options;
    const members = Object.entries(request).filter(([, value]) => value !== undefined);
    if (members.length === 0) return this.#source;
    // What cannot be written is refused below, or else not remembered.
    const key = attempt(() => JSON.stringify(members, distinct));
    let source = this.#sources.get(key);
    if (source === undefined) {
      source = this.#open(request);
      // Opened now, so that a request that cannot be read is refused, and not remembered.
      source.layer();
      if (key === undefined) return source;
      if (this.#sources.size >= MOST_SOURCES) this.#sources.delete(this.#sources.keys().next().value);
      this.#sources.set(key, source);
    }
    return source;
  }

  #open(request) {
    return new Source(() => this.#connection.layer().source(request), this.#connection.now);
  }

  static Session = Session;
}

/** A value as a part of a key. Only texts and lists stand for themselves; anything else the layer refuses each time. */
function distinct(_name, value) {
  return isText(value) || Array.isArray(value) ? value : { not: typeof value };
}

class LuminaryClient extends Client {
  static name = "Client";

  async households(query) {
    // What is undefined counts as left out, as everywhere here.
    const given = Object.entries({ ...query }).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given).toString();
    return this[CALL](search === "" ? "households" : `households?${search}`);
  }
}

class LumanuSession extends Session {
  static name = "Session";

  async currentUser() {
    return this[CALL]("user/current");
  }

  async currentUserWorkspaces() {
    return this[CALL]("user/current/workspaces");
  }
}

class LumanuClient extends Client {
  static name = "Client";

  async createPayable(payable) {
    // A misspelt member would be left out of what is about money.
    const known = ["workspaceId", "payeeEmail", "amount", "description"];
    const { workspaceId, payeeEmail, amount, description } = optionsOf(payable, known);
    return this[CALL]("payable", { workspace_id: workspaceId, payee_email: payeeEmail, amount, description });
  }

  async currentUser() {
    throw needsUser("currentUser");
  }

  async currentUserWorkspaces() {
    throw needsUser("currentUserWorkspaces");
  }

  static Session = LumanuSession;
}

function needsUser(name) {
  return new TokenwellError(
    "configuration",
    `${name} is answered to a user's token only, so nothing was sent: send the user through authorize(), and call it on the session that callback() gives`,
    { recovery: "fix_configuration" },
  );
}

class LumoAuthClient extends Client {
  static name = "Client";

  async check(permission, context) {
    return this[CALL]("authz/check", { permission, context });
  }
}

class LuccaClient extends Client {
  static name = "Client";
}

export const luminary = (options) => new LuminaryClient("luminary", options);
export const lumanu = (options) => new LumanuClient("lumanu", options);
export const lumoauth = (options) => new LumoAuthClient("lumoauth", options);
export const lucca = (options) => new LuccaClient("lucca", options);
export const oauth = (options) => new Client("oauth", options);
