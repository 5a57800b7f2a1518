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
  if (typeof module !== "object" || module === null) {
    throw new TokenwellError(
      "configuration",
      "init() takes the WebAssembly module of Tokenwell (`tokenwell/tokenwell.wasm`), compiled or as bytes",
      { recovery: "fix_configuration" },
    );
  }
  provide(module);
}

export * from "./client.js";
