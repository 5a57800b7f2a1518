// The module out of the text that is inlined: base64 of what is compressed, since base64 of the module itself is a
// quarter larger, also where the file is compressed as a whole, and takes twice as long to load.

import { inflateSync } from "./fflate.js";

/**
 * @param {string} text base64 of the raw deflated module (RFC 1951)
 * @returns {Uint8Array} the module
 */
export function inlined(text) {
  const deflated = decode(text);
  // Node's own is ten times as fast, and can be had without an import that other runtimes would not resolve.
  const zlib = globalThis.process?.getBuiltinModule?.("zlib");
  return zlib?.inflateRawSync?.(deflated) ?? inflateSync(deflated);
}

function decode(base64) {
  // In the order of their speed; each exists where the one before it doesn't.
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  if (globalThis.Buffer) return globalThis.Buffer.from(base64, "base64");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
