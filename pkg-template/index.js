// Node, Deno, Bun, and every other runtime that compiles WebAssembly from bytes.

import text from "./bytes.js";
import { inlined } from "./inlined.js";
import { provide } from "./instance.js";

// Not in a function of its own: an engine would read the text once more when that is called.
provide(inlined(text));

export * from "./client.js";
