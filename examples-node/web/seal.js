// Encryption at rest: AES-256-GCM, with Node's own crypto.

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const nonceBytes = 12;
const tagBytes = 16;

/**
 * @param {Uint8Array} key 32 random bytes, which never lie beside what they seal
 * @param {unknown} value what JSON can say
 * @param {string} owner whose it is: what is sealed for one owner does not open for another
 * @returns {string}
 */
export function seal(key, value, owner) {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(owner));
  const text = Buffer.concat([cipher.update(JSON.stringify(value), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64url");
}

/**
 * @param {Uint8Array} key
 * @param {string} sealed
 * @param {string} owner
 * @returns {unknown} throws if it was changed, or sealed with another key or for another owner
 */
export function unseal(key, sealed, owner) {
  const bytes = Buffer.from(sealed, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
  return JSON.parse(text.toString("utf8"));
}
