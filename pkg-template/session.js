// Acting for a user: a session keeps that user's token fresh.

import { CALL, call } from "./call.js";
import { isFunction, isText, optionsOf } from "./check.js";
import { TokenwellError, refused } from "./errors.js";
import { send } from "./fetch.js";
import { attempt } from "./host.js";
import { run } from "./instance.js";
import { SHOWN, shown } from "./shown.js";
import { Source } from "./source.js";
import { orFail } from "./values.js";

/** Where a session's newest tokens are. The layer's memory is lost with a trap, so they are here too. */
export class Store {
  tokens;
  #onTokens;

  /**
   * @param {object} [options]
   * @param {(tokens: object) => unknown} [options.onTokens] awaited before new tokens are handed out
   */
  constructor(options) {
    const { onTokens } = optionsOf(options, ["onTokens", "signal"]);
    if (onTokens !== undefined && !isFunction(onTokens)) throw refused("onTokens", "must be a function");
    this.#onTokens = onTokens;
  }

  /** What the layer calls with new tokens, and with the same ones again where it waited in vain. */
  get save() {
    let saving;
    return (tokens) => {
      const again = areSame(this.tokens, tokens);
      this.tokens = tokens;
      if (this.#onTokens === undefined) return;
      const saved = this.#hand(tokens);
      // What was asked before may get there first.
      saving = again && saving !== undefined ? Promise.any([saving, saved]) : saved;
      return saving;
    };
  }

  /** Calls `onTokens`. What was stored late may have taken the place of newer tokens, which are handed over once more then. */
  async #hand(tokens) {
    await this.#onTokens(copy(tokens));
    if (this.tokens !== null && !areSame(this.tokens, tokens)) await this.#hand(this.tokens);
  }
}

const areSame = (one, other) => one?.accessToken === other.accessToken && one.refreshToken === other.refreshToken;

/** A copy of the tokens, complete, and without the `null` that a database has in place of a missing one. */
function copy(given) {
  const { expiresAt = null, scope = [] } = given;
  // One spread of what is given keeps its shape: put together from parts, 100 000 of these take 55 MB more.
  const tokens = { ...given, expiresAt, scope: [...scope], tokenType: "Bearer" };
  for (const name of ["accessToken", "refreshToken", "idToken", "issuedFor"]) {
    const value = given[name];
    // A spread leaves out what the getters of a class give.
    if (isText(value)) tokens[name] = value;
    else delete tokens[name];
  }
  return tokens;
}

function disconnected() {
  const message = "the session was disconnected, so its tokens are gone: the user has to authorize again";
  return new TokenwellError("oauth", message, { recovery: "reauthorize" });
}

/** One user's tokens. It prints itself without them. */
export class Session {
  static name = "Session";

  #connection;
  #store;
  #source;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {Store} store
   * @param {object} [first] the layer's source, where it is there already; else it is made from the stored tokens
   */
  constructor(connection, store, first) {
    this.#connection = connection;
    this.#store = store;
    const since = connection.moment();
    const restored = () => connection.layer().session(store.tokens, store.save, ...since);
    this.#source = new Source(() => {
      if (store.tokens === null) throw disconnected();
      const layer = first ?? restored();
      first = undefined;
      return layer;
    }, connection.now);
    // What cannot be read is refused now. The layer's source is kept from its first use on: a process may hold a hundred
    // thousand sessions of which a few are in use.
    if (first === undefined) orFail(restored()).free();
    else this.#source.layer();
    // The caller's object may change.
    store.tokens = copy(store.tokens);
  }

  async token(options) {
    const source = this.#source;
    const atHand = options === undefined ? source.atHand() : null;
    return (atHand ?? (await source.ask(optionsOf(options, ["signal", "fresh"])))).token;
  }

  async fetch(input, init) {
    return (await send(this.#connection, this.#source, input, init)).response;
  }

  tokens() {
    if (this.#store.tokens === null) throw disconnected();
    return copy(this.#store.tokens);
  }

  get claims() {
    const claims = this.#source.layer().claims();
    return claims === undefined ? null : Object.freeze(JSON.parse(claims));
  }

  async disconnect() {
    const again = this.#store.tokens === null;
    // After a trap nothing is left to revoke.
    const layer = again ? attempt(() => this.#source.layer()) : this.#source.layer();
    this.#source.close();
    this.#store.tokens = null;
    orFail(await run(() => layer?.disconnect()));
  }

  [SHOWN](...given) {
    return shown(this, given);
  }

  /** Calls the provider's API for this user, and gives its JSON. */
  [CALL](path) {
    return call(this.#connection, this.#source, path);
  }
}
