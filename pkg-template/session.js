// Acting for a user: a session keeps that user's token fresh.

import { CALL, call, send } from "./fetch.js";
import { run } from "./instance.js";
import { Source } from "./source.js";
import { TokenwellError } from "./errors.js";
import { orFail } from "./values.js";

/** Where a session's newest tokens are. The layer's memory is lost with a trap, so they are here too. */
export class Store {
  tokens;
  #onTokens;

  /**
   * @param {object} [options]
   * @param {(tokens: object) => unknown} [options.onTokens] awaited before new tokens are handed out
   */
  constructor({ onTokens } = {}) {
    if (onTokens !== undefined && typeof onTokens !== "function") {
      throw new TokenwellError("configuration", "onTokens must be a function.", { recovery: "fix_configuration" });
    }
    this.#onTokens = onTokens;
  }

  /** What the layer calls with new tokens. */
  get save() {
    return (tokens) => {
      this.tokens = tokens;
      return this.#onTokens?.(copy(tokens));
    };
  }
}

const copy = (tokens) => ({ ...tokens, scope: [...tokens.scope] });

/** One user's tokens. It prints itself without them. */
export class Session {
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
    this.#source = new Source(() => {
      const layer = first ?? connection.layer().session(store.tokens ?? undefined, store.save);
      first = undefined;
      return layer;
    }, connection.now);
    this.#source.layer();
  }

  async token(options) {
    const cached = options === undefined ? this.#source.ready() : null;
    return cached ?? (await this.#source.answer(options)).token;
  }

  async fetch(input, init) {
    return (await send(this.#connection, this.#source, input, init)).response;
  }

  tokens() {
    if (this.#store.tokens === null) {
      throw new TokenwellError("oauth", "The session was disconnected, so there is nothing to store.", {
        recovery: "reauthorize",
      });
    }
    return copy(this.#store.tokens);
  }

  get claims() {
    const claims = this.#source.layer().claims();
    return claims === undefined ? null : Object.freeze(JSON.parse(claims));
  }

  async disconnect() {
    const layer = this.#source.layer();
    this.#source.drop();
    const disconnected = run(() => layer.disconnect());
    orFail(await disconnected.finally(() => (this.#store.tokens = null)));
  }

  /** Calls the provider's API for this user, and gives its JSON. */
  [CALL](path) {
    return call(this.#connection, this.#source, path);
  }
}
