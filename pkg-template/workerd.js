// Cloudflare Workers: the bundler compiles the module beforehand, since the runtime forbids it.

import module from "./tokenwell.wasm";
import { provide } from "./instance.js";

provide(module);

export * from "./client.js";
