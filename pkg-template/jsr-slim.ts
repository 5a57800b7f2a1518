/**
 * The same without its WebAssembly module, which the caller hands over.
 *
 * @module
 */

// @ts-types="./slim.d.ts"
export * from "./slim.js";
