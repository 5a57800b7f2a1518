// JSR does not look for the types beside a script.
// @ts-types="./index.d.ts"
export * from "./index.js";

/**
 * Hands over the WebAssembly module. Call it once, before anything else; nothing is compiled until it is used.
 *
 * @param module `tokenwell/tokenwell.wasm`: a `WebAssembly.Module`, or its bytes as an `ArrayBuffer` or a view of one
 * @throws {TokenwellError} of kind `configuration`, if it is neither. What is no module of Tokenwell's, or another
 *   version's, is found out at its first use, which throws one of kind `runtime`
 */
export function init(module: object): void;
