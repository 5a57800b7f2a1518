import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/**
 * Everything that was handed out, open to inspection: `accessTokens`, `refreshTokens` and `codes` are maps from the
 * value to its record. All that one authorization led to shares a `family`.
 */
export class TokenStore {
  #clock;

  /** @param {import("./clock.js").Clock} clock */
  constructor(clock) {
    this.#clock = clock;
    this.clear();
  }

  clear() {
    this.accessTokens = new Map();
    this.refreshTokens = new Map();
    this.codes = new Map();
  }

  /** @param {object} grant what the token stands for; `lifetime` in seconds */
  issueAccessToken({ lifetime, ...grant }) {
    return this.#issue(this.accessTokens, "access", grant, lifetime);
  }

  /** @param {object} grant what the token stands for; `lifetime` in seconds */
  issueRefreshToken({ lifetime, ...grant }) {
    return this.#issue(this.refreshTokens, "refresh", grant, lifetime);
  }

  /** @param {object} grant what the code stands for; `lifetime` in seconds */
  issueCode({ lifetime, ...grant }) {
    return this.#issue(this.codes, "code", grant, lifetime);
  }

  #issue(map, kind, grant, lifetime) {
    // The word makes a leak easy to find: tests search logs and errors for it.
    const value = `canary-${kind}-${grant.provider}-${randomBytes(24).toString("base64url")}`;
    const issuedAt = this.#clock.now();
    map.set(value, { value, ...grant, issuedAt, expiresAt: issuedAt + lifetime * 1000, revoked: false, used: false });
    return value;
  }

  /** @param {{ expiresAt: number, revoked: boolean } | undefined} record */
  isLive(record) {
    return record !== undefined && !record.revoked && record.expiresAt > this.#clock.now();
  }

  /**
   * Revokes an access token alone, or a refresh token with all of its family (RFC 7009 section 2.1).
   *
   * @param {string} value
   * @returns {boolean} whether it was known
   */
  revoke(value) {
    const access = this.accessTokens.get(value);
    if (access) access.revoked = true;
    const refresh = this.refreshTokens.get(value);
    if (refresh) this.revokeFamily(refresh.family);
    return access !== undefined || refresh !== undefined;
  }

  /** @param {string} family */
  revokeFamily(family) {
    for (const map of [this.accessTokens, this.refreshTokens]) {
      for (const record of map.values()) if (record.family === family) record.revoked = true;
    }
  }
}

/** Signs ID tokens with RS256, the algorithm that the providers advertise. */
export class Signer {
  #keys;

  // Made when first asked for: most programs never see an ID token, and an RSA key costs them 100 ms.
  #pair() {
    this.#keys ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
    return this.#keys;
  }

  /** The JWK set (RFC 7517) that verifies what `sign` made. */
  jwks() {
    const jwk = this.#pair().publicKey.export({ format: "jwk" });
    return { keys: [{ ...jwk, kid: "emulator", use: "sig", alg: "RS256" }] };
  }

  /**
   * @param {object} claims
   * @returns {string} a JWT in compact form
   */
  sign(claims) {
    const header = { alg: "RS256", typ: "JWT", kid: "emulator" };
    const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    return `${input}.${sign("sha256", Buffer.from(input), this.#pair().privateKey).toString("base64url")}`;
  }
}
