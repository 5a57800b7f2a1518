// Node, Deno, Bun, and every other runtime that compiles WebAssembly from bytes.

import text from "./bytes.js";
import { inlined } from "./inlined.js";
import { provide } from "./instance.js";

provide(() => inlined(text));

export * from "./client.js";
