// Node, Deno, Bun, and every other runtime that compiles WebAssembly from bytes.

import bytes from "./bytes.js";
import { provide } from "./instance.js";

provide(bytes);

export * from "./client.js";
