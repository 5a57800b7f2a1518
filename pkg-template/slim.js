// For everywhere else: without the module, which the caller hands over.

import { TokenwellError } from "./errors.js";
import { provide } from "./instance.js";

provide(undefined, "`tokenwell/slim` comes without its WebAssembly module; call init() with it first");

/**
 * Hands over the WebAssembly module. Call it once, before anything else; nothing is compiled until it is used.
 *
 * @param {WebAssembly.Module | BufferSource} module `tokenwell/tokenwell.wasm`, compiled or as bytes
 * @throws {TokenwellError} of kind `configuration`, if it is neither
 */
export function init(module) {
  // Asked for by its name, since a module may be another realm's. A promise of one, or what an import of it gave, would be
  // found out at its first use only, and be told as the runtime's fault.
  const kind = Object.prototype.toString.call(module);
  if (!ArrayBuffer.isView(module) && !/^\[object (ArrayBuffer|WebAssembly\.Module)\]$/.test(kind)) {
    throw new TokenwellError(
      "configuration",
      "init() takes the WebAssembly module of Tokenwell (`tokenwell/tokenwell.wasm`) itself, compiled or as bytes: await what gives it",
      { recovery: "fix_configuration" },
    );
  }
  provide(module);
}

export * from "./client.js";
