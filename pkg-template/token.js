import { SHOWN, shown } from "./shown.js";

/**
 * An access token, frozen. It shows itself without the secret: `accessToken` and `extra` are neither printed, nor
 * serialised, nor copied by a spread.
 */
export class Token {
  static name = "Token";

  #accessToken;
  #extra;

  /**
   * @param {string} accessToken the secret
   * @param {number | null} expiresAt ms since 1970, or `null` if the server did not say
   * @param {readonly string[]} scope what was granted
   * @param {readonly string[]} deviations what was forgiven
   * @param {string} extra the members that the RFCs don't know, as the text of one JSON object
   */
  constructor(accessToken, expiresAt, scope, deviations, extra = "{}") {
    this.#accessToken = accessToken;
    this.#extra = extra;
    this.tokenType = "Bearer";
    this.expiresAt = expiresAt;
    this.scope = Object.freeze(scope);
    this.deviations = Object.freeze(deviations);
    Object.freeze(this);
  }

  get accessToken() {
    return this.#accessToken;
  }

  get extra() {
    // Parsed when somebody asks, since few do. JSON.parse makes own members even of `__proto__`.
    return Object.freeze(JSON.parse(this.#extra));
  }

  authorization() {
    return `Bearer ${this.#accessToken}`;
  }

  [SHOWN](...given) {
    return shown(this, given);
  }
}
