// The module out of the text that is inlined: base64 of what Brotli made of it, a tenth less than deflate makes.

/**
 * @param {string} text base64 of the module, compressed by Brotli (RFC 7932)
 * @returns {() => Uint8Array} what unpacks the module; it throws where the runtime cannot
 */
export const inlined = (text) => () => {
  // Node, Deno and Bun have it. Asked for by an import, not every bundler would resolve it.
  const builtin = globalThis.process?.getBuiltinModule;
  if (typeof builtin !== "function") throw new Error("it has no process.getBuiltinModule");
  const { Buffer } = builtin("buffer");
  return builtin("zlib").brotliDecompressSync(Buffer.from(text, "base64"));
};
