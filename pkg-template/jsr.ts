/**
 * OAuth 2.0 access tokens for server-side programs: obtained, kept fresh and attached to requests.
 *
 * @module
 */

// @ts-types="./index.d.ts"
export * from "./index.js";
