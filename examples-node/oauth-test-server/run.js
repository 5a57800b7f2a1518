// One run through a flow: what Tokenwell is asked to do, and what came of it. No HTTP and no HTML here.

import { randomUUID } from "node:crypto";
import { TokenwellError } from "tokenwell";
import { sampleEnvironment } from "../../tests/emulators/samples.js";
import { callbackChecks } from "./checks.js";
import { watchedFetch } from "./exchanges.js";

/**
 * @typedef {object} Outcome what the last step came to
 * @property {boolean} ok
 * @property {string} title
 * @property {string} text
 */

export class Run {
  id = randomUUID();
  /** @type {import("./exchanges.js").Exchange[]} */
  exchanges = [];
  /** Where the user was sent, and what has to come back with the user. */
  authorization = null;
  /** Every opening of the callback: `{ checks, outcome }`. */
  callbacks = [];
  /** @type {import("tokenwell").Session | null} */
  session = null;
  /** @type {import("tokenwell").Token | null} */
  token = null;
  /** The last answer of the API: `{ call, status, body }`. */
  answer = null;
  /** @type {Outcome | null} */
  outcome = null;
  /** The name of the token to show at the next look. */
  revealed = null;

  #emulator;
  #client;
  #used = false;

  /**
   * @param {object} options
   * @param {Awaited<ReturnType<typeof import("../../tests/emulators/index.js").createEmulator>>} options.emulator
   * @param {import("./providers.js").Provider} options.provider
   * @param {"client_credentials" | "authorization_code"} options.flow
   * @param {string} options.scope
   * @param {string} options.redirectUri
   */
  constructor({ emulator, provider, flow, scope, redirectUri }) {
    Object.assign(this, { provider, flow, scope, redirectUri });
    this.#emulator = emulator;
  }

  get now() {
    return this.#emulator.clock.now();
  }

  get calls() {
    return this.provider.flows[this.flow].calls;
  }

  /** What asks for tokens: the application, or the user's session. Null before there is one. */
  get #holder() {
    return this.flow === "client_credentials" ? this.#client : this.session;
  }

  /** Where the user is waited for: not yet sent, not yet back, or back already. */
  get waitsForUser() {
    return this.authorization !== null && this.callbacks.length === 0;
  }

  get state() {
    return this.authorization && new URL(this.authorization.url).searchParams.get("state");
  }

  /** The tokens by name, as they are. @returns {Record<string, string>} */
  get secrets() {
    const { refreshToken, idToken } = this.session?.tokens() ?? {};
    const all = { access: this.token?.accessToken, refresh: refreshToken, id: idToken };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  get canRefresh() {
    return this.token !== null && (this.flow === "client_credentials" || this.secrets.refresh !== undefined);
  }

  /** Client credentials: gets the token. Authorization code: prepares the way of the user. */
  async start() {
    const scope = this.scope === "" ? undefined : this.scope;
    await this.#attempt("Started", async () => {
      this.#client = this.provider.open({
        env: sampleEnvironment(this.#emulator.clients),
        fetch: watchedFetch(this.#emulator.fetch, this.exchanges),
        now: () => this.#emulator.clock.now(),
        scope,
      });
      if (this.flow === "authorization_code") {
        this.authorization = { ...this.#client.authorize({ redirectUri: this.redirectUri }), at: this.now };
        return "The authorization URL is made. Nothing has been sent yet.";
      }
      this.token = await this.#client.token();
      return "The application has its own access token.";
    });
  }

  /** The user is back. @param {URL} url as the browser asked for it */
  async callback(url) {
    const usedBefore = this.#used;
    const age = this.now - this.authorization.at;
    this.#used = true;
    let session = null;
    const error = await this.#attempt("Callback accepted", async () => {
      session = await this.#client.callback(url, this.authorization.transaction);
      this.session = session;
      this.token = await session.token();
      return "The code was exchanged for the user's tokens.";
    });
    const { issuer } = this.provider;
    const checks = callbackChecks({ url, authorizationUrl: new URL(this.authorization.url), issuer, age, usedBefore, session, error });
    this.callbacks.push({ checks, outcome: this.outcome });
  }

  async refresh() {
    await this.#attempt("New token", async () => {
      this.token = await this.#holder.token({ fresh: true });
      return this.flow === "client_credentials"
        ? "The application has a new access token."
        : "The refresh token was exchanged for a new access token.";
    });
  }

  /** @param {string} name of one of the provider's calls */
  async call(name) {
    const call = this.calls.find((one) => one.name === name);
    await this.#attempt("The API answered", async () => {
      if (call === undefined) throw new TokenwellError("configuration", `${name} is no call of this provider: choose one of the page`);
      const init = call.body && {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(call.body),
      };
      const before = this.token;
      const response = await this.#holder.fetch(call.path, init);
      this.answer = { call, status: response.status, body: indented(await response.text()) };
      // No request: it is the one that the call was made with, or why there is none any more.
      this.token = await this.#holder.token();
      const renewed = this.token.accessToken === before.accessToken ? "" : ", with a new token that was fetched on the way";
      return `${call.about}: ${response.status}${renewed}.`;
    });
  }

  /** The client revokes (RFC 7009). */
  async revoke() {
    await this.#attempt("Revoked", async () => {
      const { access, refresh } = this.secrets;
      await this.#client.revoke(refresh ?? access, { hint: refresh ? "refresh_token" : "access_token" });
      return refresh === undefined
        ? "The access token is revoked. Tokenwell notices at the next call."
        : "The refresh token is revoked, and with it all that came of it. Tokenwell notices at the next call.";
    });
  }

  /** The provider revokes the access token, as its administrator or its own alarm would. */
  async revokeAtProvider() {
    await this.#attempt("Revoked by the provider", async () => {
      this.#emulator.revoke(this.token.accessToken);
      return "The provider takes the access token no longer, and told nobody. Call the API and see.";
    });
  }

  /** The user disconnects. */
  async disconnect() {
    await this.#attempt("Disconnected", async () => {
      const { session } = this;
      this.session = null;
      this.token = null;
      this.answer = null;
      await session.disconnect();
      return this.provider.canRevoke
        ? "The tokens are forgotten, and revoked at the provider."
        : "The tokens are forgotten. This provider has no revocation endpoint.";
    });
  }

  /** Every step ends here: with a sentence, or with the error that Tokenwell threw, which is safe to show. */
  async #attempt(title, work) {
    try {
      this.outcome = { ok: true, title, text: await work() };
      return null;
    } catch (error) {
      if (!(error instanceof TokenwellError)) throw error;
      this.outcome = { ok: false, title: error.error === "access_denied" ? "Declined" : "Refused", text: sentence(error.message), error };
      return error;
    }
  }
}

/** A message begins with a host or an option's name, which stay as they are, or with "the". */
function sentence(message) {
  return `${message.replace(/^the /, "The ")}.`;
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
